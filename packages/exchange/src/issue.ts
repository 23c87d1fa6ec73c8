/** Makes a service token (RFC 9068), its response body and its audit record. */

import type { AnyWorkload } from '@jobpass/core'
import { digestBytes } from '@jobpass/core/internal'
import type { VerifierConfig } from '@jobpass/core/internal'
import type { AuditRecord } from './audit.ts'
import { confirmationOf } from './binding.ts'
import type { Binding } from './binding.ts'
import { extraClaims } from './extra-claims.ts'
import type { KeySource } from './key-source.ts'
import { OAuthError, unavailable } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import type { Granted } from './select-grants.ts'
import { declaredClaims } from './trust/job-claims.ts'
import { serviceTokenType } from './trust/service-table.ts'

/** A token that is signed but not returned yet. */
export interface Issued {
  /** Response body (RFC 6749 §5.1, RFC 9396 §7). */
  readonly body: object
  /** What the audit record says about the token. */
  readonly record: Omit<AuditRecord, 'at' | 'outcome' | 'workload'>
}

/** What makes a token one of its own. */
interface Distinct {
  /** What it is bound to. */
  readonly binding: Binding
  /** Its `jti`. */
  readonly tokenId: string
}

/** Signs the token of a job. Resolves to an outage if the key is unavailable. */
export async function issue(
  workload: AnyWorkload,
  granted: Granted,
  { binding, tokenId }: Distinct,
  { issuer, clock, schedule, config }: ReadExchange & Pick<KeySource, 'schedule'>,
): Promise<Issued | OAuthError> {
  const { grants, scopes, details, audience, lifetime } = granted
  const cnf = confirmationOf(binding)
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
    jti: tokenId,
    ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    ...(details.length > 0 && { authorization_details: details }),
    job: grants.some(({ allClaims }) => allClaims) ? workload.claims : declaredClaims(workload),
    ...(cnf && { cnf }),
  }
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  let token: string
  try {
    const key = (await schedule()).current(now)
    token = await key.sign({ typ: serviceTokenType }, payload)
  } catch (failure) {
    const { cause = failure } = failure as { readonly cause?: unknown }
    config.outage('A service token could not be signed within 5 s', cause)
    return unavailable('Tokens cannot be signed right now.')
  }
  const most = Math.min(...grants.map(({ maxTokenSize }) => maxTokenSize))
  if (token.length > most) return tooLong(token.length, most, config)
  return {
    body: {
      access_token: token,
      token_type: binding.proof === undefined ? 'Bearer' : 'DPoP',
      expires_in: lifetime,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
      ...(details.length > 0 && { authorization_details: details }),
    },
    record: {
      grants: grants.map(({ name }) => name),
      scopes,
      ...(details.length > 0 && { details }),
      audience,
      tokenId,
      tokenDigest: await digestBytes(new TextEncoder().encode(token)),
      expiresAt: claims.exp,
      ...(binding.proof && { thumbprint: binding.proof.thumbprint }),
      ...(binding.certificate !== undefined && { certificate: binding.certificate }),
    },
  }
}

/** Proxies or verifiers would refuse such a token, and issuing it would use up the CI token. */
function tooLong(length: number, most: number, { fault }: Pick<VerifierConfig, 'fault'>): OAuthError {
  fault(
    'A service token was not issued, since it is longer than the maxTokenSize of its grant',
    `${length} characters of at most ${most}`,
  )
  return new OAuthError(
    'invalid_request',
    `The token would have ${length} characters, and ${most} are the most here: the CI token has too many claims.`,
  )
}
