/** The token endpoint: from a CI token to a service token. */

import type { AnyWorkload, EndpointAnswer, EndpointRequest, WorkloadIdentity } from '@jobpass/core'
import { WorkloadAuthError } from '@jobpass/core'
import {
  checkProof,
  claimOnce,
  digestBytes,
  exchangeUse,
  Refusal,
  refuse,
  serviceTokenType,
  within,
} from '@jobpass/core/toolkit'
import type { AuditRecord } from './audit.ts'
import type { Granted, ReadGrant } from './grants.ts'
import { extraClaims, readGrant, select } from './grants.ts'
import type { KeySchedule } from './issuing-keys.ts'
import { addressesOf } from './metadata.ts'
import { errorAnswer, jsonAnswer, methodAnswer, OAuthError, refusedToken } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import { refuseRevoked } from './revocation.ts'
import type { TokenRequest } from './token-request.ts'
import { accessTokenType, grantTypes, readForm, readTokenRequest } from './token-request.ts'

/** What an exchange works with. */
export interface Surroundings extends ReadExchange {
  readonly schedule: () => KeySchedule
}

/** What has become known of a request when it is answered. */
interface Trace {
  workload?: AnyWorkload
}

const findTimeout = 5_000

/** Answers a token request. Rejects only for a fault of the program. */
export async function answerTokenRequest(request: EndpointRequest, around: Surroundings): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const trace: Trace = {}
  const outcome = await exchange(request, around, trace)
  const record = outcome instanceof OAuthError ? refusedRecord(outcome) : outcome.record
  const { workload } = trace
  const at = Math.floor(around.clock.now() / 1000)
  try {
    await around.audit({ at, ...(workload && { workload }), ...record })
  } catch {
    around.policy.warn('The audit record of an exchange could not be written; nothing was issued')
    return errorAnswer(unavailable('The exchange cannot be written down right now.'))
  }
  return outcome instanceof OAuthError ? errorAnswer(outcome) : jsonAnswer(200, outcome.body)
}

type Record = Omit<AuditRecord, 'at' | 'workload'>

interface Issued {
  readonly body: object
  readonly record: Record
}

function refusedRecord({ error, extra }: OAuthError): Record {
  const { code } = extra.members ?? {}
  return { outcome: 'refused', error, ...(typeof code === 'string' && { code }) }
}

function unavailable(description: string): OAuthError {
  return new OAuthError('temporarily_unavailable', description, { headers: { 'Retry-After': '5' } })
}

async function exchange(request: EndpointRequest, around: Surroundings, trace: Trace): Promise<Issued | OAuthError> {
  const form = await readForm(request)
  if (form instanceof OAuthError) return form
  const asked = readTokenRequest(form)
  if (asked instanceof OAuthError) return asked
  // RFC 8693 §2.2.2 and RFC 7523 §3.1 have different names for a token that is none.
  const invalid = asked.grantType === grantTypes[0] ? 'invalid_request' : 'invalid_grant'
  const inOAuth = (refusal: Refusal): OAuthError => refusedToken(new WorkloadAuthError(refusal, around.policy), invalid)
  let workload: AnyWorkload
  try {
    workload = await around.verifier.verify(asked.token)
  } catch (failure) {
    return refusedToken(failure, invalid)
  }
  trace.workload = workload
  const revoked = await refuseRevoked(workload, around)
  if (revoked !== undefined) return inOAuth(revoked)
  const grants = await findGrants(workload, asked, around)
  if (grants instanceof Refusal) return inOAuth(grants)
  const granted = select(grants, workload, asked)
  if (granted instanceof OAuthError) return granted
  if (granted instanceof Refusal) return inOAuth(granted)
  const thumbprint = await boundTo(request, granted, around)
  if (thumbprint instanceof OAuthError) return thumbprint
  const issued = await issue(workload, granted, thumbprint, around)
  if (issued instanceof OAuthError) return issued
  // Last: what fails before has not used the job's token up, and some platforms give a job no other.
  const claimed = await claimOnce(workload, exchangeUse, around.policy, new Set())
  return claimed === undefined ? issued : inOAuth(claimed)
}

async function findGrants(
  workload: AnyWorkload,
  { scopes, audience }: TokenRequest,
  { grants, clock, maxLifetime, policy }: Surroundings,
): Promise<readonly ReadGrant[] | Refusal> {
  if (typeof grants !== 'function') return grants
  try {
    const found = await within(clock, findTimeout, async () =>
      grants(workload as WorkloadIdentity, { scopes, audience }),
    )
    return (found ?? []).map((each) => readGrant(each, maxLifetime))
  } catch (cause) {
    policy.warn(
      'The grants of a job could not be found: the function threw, took longer than 5 s, or found none that are',
    )
    return refuse('resolver_unavailable', { retryAfter: 5, workload, cause })
  }
}

/** The thumbprint of the key that the token shall be bound to: where the job sent a proof, or the grant wants one (RFC 9449 §5). */
async function boundTo(
  request: EndpointRequest,
  { dpop }: Granted,
  { issuer, nonces, policy }: Surroundings,
): Promise<string | undefined | OAuthError> {
  if (!dpop && request.headers('dpop').length === 0) return undefined
  const outcome = await checkProof(request, { url: addressesOf(issuer).token, nonces }, policy)
  if (!(outcome instanceof Refusal)) return outcome
  const { code, context } = outcome
  if (code === 'store_unavailable')
    return unavailable('Whether the proof was used before cannot be looked up right now.')
  const extra = context.nonce === undefined ? {} : { headers: { 'DPoP-Nonce': context.nonce } }
  return code === 'proof_nonce'
    ? new OAuthError('use_dpop_nonce', 'The proof needs the nonce of this answer.', extra)
    : new OAuthError('invalid_dpop_proof', 'The request needs one DPoP proof, made for it.', extra)
}

async function issue(
  workload: AnyWorkload,
  granted: Granted,
  thumbprint: string | undefined,
  { issuer, clock, schedule, policy }: Surroundings,
): Promise<Issued | OAuthError> {
  const { grants, scopes, audience, lifetime } = granted
  const now = Math.floor(clock.now() / 1000)
  const client = `${workload.issuer}#${workload.subject}`
  const claims = {
    ...extraClaims(grants, workload),
    iss: issuer,
    // RFC 9068 §2.2: without a resource owner the subject is the client.
    sub: client,
    client_id: client,
    aud: audience,
    iat: now,
    exp: now + lifetime,
    jti: crypto.randomUUID(),
    scope: scopes.join(' '),
    origin: workload.claims,
    ...(thumbprint !== undefined && { cnf: { jkt: thumbprint } }),
  }
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  let token: string
  try {
    token = await schedule().current(now).sign({ typ: serviceTokenType }, payload)
  } catch {
    policy.warn('A service token could not be signed: the key or whoever signs elsewhere failed')
    return unavailable('Tokens cannot be signed right now.')
  }
  return {
    body: {
      access_token: token,
      issued_token_type: accessTokenType,
      token_type: thumbprint === undefined ? 'Bearer' : 'DPoP',
      expires_in: lifetime,
      scope: claims.scope,
    },
    record: {
      outcome: 'issued',
      grants: grants.map(({ name }) => name),
      scopes,
      audience,
      tokenId: claims.jti,
      tokenDigest: await digestBytes(new TextEncoder().encode(token)),
      expiresAt: claims.exp,
      ...(thumbprint !== undefined && { thumbprint }),
    },
  }
}
