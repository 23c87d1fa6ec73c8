/** The job that asks: how its publishers are found, and what is shown of it. */

import type { AnyWorkload } from '@jobpass/core'
import { jobOf } from '@jobpass/core/internal'
import type { SeenJob } from '../model/record.ts'
import type { Caller } from '../model/store.ts'
import { shortText } from './failed-checks.ts'

/** The CI job of a workload: behind a token of an exchange, or the workload itself. */
const jobBehind = (workload: AnyWorkload): AnyWorkload => jobOf(workload) ?? workload

/** The caller; `undefined` for a job without the ids or the name of a repository. */
export function callerOf(workload: AnyWorkload): Caller | undefined {
  const { issuer, ownerId, repositoryId, repository } = jobBehind(workload)
  if (ownerId === undefined || repositoryId === undefined || repository === undefined) return undefined
  return { issuer, ownerId, repositoryId, repository }
}

/** The run of a workload, unique among all issuers. */
export function runOf(workload: AnyWorkload): string {
  const { issuer, runId, tokenId } = jobBehind(workload)
  return shortText(`${issuer}#${runId ?? tokenId ?? ''}`)
}

/** Name of the owner of the repository: to show. */
export const ownerNameOf = (workload: AnyWorkload): string | undefined => jobBehind(workload).owner

const shownFields = [
  'repository',
  'repositoryId',
  'ownerId',
  'ref',
  'event',
  'workflowFile',
  'environment',
  'actor',
  'runUrl',
] as const satisfies readonly (keyof SeenJob & keyof AnyWorkload)[]

/** What is shown of a workload, as texts of limited length. */
export function seenJobOf(workload: AnyWorkload): SeenJob {
  const job = jobBehind(workload)
  const known = shownFields.flatMap((field) =>
    job[field] === undefined ? [] : [[field, shortText(job[field])] as const],
  )
  return Object.fromEntries(known)
}
