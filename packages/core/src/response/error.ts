/** The error that a refusal becomes where it is thrown. */

import type { ChallengeOptions } from './www-authenticate.ts'
import { challengeHeaders } from './www-authenticate.ts'
import type { ExplainLevel } from '../config/options.ts'
import type { Problem } from './problem.ts'
import { problemOf } from './problem.ts'
import type { Refusal, RefusalCode } from '../model/refusal.ts'
import type { Verdict } from '../model/verdict.ts'

/**
 * A request was refused. Message, cause and enumerable members hold no token, no signature and
 * nothing unverified.
 *
 * The error handlers of Express and Koa read `status`, `statusCode`, `headers` and `expose`.
 *
 * @example
 * ```ts
 * const onError: ErrorRequestHandler = (error, _req, res, next) => {
 *   if (!(error instanceof WorkloadAuthError)) return next(error)
 *   res.status(error.status).set(error.headers).send(JSON.stringify(error.problem))
 * }
 * app.use(onError)
 * ```
 */
export class WorkloadAuthError extends Error {
  /** The name of the class. */
  override readonly name = 'WorkloadAuthError'
  /** The stable code; see the error table. */
  readonly code: RefusalCode
  /** The HTTP status: 400, 401, 403 or 503. */
  readonly status: number
  /** The HTTP status again, for Express. */
  readonly statusCode: number
  /** Whether the message may be shown to the caller, for Express and Koa. */
  readonly expose = true
  /** The headers of the documented response. */
  readonly headers: Readonly<Record<string, string>>
  /** The body of the documented response. */
  readonly problem: Problem
  /**
   * All rules with all checks, where rules decided. Not enumerable, since it holds expected values.
   */
  declare readonly verdict: Verdict | undefined

  /** @internal */
  constructor(refusal: Refusal, answer: AnswerOptions) {
    const { status, detail } = refusal.definition
    super(detail)
    this.code = refusal.code
    this.status = status
    this.statusCode = status
    this.headers = challengeHeaders(refusal, answer)
    this.problem = problemOf(refusal, answer.explain)
    Object.defineProperty(this, 'verdict', { value: refusal.context.verdict, enumerable: false })
  }
}

/** What a response depends on in addition to the refusal. */
export interface AnswerOptions extends ChallengeOptions {
  /** How much a 403 reveals. */
  readonly explain: ExplainLevel
}
