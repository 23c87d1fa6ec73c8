/** Adds publishers: bound ones for an account that may have the project, and pending ones. */

import type { Publisher } from '../model/publisher.ts'
import type { PublisherRow } from '../model/store.ts'
import type { ClaimProject } from './bind-publisher.ts'
import type { SqlDatabase } from './database.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { columns, keyOf, publisherOf } from './stored-publisher.ts'

/**
 * Adds a publisher with its repository, or `undefined` if the account may not have the project.
 * Without a claim, the repository could publish a project that another account claims later.
 */
export async function addBound(
  database: SqlDatabase,
  row: PublisherRow,
  claimProject: ClaimProject,
): Promise<Publisher | undefined> {
  const { project, account } = row
  return database.transaction(async (tx) => {
    if (!(await claimProject(tx, { project, account, when: 'added' }))) return undefined
    const { rows } = await tx.query<StoredPublisher>(upsertBound, valuesOf(row))
    return publisherOf(rows[0] as StoredPublisher)
  })
}

/** Adds a pending publisher. */
export async function addPending(database: SqlDatabase, row: PublisherRow): Promise<Publisher> {
  const { rows } = await database.query<StoredPublisher>(upsertPending, valuesOf(row))
  await database.query(dropExpired, [row.createdAt])
  return publisherOf(rows[0] as StoredPublisher)
}

const valuesOf = (row: PublisherRow): readonly unknown[] => [
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
]

const insert = `insert into jobpass_publishers
  (project, account, provider, issuer, owner_id, repository_id, repository, repository_key,
   workflow_file, environment, created_at, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`

const upsertBound = `${insert}
  on conflict (project, issuer, repository_id, workflow_file, environment) where repository_id is not null
  do update set owner_id = excluded.owner_id, account = excluded.account,
    repository = case when excluded.repository = '' then jobpass_publishers.repository else excluded.repository end,
    repository_key = case when excluded.repository = '' then jobpass_publishers.repository_key
      else excluded.repository_key end,
    transfer_owner_id = null, transfer_owner = null
  returning ${columns}`

// Another id: a job that matched the previous conditions cannot bind this one.
const upsertPending = `${insert}
  on conflict (project, account, issuer, owner_id, repository_key) where repository_id is null
  do update set id = excluded.id, repository = excluded.repository, workflow_file = excluded.workflow_file,
    environment = excluded.environment, created_at = excluded.created_at, expires_at = excluded.expires_at
  returning ${columns}`

// For 30 days, jobs of a pending publisher that ended are recorded as such.
const dropExpired = `delete from jobpass_publishers
  where repository_id is null and expires_at < $1::timestamptz - interval '30 days'`
