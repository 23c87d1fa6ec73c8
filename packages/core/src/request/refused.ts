/** A refusal as the answers of frameworks. */

import type { VerifierConfig } from '../config/verifier-config.ts'
import type { Refusal } from '../model/refusal.ts'
import { WorkloadAuthError } from '../response/error.ts'
import { problemOf } from '../response/problem.ts'
import { challengeHeaders } from '../response/www-authenticate.ts'
import type { SeenRefusal } from './watch-refusals.ts'
import { reportRefusal } from './watch-refusals.ts'

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

/** Makes the answers, and reports who refused. */
export function refused(by: SeenRefusal['by'], refusal: Refusal, config: VerifierConfig): Refused {
  reportRefusal(by, refusal.code)
  const problem = problemOf(refusal, config.explain)
  const { 'WWW-Authenticate': challenge, ...headers } = challengeHeaders(refusal, config)
  return {
    throws: config.errors === 'throw',
    status: problem.status as Refused['status'],
    challenge,
    headers,
    body: JSON.stringify(problem),
    error: () => new WorkloadAuthError(refusal, config),
  }
}
