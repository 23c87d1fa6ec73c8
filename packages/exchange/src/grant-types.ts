/** How a job presents its CI token: one row for each grant type of the token endpoint. */

import type { AnyWorkload } from '@jobpass/core'
import { OAuthError } from './oauth-answer.ts'
import type { OAuthErrorCode } from './oauth-answer.ts'

/** Reads the one value of a parameter; `undefined` if the request has none. */
export type Parameter = (name: string) => string | undefined

/** One grant type. */
export interface GrantType {
  /** `grant_type` of the request. */
  readonly name: string
  /** The error for a CI token that is not accepted. */
  readonly invalid: OAuthErrorCode
  /**
   * Whether the CI token must name the exchange's issuer as its only audience. The drafts that
   * update RFC 7523 require it of assertions
   * (https://datatracker.ietf.org/doc/draft-ietf-oauth-rfc7523bis/).
   */
  readonly forIssuerOnly: boolean
  /** Whether the CI token authenticates the client (RFC 7521 §4.2). Otherwise nothing does. */
  readonly authenticates: boolean
  /** Finds the CI token. */
  readonly token: (one: Parameter) => string | OAuthError
  /** What the request says about the client, if the verified job is not that client. */
  readonly mismatch: (one: Parameter, workload: AnyWorkload) => string | undefined
  /** Members of the answer that only this grant type has. */
  readonly members: Readonly<Record<string, string>>
}

const urn = (rest: string): string => `urn:ietf:params:oauth:${rest}`

const accessTokenType = urn('token-type:access_token')
const subjectTypes = [urn('token-type:jwt'), urn('token-type:id_token')]
const jwtAssertion = urn('client-assertion-type:jwt-bearer')
const spiffeAssertion = urn('client-assertion-type:jwt-spiffe')

const invalid = (description: string): OAuthError => new OAuthError('invalid_request', description)

/** RFC 8693 §2.1. Delegation is not supported. */
const tokenExchange: GrantType = {
  name: urn('grant-type:token-exchange'),
  invalid: 'invalid_request',
  forIssuerOnly: false,
  authenticates: false,
  token: (one) => {
    const token = one('subject_token')
    if (token === undefined) return invalid('subject_token is missing.')
    if (!subjectTypes.includes(one('subject_token_type') ?? ''))
      return invalid(`subject_token_type must be ${subjectTypes.join(' or ')}.`)
    if (one('actor_token') !== undefined || one('actor_token_type') !== undefined)
      return invalid('actor_token is not supported: a job acts for itself only.')
    if ((one('requested_token_type') ?? accessTokenType) !== accessTokenType)
      return invalid(`requested_token_type must be ${accessTokenType}, or left out.`)
    return token
  },
  mismatch: () => undefined,
  members: { issued_token_type: accessTokenType },
}

/** RFC 7523 §2.1. */
const jwtBearer: GrantType = {
  name: urn('grant-type:jwt-bearer'),
  invalid: 'invalid_grant',
  forIssuerOnly: true,
  authenticates: false,
  token: (one) => one('assertion') ?? invalid('assertion is missing.'),
  mismatch: () => undefined,
  members: {},
}

/**
 * RFC 6749 §4.4: the job is the client, and authenticates by its CI token (RFC 7523 §2.2), or by a
 * JWT-SVID (https://datatracker.ietf.org/doc/draft-ietf-oauth-spiffe-client-auth/).
 */
const clientCredentials: GrantType = {
  name: 'client_credentials',
  invalid: 'invalid_client',
  forIssuerOnly: true,
  authenticates: true,
  token: (one) => {
    const type = one('client_assertion_type')
    if (type !== jwtAssertion && type !== spiffeAssertion)
      return new OAuthError(
        'invalid_client',
        `The client authenticates by its CI token: client_assertion_type must be ${jwtAssertion} or ${spiffeAssertion}.`,
      )
    return one('client_assertion') ?? new OAuthError('invalid_client', 'client_assertion is missing.')
  },
  mismatch: (one, { issuer, subject }) => {
    const client = one('client_id')
    // RFC 7521 §4.2: if it is there, it names the client that the assertion names.
    if (client !== undefined && client !== subject && client !== `${issuer}#${subject}`)
      return 'client_id must be the subject of the assertion, or be left out.'
    if (one('client_assertion_type') === spiffeAssertion && !subject.startsWith('spiffe://'))
      return `An assertion of the type ${spiffeAssertion} is a JWT-SVID, whose subject is a SPIFFE ID.`
    return undefined
  },
  members: {},
}

/** The grant types of the token endpoint. */
export const grantTypes: readonly GrantType[] = [tokenExchange, jwtBearer, clientCredentials]

/** How clients authenticate at the token endpoint (RFC 8414 §2, the draft for SPIFFE). */
export const authMethods: readonly string[] = ['none', 'private_key_jwt', 'spiffe_jwt']
