/** Evaluates the publishers of one project on a job. Rules decide; this only says by which row. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { decide } from '@jobpass/core'
import type { Publisher } from '../model/publisher.ts'
import type { FailedCheck } from '../model/record.ts'
import { failedChecks, nearestIndex } from './failed-checks.ts'

/** Makes the rule by which a row is evaluated. */
export type MakeRule = (row: Publisher) => TrustRule<AnyWorkload>

/** A row that admits the job, or the one that was nearest, with the reason. */
export interface Outcome {
  /** Whether a row admits the job. */
  readonly allowed: boolean
  /** The row that decided. */
  readonly row: Publisher
  /** Why it refuses; empty if it admits. */
  readonly failed: readonly FailedCheck[]
}

/** Whether a pending publisher has ended. */
export const isExpired = ({ expiresAt }: Publisher, now: Date): boolean => expiresAt !== undefined && expiresAt <= now

/** Whether a publisher has its repository. */
export const isBound = ({ repositoryId }: Publisher): boolean => repositoryId !== undefined

/** Evaluates rows of one project; `undefined` if there are none. */
export function evaluate(
  rows: readonly Publisher[],
  workload: AnyWorkload,
  now: Date,
  makeRule: MakeRule,
): Outcome | undefined {
  const valid = rows.filter((row) => !isExpired(row, now))
  const [expired] = rows
  if (valid.length === 0) return expired && { allowed: false, row: expired, failed: [expiry(expired, now)] }
  const verdict = decide(valid.map(makeRule), workload)
  const index = verdict.allowed ? verdict.rules.findIndex(({ matched }) => matched) : nearestIndex(verdict)
  return {
    allowed: verdict.allowed,
    row: valid[index] as Publisher,
    failed: verdict.allowed ? [] : failedChecks(verdict),
  }
}

const expiry = ({ expiresAt }: Publisher, now: Date): FailedCheck => ({
  field: 'expiresAt',
  expected: expiresAt?.toISOString() ?? '',
  actual: now.toISOString(),
  hint: 'The pending publisher has ended. Add it again.',
})

/** Rows by their project. */
export function byProject(rows: readonly Publisher[]): ReadonlyMap<string, readonly Publisher[]> {
  const projects = new Map<string, Publisher[]>()
  for (const row of rows) projects.set(row.project, [...(projects.get(row.project) ?? []), row])
  return projects
}
