/** Adds publishers: bound ones for an account that may have the project, and pending ones. */

import { TooManyPublishers } from '../model/invalid-publisher.ts'
import type { Publisher } from '../model/publisher.ts'
import type { PublisherRow } from '../model/store.ts'
import type { ClaimProject } from './bind-publisher.ts'
import { logged } from './changes.ts'
import type { SqlSession } from './client.ts'
import type { SqlDatabase } from './database.ts'
import type { PublisherLimits } from './limits.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { keyOf, publisherOf } from './stored-publisher.ts'

/**
 * Adds a publisher, or `undefined` if the account of one with its repository may not have the
 * project. Without a claim, the repository could publish a project that another account claims
 * later. A pending one claims it by its first job.
 */
export async function addPublisher(
  database: SqlDatabase,
  row: PublisherRow,
  { maxPublishers, maxPending, maxPendingOfAccount }: PublisherLimits,
  claimProject: ClaimProject,
): Promise<Publisher | undefined> {
  const { project, account, createdAt } = row
  const isPending = row.repositoryId === undefined
  return database.transaction(async (tx) => {
    if (isPending) await tx.query(dropExpired, [createdAt])
    else if (!(await claimProject(tx, { project, account, when: 'added' }))) return undefined
    const { rows } = await tx.query<StoredPublisher>(isPending ? upsertPending : upsertBound, valuesOf(row))
    if (!isPending) await checkCount(tx, 'project', [project], 'publishers', maxPublishers)
    else {
      await checkCount(tx, 'project', [project, createdAt], 'pending publishers', maxPending)
      await checkCount(tx, 'account', [account, createdAt], 'pending publishers', maxPendingOfAccount)
    }
    return publisherOf(rows[0] as StoredPublisher)
  })
}

/**
 * Ends the transaction if there are more than a limit. Some that are added at the same moment may
 * pass it together, for which queries have limits of their own.
 */
async function checkCount(
  tx: SqlSession,
  field: 'project' | 'account',
  values: readonly unknown[],
  kind: 'publishers' | 'pending publishers',
  most: number,
): Promise<void> {
  const which = kind === 'publishers' ? 'is not null' : 'is null and expires_at > $2::timestamptz'
  const text = `select from jobpass_publishers where ${field} = $1 and repository_id ${which} limit ${most + 1}`
  if ((await tx.query(text, values)).rows.length > most)
    throw new TooManyPublishers([{ field, message: `has as many ${kind} as it may have: ${most}` }])
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

const added = (statement: string): string => logged('added', statement, '$2', '$11')

const upsertBound = added(`${insert}
  on conflict (project, issuer, repository_id, workflow_file, environment) where repository_id is not null
  do update set owner_id = excluded.owner_id, account = excluded.account,
    repository = coalesce(nullif(excluded.repository, ''), jobpass_publishers.repository),
    repository_key = coalesce(nullif(excluded.repository_key, ''), jobpass_publishers.repository_key),
    transfer_owner_id = null, transfer_owner = null`)

// Another id: a job that matched the previous conditions cannot bind this one.
const upsertPending = added(`${insert}
  on conflict (project, account, issuer, owner_id, repository_key) where repository_id is null
  do update set id = excluded.id, repository = excluded.repository, workflow_file = excluded.workflow_file,
    environment = excluded.environment, created_at = excluded.created_at, expires_at = excluded.expires_at`)

// For 30 days, jobs of a pending publisher that ended are recorded as such.
const dropExpired = `delete from jobpass_publishers where id in (
  select id from jobpass_publishers
  where repository_id is null and expires_at < $1::timestamptz - interval '30 days' order by expires_at limit 100)`
