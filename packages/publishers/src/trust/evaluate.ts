/** Evaluates the publishers of one project on a job. Rules decide; this only says by which row. */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { decide } from '@jobpass/core'
import type { Publisher } from '../model/publisher.ts'
import type { FailedCheck } from '../model/record.ts'
import { failedChecks, nearestIndex } from './failed-checks.ts'

/** Makes the rule by which a row is evaluated. */
export type MakeRule = (row: Publisher) => TrustRule<AnyWorkload>

/** A row that admits the job, or one that does not, with the reason. */
export interface Outcome {
  /** Whether a row admits the job. */
  readonly allowed: boolean
  /** The row that decided. */
  readonly row: Publisher
  /** Why it refuses; empty if it admits. */
  readonly failed: readonly FailedCheck[]
}

/** What the rows of a project say of a job. */
export interface Evaluation {
  /** The row that admits it or that was nearest; one of each account if they compete. */
  readonly outcomes: readonly Outcome[]
  /** The rows whose rules may admit it. */
  readonly valid: readonly Publisher[]
}

/** Whether a pending publisher has ended. */
export const isExpired = ({ expiresAt }: Publisher, now: Date): boolean => expiresAt !== undefined && expiresAt <= now

/** Whether a publisher has its repository. */
export const isBound = ({ repositoryId }: Publisher): boolean => repositoryId !== undefined

/** Evaluates the rows of one project that name the repository of a job. */
export function evaluate(rows: readonly Publisher[], workload: AnyWorkload, now: Date, makeRule: MakeRule): Evaluation {
  const rivals = new Map(rows.map((row) => [row.account, row]))
  if (rivals.size > 1 && !rows.every(isBound))
    return { outcomes: Array.from(rivals.values(), (row) => refusal(row, rivalry(rivals.size))), valid: [] }
  const valid = rows.filter((row) => !isExpired(row, now))
  const [expired] = rows
  if (valid.length === 0) return { outcomes: expired ? [refusal(expired, expiry(expired, now))] : [], valid }
  const verdict = decide(valid.map(makeRule), workload)
  const { allowed } = verdict
  const index = allowed ? verdict.rules.findIndex(({ matched }) => matched) : nearestIndex(verdict)
  return {
    outcomes: [{ allowed, row: valid[index] as Publisher, failed: allowed ? [] : failedChecks(verdict) }],
    valid,
  }
}

const refusal = (row: Publisher, check: FailedCheck): Outcome => ({ allowed: false, row, failed: [check] })

const expiry = ({ expiresAt }: Publisher, now: Date): FailedCheck => ({
  field: 'expiresAt',
  expected: expiresAt?.toISOString() ?? '',
  actual: now.toISOString(),
  hint: 'The pending publisher has ended. Add it again.',
})

/**
 * Accounts that name one repository for one project compete, if not all have had the project: it is
 * not known whose repository it is, so no job of it publishes. Conditions do not matter: a job in
 * the wrong environment would publish for the wrong account. Nor does it matter that a pending
 * publisher has ended: its account did not mean its jobs to publish the project of another one.
 */
const rivalry = (accounts: number): FailedCheck => ({
  field: 'accounts',
  expected: '1',
  actual: String(accounts),
  hint: 'Other accounts name this repository for this project. If it is yours, ask the operator of this service to remove theirs; else remove your publisher.',
})

/** Rows by their project. */
export function byProject(rows: readonly Publisher[]): ReadonlyMap<string, readonly Publisher[]> {
  const projects = new Map<string, Publisher[]>()
  for (const row of rows) projects.set(row.project, [...(projects.get(row.project) ?? []), row])
  return projects
}
