/** A refusal as the answers of frameworks. */

import type { VerifierConfig } from '../config/verifier-config.ts'
import type { Refusal } from '../model/refusal.ts'
import { WorkloadAuthError } from '../response/error.ts'
import { problemOf } from '../response/problem.ts'
import { challengeHeaders } from '../response/www-authenticate.ts'
import type { SeenRefusal } from './watch-refusals.ts'
import { reportRefusal } from './watch-refusals.ts'
import type { Kept } from '../util/kept.ts'
import { keptAt } from '../util/kept.ts'

/** A refusal as a response, and as an error for the framework's error handling. */
export interface Refused {
  /** Whether the verifier has `errors: 'throw'`. */
  readonly throws: boolean
  /** The HTTP status. */
  readonly status: 400 | 401 | 403 | 503
  /**
   * The challenge to append to `WWW-Authenticate`, which may hold those of other schemes;
   * `undefined` where the response has none.
   */
  readonly challenge: string | undefined
  /** All other headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The problem document (RFC 9457), as JSON. */
  readonly body: string
  /** Makes the error to throw. */
  error(): WorkloadAuthError
}

/** A refusal as a `Response` of the Fetch API. */
export function responseOf({ status, headers, challenge, body }: Refused): Response {
  return new Response(body, {
    status,
    headers: { ...headers, ...(challenge !== undefined && { 'WWW-Authenticate': challenge }) },
  })
}

/** What is sent to the caller. */
type Answer = Pick<Refused, 'status' | 'challenge' | 'headers' | 'body'>

/** The answers that depend on a code only, by the options of a verifier: a flood has no others. */
const plainAnswers: Kept<Answer> = new WeakMap()

/** Makes the answers, and reports who refused. */
export function refused(by: SeenRefusal['by'], refusal: Refusal, config: VerifierConfig): Refused {
  const { code, context } = refusal
  reportRefusal(by, code)
  const { claim, nonce, retryAfter, verdict, workload } = context
  const make = (): Answer => answerOf(refusal, config)
  const isPlain = (claim ?? nonce ?? retryAfter ?? verdict ?? workload) === undefined
  const { status, challenge, headers, body } = isPlain ? keptAt(plainAnswers, config, code, make) : make()
  const throws = config.errors === 'throw'
  return { throws, status, challenge, headers, body, error: () => new WorkloadAuthError(refusal, config) }
}

function answerOf(refusal: Refusal, config: VerifierConfig): Answer {
  const problem = problemOf(refusal, config.explain)
  const { 'WWW-Authenticate': challenge, ...headers } = challengeHeaders(refusal, config)
  return {
    status: problem.status as Refused['status'],
    challenge,
    headers: Object.freeze(headers),
    body: JSON.stringify(problem),
  }
}
