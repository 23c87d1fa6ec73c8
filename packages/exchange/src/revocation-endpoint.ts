/** The revocation endpoint (RFC 7009). Possession of a token is enough to revoke it. */

import type { EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { writeRecord } from './audit.ts'
import { readForm } from './form.ts'
import { longestTolerance } from '@jobpass/core/internal'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer, unavailable } from './oauth-answer.ts'
import { ownClaims } from './own-token.ts'
import { revokeOwn } from './revocation.ts'
import type { ExchangeDeps } from './token-endpoint.ts'

/** Answers a revocation request. RFC 7009 §2.2: an invalid token is not an error. */
export async function answerRevocation(request: EndpointRequest, deps: ExchangeDeps): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const form = await readForm(request)
  if (form instanceof OAuthError) return errorAnswer(form)
  const token = form.get('token')?.[0]
  if (token === undefined) return errorAnswer(new OAuthError('invalid_request', 'token is missing.'))
  const claims = await ownClaims(token, longestTolerance, deps)
  if (claims === undefined) return jsonAnswer(200, {})
  const refusal = await revokeOwn(claims.jti, claims.exp, deps)
  if (refusal !== undefined) return errorAnswer(unavailable('The revocation cannot be kept right now.'))
  await writeRecord({ outcome: 'revoked', revocation: { tokenId: claims.jti } }, deps)
  return jsonAnswer(200, {})
}
