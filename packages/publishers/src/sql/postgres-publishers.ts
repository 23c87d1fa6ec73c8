/** The store of publishers on PostgreSQL and PGlite. */

import { readOptions } from '@jobpass/core/internal'
import type { Publisher } from '../model/publisher.ts'
import type { PublisherStore } from '../model/store.ts'
import { isStorable } from '../model/text.ts'
import { addPublisher } from './add-publisher.ts'
import type { ClaimProject } from './bind-publisher.ts'
import { bindOne } from './bind-publisher.ts'
import { endChanges, logged, readChanges } from './changes.ts'
import type { SqlSession } from './client.ts'
import type { SqlDatabase } from './database.ts'
import { inAll, inProjects, ofProject } from './find-publishers.ts'
import type { PublisherLimits } from './limits.ts'
import { readLimits } from './limits.ts'
import { migrate } from './migrations.ts'
import { readRecords, writeRecord } from './records.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { keyOf, publisherOf } from './stored-publisher.ts'

/** What the store asks of your service, and its limits. */
export interface PostgresPublishersOptions {
  /**
   * Whether the account may have the project; creates the project if it does not exist. Called in
   * the transaction that adds a publisher with a repository id, or that binds a pending one, with
   * the session of the transaction. With `false`, nothing is added, and the pending publisher
   * ends. Called again when the transaction is retried.
   */
  readonly claimProject: ClaimProject
  /** Most publishers of a project with their repository, 1 to 500. Default 100. */
  readonly maxPublishers?: number
  /** Most pending publishers of all accounts for one project, 1 to 100. Default 20. */
  readonly maxPending?: number
  /** Most pending publishers of an account for all projects, 1 to 500. Default 50. */
  readonly maxPendingOfAccount?: number
}

/**
 * Makes the store of publishers on PostgreSQL 13 or later, or PGlite, and creates its tables:
 * `jobpass_publishers` and three `jobpass_publisher_…`, in the first schema of the search path. Any
 * number of processes may do so at once.
 *
 * @throws {TypeError} without `claimProject`, and for a limit out of its range.
 * @throws {StoreUnavailable} if the database is unreachable.
 * @example
 * ```ts
 * const store = await postgresPublishers(sqlDatabase(new pg.Pool()), {
 *   claimProject: async (session, { project, account }) => {
 *     const create = 'insert into projects values ($1, $2) on conflict do nothing'
 *     await session.query(create, [project, account])
 *     const found = 'select from projects where name = $1 and account = $2'
 *     return (await session.query(found, [project, account])).rows.length > 0
 *   },
 * })
 * ```
 */
export async function postgresPublishers(
  database: SqlDatabase,
  options: PostgresPublishersOptions,
): Promise<PublisherStore> {
  const { claimProject, ...given } = readOptions<PostgresPublishersOptions>('postgresPublishers()', options, {
    claimProject: true,
    maxPublishers: true,
    maxPending: true,
    maxPendingOfAccount: true,
  })
  const limits = readLimits(given)
  if (typeof claimProject !== 'function')
    throw new TypeError(
      'postgresPublishers() needs claimProject: (session, { project, account }) => whether the account may have the project',
    )
  await migrate(database)
  return storeOn(database, limits, async (session, claim) => {
    const answer: unknown = await claimProject(session, claim)
    // Rows, or their number, are no answer.
    return answer === true
  })
}

function storeOn(database: SqlDatabase, limits: PublisherLimits, claimProject: ClaimProject): PublisherStore {
  const reading = findingStorable(database)
  const publishersBy = async (text: string, values: readonly unknown[]): Promise<readonly Publisher[]> => {
    const { rows } = await reading.query<StoredPublisher>(text, values)
    return rows.map(publisherOf)
  }
  /** Runs a change. A transaction that is not ended in time changes nothing. */
  const change = (text: string, values: readonly unknown[]): Promise<boolean> =>
    database.transaction(async (tx) => (await findingStorable(tx).query(text, values)).rows.length > 0)
  return {
    find: ({ issuer, repositoryId, ownerId, repository }, projects) => {
      const values = [issuer, repositoryId, ownerId, keyOf(repository)]
      return projects ? publishersBy(inProjects, [...values, projects]) : publishersBy(inAll, values)
    },
    list: ({ project, account }) => publishersBy(ofProject, [project, account]),
    add: (row) => addPublisher(database, row, limits, claimProject),
    remove: ({ id, project, account }, now) => change(remove, [uuidOf(id), project, account, now]),
    removeProject: (project, now) =>
      database.transaction(async (tx) => {
        const session = findingStorable(tx)
        await session.query(removeAll, [project, now])
        await session.query('delete from jobpass_publisher_records where project = $1', [project])
        await session.query(endChanges, [project, now])
      }),
    acceptTransfer: ({ id, project, account, ownerId }, now) =>
      change(accept, [uuidOf(id), project, ownerId, account, now]),
    bind: (pending, repositoryId, now) =>
      database.transaction((tx) => bindOne(tx, { pending, repositoryId, now, claimProject })),
    record: (record, change) => database.transaction((tx) => writeRecord(tx, record, change)),
    records: (managed, outcome) => readRecords(reading, managed, outcome),
    changes: (managed) => readChanges(reading, managed),
  }
}

/** No row has a text that cannot be stored: a statement with one finds and changes nothing. */
const findingStorable = (session: SqlSession): SqlSession => ({
  query: async (text, values = []) =>
    values.flat().every((value) => typeof value !== 'string' || isStorable(value))
      ? session.query(text, values)
      : { rows: [] },
})

const remove = logged(
  'removed',
  `delete from jobpass_publishers
   where id = $1 and project = $2 and (repository_id is not null or account = $3)`,
  '$3',
  '$4',
)

const removeAll = logged('removed', 'delete from jobpass_publishers where project = $1', "''", '$2')

const accept = logged(
  'accepted',
  `update jobpass_publishers
   set owner_id = transfer_owner_id, transfer_owner_id = null, transfer_owner = null
   where id = $1 and project = $2 and transfer_owner_id = $3`,
  '$4',
  '$5',
)

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An id that may be compared with ids; anything else is of no row. */
const uuidOf = (id: string): string | null => (uuid.test(id) ? id : null)
