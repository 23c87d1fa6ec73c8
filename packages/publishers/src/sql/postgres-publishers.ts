/** The store of publishers on PostgreSQL and PGlite. */

import { readOptions } from '@jobpass/core/internal'
import type { Publisher } from '../model/publisher.ts'
import type { PublisherStore } from '../model/store.ts'
import { addBound, addPending } from './add-publisher.ts'
import type { ClaimProject } from './bind-publisher.ts'
import { bindOne } from './bind-publisher.ts'
import type { SqlDatabase } from './database.ts'
import { migrate } from './migrations.ts'
import { readRecords, writeRecord } from './records.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { columns, keyOf, publisherOf } from './stored-publisher.ts'

/** What the store asks of your service. */
export interface PostgresPublishersOptions {
  /**
   * Whether the account may have the project; creates the project if it does not exist. Called in
   * the transaction that adds a publisher with a repository id, or that binds a pending one, with
   * the session of the transaction. With `false`, nothing is added, and the pending publisher is
   * removed. Called again when the transaction is retried.
   */
  readonly claimProject: ClaimProject
}

/**
 * Makes the store of publishers on PostgreSQL 13 or later, or PGlite, and creates its tables:
 * `jobpass_publishers`, `jobpass_publisher_records` and `jobpass_publisher_migrations`, in the
 * first schema of the search path. Any number of processes may do so at once.
 *
 * @throws {TypeError} without `claimProject`.
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
  const { claimProject } = readOptions<PostgresPublishersOptions>('postgresPublishers()', options, {
    claimProject: true,
  })
  if (typeof claimProject !== 'function')
    throw new TypeError(
      'postgresPublishers() needs claimProject: (session, { project, account }) => whether the account may have the project',
    )
  await migrate(database)
  return storeOn(database, async (session, claim) => {
    const answer: unknown = await claimProject(session, claim)
    // Rows, or their number, are no answer.
    return answer === true
  })
}

function storeOn(database: SqlDatabase, claimProject: ClaimProject): PublisherStore {
  const publishersWhere = async (where: string, values: readonly unknown[]): Promise<readonly Publisher[]> => {
    const { rows } = await database.query<StoredPublisher>(
      `select ${columns} from jobpass_publishers where ${where}`,
      values,
    )
    return rows.map(publisherOf)
  }
  return {
    find: (caller, project) =>
      publishersWhere(callersRows, [
        caller.issuer,
        caller.repositoryId,
        caller.ownerId,
        keyOf(caller.repository),
        project ?? null,
      ]),
    list: (project) => publishersWhere('project = $1 order by created_at, id', [project]),
    add: (row) => (row.repositoryId === undefined ? addPending(database, row) : addBound(database, row, claimProject)),
    remove: async ({ id, project, account }) => {
      const { rows } = await database.query(
        `delete from jobpass_publishers
         where id = $1 and project = $2 and (repository_id is not null or account = $3) returning id`,
        [uuidOf(id), project, account],
      )
      return rows.length > 0
    },
    removeProject: (project) =>
      database.transaction(async (tx) => {
        await tx.query('delete from jobpass_publishers where project = $1', [project])
        await tx.query('delete from jobpass_publisher_records where project = $1', [project])
      }),
    acceptTransfer: async ({ id, project, ownerId }) => {
      const { rows } = await database.query(
        `update jobpass_publishers
         set owner_id = transfer_owner_id, transfer_owner_id = null, transfer_owner = null
         where id = $1 and project = $2 and transfer_owner_id = $3 returning id`,
        [uuidOf(id), project, ownerId],
      )
      return rows.length > 0
    },
    bind: (pending, repositoryId, now) =>
      database.transaction((tx) => bindOne(tx, { pending, repositoryId, now, claimProject })),
    record: (record, change) => database.transaction((tx) => writeRecord(tx, record, change)),
    records: ({ project, account }, outcome) => readRecords(database, { project, account }, outcome),
  }
}

const callersRows = `issuer = $1 and (repository_id = $2 or (owner_id = $3 and repository_key = $4))
  and ($5::text is null or project = $5)`

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An id that may be compared with ids; anything else is of no row. */
const uuidOf = (id: string): string | null => (uuid.test(id) ? id : null)
