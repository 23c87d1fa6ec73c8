/** The body of a refusal: problem details (RFC 9457) with a stable `code`. */

import { jobOf } from '../workload/verified-token.ts'
import type { Refusal } from '../model/refusal.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { ExplainLevel } from '../config/options.ts'
import { defined } from '../util/objects.ts'

/** A failed check, as the caller may read it. */
export interface ProblemCheck {
  /** The field or claim that was checked. */
  readonly field: string
  /** How the check compares. */
  readonly operator: string
  /** The caller's own value; `null` when it has none. */
  readonly actual: unknown
  /** The value that the rule requires; only at `explain: 'full'`. */
  readonly expected?: unknown
  /** What may be wrong, where it is a known mistake. */
  readonly hint?: string
}

/**
 * The body of a refusal. `type` is omitted, which means `about:blank`: the title is that of the
 * status (RFC 9457 §4.2.1).
 */
export interface Problem {
  /** The reason phrase of the status. */
  readonly title: string
  /** The HTTP status. */
  readonly status: number
  /** A sentence for people. */
  readonly detail: string
  /** The stable code; see the error table. */
  readonly code: string
  /**
   * The name of the claim that is missing or of another type, in a token whose signature verified.
   */
  readonly claim?: string
  /** The caller's own issuer, once verified; behind an exchange, that of the CI job. */
  readonly issuer?: string
  /** The caller's own owner, once verified. */
  readonly owner?: string
  /** The caller's own repository, once verified. */
  readonly repository?: string
  /** The failed checks, only for callers of the rule's own tenant. */
  readonly checks?: readonly ProblemCheck[]
}

const titles = { 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 503: 'Service Unavailable' } as const

/**
 * Builds the body. Only callers whose pins matched get details: outsiders read the same for every
 * tenant, existing or not.
 */
export function problemOf({ code, definition, context }: Refusal, level: ExplainLevel): Problem {
  const { status, detail } = definition
  const problem = { title: titles[status], status, detail, code }
  if (level === 'none') return problem
  const { claim, workload, verdict } = context
  if (workload === undefined) return claim === undefined ? problem : { ...problem, claim }
  const own = verdict?.reason === 'denied' ? undefined : verdict?.nearestOwn
  const { issuer, owner, repository } = jobOf(workload) ?? workload
  return {
    ...problem,
    ...defined({
      issuer,
      owner,
      repository,
      checks: own?.checks.filter(({ passed }) => !passed).map((check) => problemCheck(check, level)),
    }),
  }
}

function problemCheck(check: CheckResult, level: ExplainLevel): ProblemCheck {
  const { field, operator, expected, hint } = check
  return {
    field,
    operator,
    actual: check.actual ?? null,
    ...(level === 'full' ? { expected } : {}),
    ...defined({ hint }),
  }
}
