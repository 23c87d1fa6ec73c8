/** Records of uses and refusals, in their table. */

import type { Managed } from '../model/publisher.ts'
import type { PublisherRecord } from '../model/record.ts'
import type { ShownChange } from '../model/store.ts'
import type { SqlSession } from './client.ts'
import { keyOf } from './stored-publisher.ts'

/** Records that are kept of a project, for each outcome. */
const mostRecords = 50

/** Writes a record and what it changes, and drops older ones, in a transaction. */
export async function writeRecord(tx: SqlSession, record: PublisherRecord, change: ShownChange): Promise<void> {
  const { project, pendingOf = '', outcome, publisher, run, at, job, failed } = record
  const { rows } = await tx.query(`${insert} ${outcome === 'used' ? 'nothing' : refresh} returning at`, [
    project,
    pendingOf,
    outcome,
    publisher,
    run,
    at,
    JSON.stringify(job),
    JSON.stringify(failed),
  ])
  if (rows.length === 0) return
  const columns = Object.entries(columnsOf(change))
  if (columns.length > 0) {
    const set = columns.map(([name], index) => `${name} = $${index + 2}`).join(', ')
    await tx.query(`update jobpass_publishers set ${set} where id = $1`, [
      publisher,
      ...columns.map(([, value]) => value),
    ])
  }
  await tx.query(dropOld, [project, outcome, pendingOf, mostRecords])
}

/** The last records that an account may see. */
export async function readRecords(
  session: SqlSession,
  { project, account }: Managed,
  outcome: PublisherRecord['outcome'],
): Promise<readonly PublisherRecord[]> {
  const { rows } = await session.query<StoredRecord>(
    `select project, pending_of, outcome, publisher, run, at, job, failed from jobpass_publisher_records
     where project = $1 and outcome = $2 and pending_of in ('', $3) order by at desc, run limit $4`,
    [project, outcome, account, mostRecords],
  )
  return rows.map(({ pending_of: pendingOf, ...record }) => ({ ...record, pendingOf: pendingOf || undefined }))
}

type StoredRecord = Omit<PublisherRecord, 'pendingOf'> & { readonly pending_of: string }

const insert = `insert into jobpass_publisher_records
  (project, pending_of, outcome, publisher, run, at, job, failed) values ($1, $2, $3, $4, $5, $6, $7, $8)
  on conflict (project, outcome, publisher, run) do`

const refresh = 'update set at = excluded.at, job = excluded.job, failed = excluded.failed'

const dropOld = `delete from jobpass_publisher_records where (project, outcome, publisher, run) in (
  select project, outcome, publisher, run from jobpass_publisher_records
  where project = $1 and outcome = $2 and pending_of = $3 order by at desc, run offset $4)`

function columnsOf(change: ShownChange): Readonly<Record<string, unknown>> {
  const { repository, lastUsedAt, transfer } = change
  return {
    ...(repository !== undefined && { repository, repository_key: keyOf(repository) }),
    ...(lastUsedAt !== undefined && { last_used_at: lastUsedAt }),
    ...('transfer' in change && {
      transfer_owner_id: transfer?.ownerId ?? null,
      transfer_owner: transfer?.owner ?? null,
    }),
  }
}
