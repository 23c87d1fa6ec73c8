/** The revocation endpoint (RFC 7009). Possession of a token is enough to revoke it. */

import type { EndpointAnswer, EndpointRequest, JSONWebKey } from '@jobpass/core'
import { writeRecord } from './audit.ts'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer } from './oauth-answer.ts'
import { longestTolerance, revokeOwn } from './revocation.ts'
import type { ExchangeDeps } from './token-endpoint.ts'
import { readForm } from './token-request.ts'
import { serviceAlgorithms, serviceTokenType } from './trust/service-table.ts'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'

/** Answers a revocation request. RFC 7009 §2.2: an invalid token is not an error. */
export async function answerRevocation(request: EndpointRequest, deps: ExchangeDeps): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const form = await readForm(request)
  if (form instanceof OAuthError) return errorAnswer(form)
  const token = form.get('token')?.[0]
  if (token === undefined) return errorAnswer(new OAuthError('invalid_request', 'token is missing.'))
  const { issuer, clock, schedule } = deps
  const ours = await ownToken(token, issuer, (await schedule()).published(clock.now() / 1000), clock.now())
  if (ours === undefined) return jsonAnswer(200, {})
  const refusal = await revokeOwn(ours.jti, ours.exp, deps)
  if (refusal === undefined) await writeRecord({ outcome: 'revoked', revocation: { tokenId: ours.jti } }, deps)
  return refusal === undefined
    ? jsonAnswer(200, {})
    : errorAnswer(
        new OAuthError('temporarily_unavailable', 'The revocation cannot be kept right now.', {
          headers: { 'Retry-After': '5' },
        }),
      )
}

async function ownToken(
  token: string,
  issuer: string,
  keys: readonly JSONWebKey[],
  now: number,
): Promise<{ readonly jti: string; readonly exp: number } | undefined> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), {
      issuer,
      typ: serviceTokenType,
      algorithms: [...serviceAlgorithms],
      requiredClaims: ['jti', 'exp'],
      currentDate: new Date(now),
      clockTolerance: longestTolerance,
    })
    return { jti: String(payload.jti), exp: Number(payload.exp) }
  } catch {
    return undefined
  }
}
