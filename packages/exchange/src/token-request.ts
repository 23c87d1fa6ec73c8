/**
 * Strict parser for the form of a token request: RFC 6749 §3.2, RFC 8693 §2.1, RFC 7523 §2.1, RFC
 * 8707 §2.
 */

import { BodyTooLarge } from '@jobpass/core'
import type { EndpointRequest } from '@jobpass/core'
import { refuseOtherCopy } from '@jobpass/core/internal'
import { OAuthError } from './oauth-answer.ts'
import { isScope } from './trust/scope.ts'

/** A parsed token request. */
export interface TokenRequest {
  /** How the CI token was presented. */
  readonly grantType: GrantType
  /** The CI token. */
  readonly token: string
  /** Requested scopes. Empty: use the default scopes of the grant. */
  readonly scopes: readonly string[]
  /** Requested audience. `undefined`: use that of the grant. */
  readonly audience: string | undefined
}

/** The two grant types that can present a CI token. */
export const grantTypes = [
  'urn:ietf:params:oauth:grant-type:token-exchange',
  'urn:ietf:params:oauth:grant-type:jwt-bearer',
] as const

type GrantType = (typeof grantTypes)[number]

/** Type of the issued tokens (RFC 8693 §3). */
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

const subjectTypes = ['urn:ietf:params:oauth:token-type:jwt', 'urn:ietf:params:oauth:token-type:id_token']
/** Most parameters of a form. The RFCs above define at most fifteen. */
const maxParameters = 32
const maxAudiences = 10
const maxScopes = 100
/** `maxScopes` scopes of 100 characters, each with a separating space. */
const maxScopeLength = maxScopes * 101

/** Values by parameter name; only `audience` and `resource` may have several. */
type Form = ReadonlyMap<string, readonly string[]>

/** Reads a form from a request. */
export async function readForm(request: EndpointRequest): Promise<Form | OAuthError> {
  // RFC 6749 §5.2: clients have no credentials here; they present only the CI token.
  if (request.headers('authorization').length > 0)
    return new OAuthError('invalid_client', 'Clients do not authenticate here: leave the Authorization header out.')
  const [type = ''] = request.headers('content-type')
  if (!/^application\/x-www-form-urlencoded\s*(?:;|$)/i.test(type))
    return invalid('The body must be application/x-www-form-urlencoded.')
  const body = await request.body().catch((failure: unknown) => {
    if (failure instanceof BodyTooLarge) return invalid('The body is longer than 64 KiB.')
    // An adapter with another copy of core throws its errors from another class.
    refuseOtherCopy(failure)
    throw failure
  })
  if (body instanceof OAuthError) return body
  if (typeof body !== 'string') return formOf(entriesOf(body))
  return hasMore(body, '&', maxParameters) ? tooMany() : formOf(new URLSearchParams(body))
}

/** Whether a separator occurs more than `most` times. Stops there, and allocates nothing. */
function hasMore(text: string, separator: string, most: number): boolean {
  let count = 0
  for (let at = text.indexOf(separator); at !== -1; at = text.indexOf(separator, at + 1))
    if (++count > most) return true
  return false
}

/** The entries of a form that a body parser has already read. */
function* entriesOf(body: unknown): Generator<readonly [string, unknown]> {
  if (typeof body !== 'object' || body === null) return
  for (const [name, value] of Object.entries(body))
    if (Array.isArray(value)) for (const each of value as readonly unknown[]) yield [name, each]
    else yield [name, value]
}

const repeatable: ReadonlySet<string> = new Set(['audience', 'resource'])

function formOf(entries: Iterable<readonly [string, unknown]>): Form | OAuthError {
  const form = new Map<string, string[]>()
  let count = 0
  for (const [name, value] of entries) {
    if (++count > maxParameters) return tooMany()
    if (typeof value !== 'string') return invalid('Each parameter must be text.')
    // RFC 6749 §3.2: a parameter without a value counts as omitted.
    if (value === '') continue
    const before = form.get(name)
    if (before !== undefined && !repeatable.has(name)) return invalid('A parameter is there more than once.')
    if (before === undefined) form.set(name, [value])
    else before.push(value)
  }
  return form
}

/** Reads what a form asks for. */
export function readTokenRequest(form: Form): TokenRequest | OAuthError {
  const one = (name: string): string | undefined => form.get(name)?.[0]
  const grantType = one('grant_type')
  if (grantType === undefined) return invalid('grant_type is missing.')
  const known = grantTypes.find((each) => each === grantType)
  if (known === undefined)
    return new OAuthError('unsupported_grant_type', 'The grant types here are token-exchange and jwt-bearer.')
  if (['client_secret', 'client_assertion'].some((name) => form.has(name)))
    return new OAuthError('invalid_client', 'Clients do not authenticate here: leave their secret out.')
  const token = known === grantTypes[0] ? subjectToken(one) : (one('assertion') ?? invalid('assertion is missing.'))
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
  return { grantType: known, token, scopes, audience: audiences[0] }
}

/** Reads the subject token (RFC 8693 §2.1). Delegation is not supported. */
function subjectToken(one: (name: string) => string | undefined): string | OAuthError {
  const token = one('subject_token')
  if (token === undefined) return invalid('subject_token is missing.')
  if (!subjectTypes.includes(one('subject_token_type') ?? ''))
    return invalid(`subject_token_type must be ${subjectTypes.join(' or ')}.`)
  if (one('actor_token') !== undefined || one('actor_token_type') !== undefined)
    return invalid('actor_token is not supported: a job acts for itself only.')
  if ((one('requested_token_type') ?? accessTokenType) !== accessTokenType)
    return invalid(`requested_token_type must be ${accessTokenType}, or left out.`)
  return token
}

function tooMany(): OAuthError {
  return invalid(`The form has more than ${maxParameters} parameters.`)
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_request', description)
}
