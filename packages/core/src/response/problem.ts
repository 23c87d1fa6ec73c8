/** The body of a refusal: RFC 9457, with a stable `code`. */

import { jobOf } from '../workload/verified-token.ts'
import type { Refusal } from '../model/refusal.ts'
import { definitionOf } from '../model/refusal.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { ExplainLevel } from '../config/options.ts'

/** A check that failed, as the caller may read it. */
export interface ProblemCheck {
  readonly field: string
  readonly operator: string
  /** The caller's own value; `null` when it has none. */
  readonly actual: unknown
  /** What the rule wanted; only at `explain: 'full'`. */
  readonly expected?: unknown
  readonly hint?: string
}

/** The body of a refusal. `type` is left out, and so is `about:blank`: the title is the status. */
export interface Problem {
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  /** The claim that is missing or of another type, in a token whose signature verified. */
  readonly claim?: string
  /** The caller's own issuer, owner and repository, once verified; those of the CI job where it calls with a service token. */
  readonly issuer?: string
  readonly owner?: string
  readonly repository?: string
  /** What failed, for the tenant whose rule it is. */
  readonly checks?: readonly ProblemCheck[]
}

const titles = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' } as const

/** Builds the body. Details go only to a caller whose pin matched: strangers read the same for every tenant, known or not. */
export function problemOf({ code, context }: Refusal, level: ExplainLevel): Problem {
  const { status, detail } = definitionOf(code)
  const problem = { title: titles[status], status, detail, code }
  if (level === 'none') return problem
  const { claim, workload, verdict } = context
  if (workload === undefined) return claim === undefined ? problem : { ...problem, claim }
  const own = verdict?.reason === 'denied' ? undefined : verdict?.nearestOwn
  const { issuer, owner, repository } = jobOf(workload) ?? workload
  return {
    ...problem,
    issuer,
    ...(owner === undefined ? {} : { owner }),
    ...(repository === undefined ? {} : { repository }),
    ...(own === undefined
      ? {}
      : { checks: own.checks.filter(({ passed }) => !passed).map((check) => problemCheck(check, level)) }),
  }
}

function problemCheck(check: CheckResult, level: ExplainLevel): ProblemCheck {
  const { field, operator, expected, hint } = check
  return {
    field,
    operator,
    actual: check.actual ?? null,
    ...(level === 'full' ? { expected } : {}),
    ...(hint === undefined ? {} : { hint }),
  }
}
