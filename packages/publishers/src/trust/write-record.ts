/** Records what was decided, and what it shows of the repository: its name, and a transfer. */

import type { AnyWorkload } from '@jobpass/core'
import type { ShownChange } from '../model/store.ts'
import { callerOf, ownerNameOf, runOf, seenJobOf } from './caller.ts'
import type { Deps } from './deps.ts'
import type { Outcome } from './evaluate.ts'
import { shortText } from './failed-checks.ts'

/**
 * Records an outcome of the publishers of a project. A use that cannot be recorded is an outage, so
 * that nothing is published without a record. A refusal stands without one: it decides about one
 * project, and the same job may be asking for others.
 */
export async function writeRecord(outcome: Outcome, workload: AnyWorkload, { store, now }: Deps): Promise<void> {
  const { allowed, row, failed } = outcome
  const at = now()
  const record = {
    project: row.project,
    pendingOf: row.repositoryId === undefined ? row.account : undefined,
    publisher: row.id,
    outcome: allowed ? 'used' : 'refused',
    at,
    run: runOf(workload),
    job: seenJobOf(workload),
    failed,
  } as const
  try {
    await store.record(record, allowed ? usedBy(workload, at) : transferOf(outcome, workload))
  } catch (failure) {
    if (allowed) throw failure
  }
}

const usedBy = (workload: AnyWorkload, at: Date): ShownChange => {
  const repository = callerOf(workload)?.repository
  return { ...(repository !== undefined && { repository: shortText(repository) }), lastUsedAt: at, transfer: undefined }
}

/** The same repository id with another owner: only the repository itself, after a transfer. */
function transferOf({ row }: Outcome, workload: AnyWorkload): ShownChange {
  const caller = callerOf(workload)
  if (caller === undefined || row.repositoryId !== caller.repositoryId || row.ownerId === caller.ownerId) return {}
  const owner = ownerNameOf(workload)
  return { transfer: { ownerId: caller.ownerId, owner: owner === undefined ? undefined : shortText(owner) } }
}
