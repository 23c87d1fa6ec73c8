/**
 * Strict parser for what a token request asks for: RFC 6749 §3.2, RFC 8693 §2.1, RFC 8707 §2, RFC
 * 9396 §2.
 */

import type { Form } from './form.ts'
import { grantTypes } from './grant-types.ts'
import type { GrantType, Parameter } from './grant-types.ts'
import { OAuthError } from './oauth-answer.ts'
import { parseDetails } from './trust/authorization-details.ts'
import type { AuthorizationDetail } from './trust/authorization-details.ts'
import { isScope } from './trust/scope.ts'

/** A parsed token request. */
export interface TokenRequest {
  /** How the CI token was presented. */
  readonly grantType: GrantType
  /** The CI token. */
  readonly token: string
  /** The parameters, with which the grant type checks the verified job. */
  readonly one: Parameter
  /** Requested scopes. Empty: use the default scopes of the grant. */
  readonly scopes: readonly string[]
  /** Requested audience. `undefined`: use that of the grant. */
  readonly audience: string | undefined
  /** Requested authorization details (RFC 9396). */
  readonly details: readonly AuthorizationDetail[]
}

const maxAudiences = 10
const maxScopes = 100
/** `maxScopes` scopes of 100 characters, each with a separating space. */
const maxScopeLength = maxScopes * 101

/** Reads what a form asks for. */
export function readTokenRequest(form: Form): TokenRequest | OAuthError {
  const one = (name: string): string | undefined => form.get(name)?.[0]
  const name = one('grant_type')
  if (name === undefined) return new OAuthError('invalid_request', 'grant_type is missing.')
  const grantType = grantTypes.find((each) => each.name === name)
  if (grantType === undefined)
    return new OAuthError(
      'unsupported_grant_type',
      'The grant types here are token-exchange, jwt-bearer and client_credentials.',
    )
  if (form.has('client_secret') || (form.has('client_assertion') && !grantType.authenticates))
    return new OAuthError('invalid_client', 'Clients do not authenticate here: leave their secret out.')
  const token = grantType.token(one)
  if (token instanceof OAuthError) return token
  const scope = one('scope') ?? ''
  const scopes = scope.length > maxScopeLength ? [''] : [...new Set(scope.split(' ').filter((each) => each !== ''))]
  if (scopes.length > maxScopes || !scopes.every(isScope))
    return new OAuthError('invalid_scope', 'scope is a list of names with one space between them.')
  const audiences = [...new Set([...(form.get('audience') ?? []), ...(form.get('resource') ?? [])])]
  if (audiences.length > 1)
    return new OAuthError(
      'invalid_target',
      audiences.length > maxAudiences ? 'Too many audiences.' : 'Ask for one audience: a token is for one API.',
    )
  const text = one('authorization_details')
  const details = text === undefined ? [] : parseDetails(text)
  if (details === undefined)
    return new OAuthError(
      'invalid_authorization_details',
      'authorization_details is a JSON list of 1 to 10 objects, each with its type and no empty value.',
    )
  return { grantType, token, one, scopes, audience: audiences[0], details }
}
