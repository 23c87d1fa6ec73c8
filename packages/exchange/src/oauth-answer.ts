/** Responses of the exchange's endpoints: JSON, and OAuth errors. */

import { WorkloadAuthError } from '@jobpass/core'
import type { EndpointAnswer } from '@jobpass/core'

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
  readonly headers?: Readonly<Record<string, string>>
}

const statuses: Partial<Record<OAuthErrorCode, number>> = { invalid_client: 401, temporarily_unavailable: 503 }

/** Makes the response of an error. */
export function errorAnswer({ error, description, extra }: OAuthError): EndpointAnswer {
  return jsonAnswer(
    statuses[error] ?? 400,
    { error, error_description: description, ...extra.members },
    { ...extra.headers },
  )
}

/** A JSON response. Caches must not store it, unless its headers say otherwise. */
export function jsonAnswer(
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): EndpointAnswer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers },
    body: JSON.stringify(body),
  }
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
