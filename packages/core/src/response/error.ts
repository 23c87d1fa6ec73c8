/** The one error a refusal becomes, for those who want it thrown. */

import type { ChallengeOptions } from './www-authenticate.ts'
import { challengeHeaders } from './www-authenticate.ts'
import type { ExplainLevel } from '../config/options.ts'
import type { Problem } from './problem.ts'
import { problemOf } from './problem.ts'
import type { Refusal, RefusalCode } from '../model/refusal.ts'
import { definitionOf } from '../model/refusal.ts'
import type { Verdict } from '../model/verdict.ts'

/**
 * A request was refused. Its message, cause and enumerable members hold no token, no signature and nothing unverified.
 *
 * `status`, `statusCode`, `headers` and `expose` are what the error handlers of Express and Koa read.
 *
 * @example
 * ```ts
 * app.use((error, req, res, next) => {
 *   if (error instanceof WorkloadAuthError) res.status(error.status).set(error.headers).send(JSON.stringify(error.problem))
 *   else next(error)
 * })
 * ```
 */
export class WorkloadAuthError extends Error {
  override readonly name = 'WorkloadAuthError'
  /** Stable code, see the error table. */
  readonly code: RefusalCode
  /** 400, 401, 403 or 503. */
  readonly status: number
  readonly statusCode: number
  readonly expose = true
  /** The headers of the documented answer. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of the documented answer. */
  readonly problem: Problem
  /** Every rule with every check, where rules were asked. Not enumerable: it holds expected values. */
  declare readonly verdict: Verdict | undefined

  constructor(refusal: Refusal, answer: AnswerOptions) {
    const { status, detail } = definitionOf(refusal.code)
    super(detail)
    this.code = refusal.code
    this.status = status
    this.statusCode = status
    this.headers = challengeHeaders(refusal, answer)
    this.problem = problemOf(refusal, answer.explain)
    Object.defineProperty(this, 'verdict', { value: refusal.context.verdict, enumerable: false })
  }
}

/** What an answer depends on beside the refusal. */
export interface AnswerOptions extends ChallengeOptions {
  readonly explain: ExplainLevel
}
