/** The store of publishers on PostgreSQL and PGlite. */

import { readOptions } from '@jobpass/core/internal'
import type { Publisher } from '../model/publisher.ts'
import type { PublisherStore } from '../model/store.ts'
import type { SqlSession } from './client.ts'
import type { SqlDatabase } from './database.ts'
import { migrate } from './migrations.ts'
import { readRecords, writeRecord } from './records.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { columns, keyOf, publisherOf } from './stored-publisher.ts'

/** What the store asks of your service. */
export interface PostgresPublishersOptions {
  /**
   * Whether the account may have the project, and creates the project if it does not exist. Called
   * in the transaction that binds a pending publisher, with its session; with `false`, the
   * publisher is removed, and nothing is bound. Called again when the transaction is retried.
   */
  readonly claimProject: (session: SqlSession, project: string, account: string) => Promise<boolean>
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
 *   claimProject: async (session, project, account) => {
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
      'postgresPublishers() needs claimProject: (session, project, account) => whether the account may have the project',
    )
  await migrate(database)
  return storeOn(database, claimProject)
}

function storeOn(database: SqlDatabase, claimProject: PostgresPublishersOptions['claimProject']): PublisherStore {
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
    add: async (row) => {
      const { rows } = await database.query<StoredPublisher>(row.repositoryId === undefined ? addPending : addBound, [
        row.project,
        row.account,
        row.provider,
        row.issuer,
        row.ownerId,
        row.repositoryId ?? null,
        row.repository ?? '',
        keyOf(row.repository ?? ''),
        row.workflowFile ?? '',
        row.environment ?? '',
        row.createdAt,
        row.expiresAt ?? null,
      ])
      if (row.expiresAt !== undefined) await database.query(dropExpired, [row.createdAt])
      return publisherOf(rows[0] as StoredPublisher)
    },
    remove: async ({ id, project, account }) => {
      const { rows } = await database.query(
        `delete from jobpass_publishers
         where id = $1 and project = $2 and (repository_id is not null or account = $3) returning id`,
        [uuidOf(id), project, account],
      )
      return rows.length > 0
    },
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

const insert = `insert into jobpass_publishers
  (project, account, provider, issuer, owner_id, repository_id, repository, repository_key,
   workflow_file, environment, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

const addBound = `${insert}
  on conflict (project, issuer, repository_id, workflow_file, environment) where repository_id is not null
  do update set owner_id = excluded.owner_id, account = excluded.account,
    repository = case when excluded.repository = '' then jobpass_publishers.repository else excluded.repository end,
    repository_key = case when excluded.repository = '' then jobpass_publishers.repository_key
      else excluded.repository_key end,
    transfer_owner_id = null, transfer_owner = null
  returning ${columns}`

// Another id: a job that matched the previous conditions cannot bind this one.
const addPending = `${insert}
  on conflict (project, account, issuer, owner_id, repository_key) where repository_id is null
  do update set id = excluded.id, repository = excluded.repository, workflow_file = excluded.workflow_file,
    environment = excluded.environment, created_at = excluded.created_at, expires_at = excluded.expires_at
  returning ${columns}`

// For 30 days, jobs of a pending publisher that ended are recorded as such.
const dropExpired = `delete from jobpass_publishers
  where repository_id is null and expires_at < $1::timestamptz - interval '30 days'`

interface Binding {
  readonly pending: Publisher
  readonly repositoryId: string
  readonly now: Date
  readonly claimProject: PostgresPublishersOptions['claimProject']
}

async function bindOne(tx: SqlSession, { pending, repositoryId, now, claimProject }: Binding): Promise<void> {
  const { id, project, account } = pending
  // Locks all pending rows of the project in one order: concurrent calls wait here, and later ones
  // find that the row is gone.
  const { rows } = await tx.query<StoredPublisher>(
    `select ${columns} from jobpass_publishers
     where project = $1 and repository_id is null order by id for update`,
    [project],
  )
  const row = rows.find((each) => each.id === id && each.expiresAt !== null && each.expiresAt > now)
  if (row === undefined) return
  const mayHave = await claimProject(tx, project, account)
  const bound = mayHave
    ? await tx.query(
        `update jobpass_publishers pending set repository_id = $2, expires_at = null
         where id = $1 and not exists (
           select from jobpass_publishers other where other.project = pending.project
             and other.issuer = pending.issuer and other.repository_id = $2
             and other.workflow_file = pending.workflow_file and other.environment = pending.environment)
         returning id`,
        [id, repositoryId],
      )
    : { rows: [] }
  // The account may not have the project, or the repository is a publisher already.
  if (bound.rows.length === 0) await tx.query('delete from jobpass_publishers where id = $1', [id])
  if (mayHave)
    await tx.query('delete from jobpass_publishers where project = $1 and account <> $2 and repository_id is null', [
      project,
      account,
    ])
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** An id that may be compared with ids; anything else is of no row. */
const uuidOf = (id: string): string | null => (uuid.test(id) ? id : null)
