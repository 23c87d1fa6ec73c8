/** Responses of the exchange's endpoints: JSON, and OAuth errors. */

import { WorkloadAuthError } from '@jobpass/core'
import type { EndpointAnswer, EndpointRequest } from '@jobpass/core'

/**
 * Error codes of RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 9396 §5 and RFC 9449 §5 and §8.
 * `unsupported_response_type` and `temporarily_unavailable` are from RFC 6749 §4.1.2.1.
 */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'invalid_authorization_details'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'unsupported_response_type'
  | 'temporarily_unavailable'

/** A refused request, as a value. */
export class OAuthError {
  readonly error: OAuthErrorCode
  readonly description: string
  readonly extra: OAuthErrorExtra
  constructor(error: OAuthErrorCode, description: string, extra: OAuthErrorExtra = {}) {
    this.error = error
    this.description = description
    this.extra = extra
  }
}

/** Additions to an error response. */
export interface OAuthErrorExtra {
  /** Members of the body: the `code` of jobpass, and the reason. */
  readonly members?: Readonly<Record<string, unknown>>
  /** Response headers, by name. */
  readonly headers?: Headers
}

type Headers = Readonly<Record<string, string>>

const challenge = 'WWW-Authenticate'

/**
 * Makes the response of an error. It is 401 only with a challenge (RFC 9110 §15.5.2): no scheme of
 * HTTP would help a client whose assertion is refused, so that is 400 (RFC 6749 §5.2).
 */
export function errorAnswer({ error, description, extra: { members, headers = {} } }: OAuthError): EndpointAnswer {
  const status = error === 'temporarily_unavailable' ? 503 : challenge in headers ? 401 : 400
  return jsonAnswer(status, { error, error_description: description, ...members }, headers)
}

/**
 * The answer of an endpoint that takes no credentials of HTTP. RFC 6749 §5.2: a client that sent
 * some gets 401, and their scheme as the challenge.
 */
export function withoutCredentials(request: EndpointRequest, answer: EndpointAnswer): EndpointAnswer {
  const [credentials] = request.headers('authorization')
  if (credentials === undefined || answer.status !== 400) return answer
  const [scheme = 'Basic'] = /^[\w-]{1,40}/.exec(credentials) ?? []
  return { ...answer, status: 401, headers: { ...answer.headers, [challenge]: `${scheme} realm="jobpass"` } }
}

/** RFC 6749 §5.1 requires both. */
const uncached = { 'Cache-Control': 'no-store', Pragma: 'no-cache' }

/** A JSON response. Caches must not store it, unless `caching` says otherwise. */
export function jsonAnswer(
  status: number,
  body: object,
  headers: Headers = {},
  caching: Headers = uncached,
): EndpointAnswer {
  return { status, headers: { 'Content-Type': 'application/json', ...caching, ...headers }, body: JSON.stringify(body) }
}

/** The response to a method that an endpoint does not support. */
export function methodAnswer(allow: string): EndpointAnswer {
  return { status: 405, headers: { Allow: allow, 'Cache-Control': 'no-store' }, body: '' }
}

/**
 * Maps a refusal of core to OAuth: an outage, or an invalid token (`invalid`). Other failures are
 * rethrown.
 */
export function refusedToken(failure: unknown, invalid: OAuthErrorCode): OAuthError {
  if (!(failure instanceof WorkloadAuthError)) throw failure
  const { status, message, code, problem, headers } = failure
  const { title: _, status: __, detail: ___, ...members } = problem
  const retry = headers['Retry-After']
  const extra = { members: { ...members, code }, ...(retry && { headers: { 'Retry-After': retry } }) }
  return new OAuthError(oauthCode(status, invalid), message, extra)
}

function oauthCode(status: number, invalid: OAuthErrorCode): OAuthErrorCode {
  if (status === 503) return 'temporarily_unavailable'
  // RFC 6749 §5.2: this client may not use the grant.
  return status === 403 ? 'unauthorized_client' : invalid
}

/** An outage, with the time to retry after. */
export function unavailable(description: string): OAuthError {
  return new OAuthError('temporarily_unavailable', description, { headers: { 'Retry-After': '5' } })
}
