/** The introspection endpoint (RFC 7662), for APIs that do not verify tokens themselves. */

import type { EndpointAnswer, EndpointRequest } from '@jobpass/core'
import { Refusal, verifyClaims } from '@jobpass/core/internal'
import type { AuthenticateApi } from './api-clients.ts'
import { readForm } from './form.ts'
import { OAuthError, errorAnswer, jsonAnswer, methodAnswer, unavailable } from './oauth-answer.ts'
import { ownClaims } from './own-token.ts'
import type { OwnClaims } from './own-token.ts'
import type { ExchangeDeps } from './token-endpoint.ts'
import { jobReader } from './trust/job-reader.ts'
import { checkRevoked } from './trust/revocation.ts'
import { serviceTable } from './trust/service-table.ts'

/** RFC 7662 §2.2: the answer about any other token says nothing more. */
const inactive = jsonAnswer(200, { active: false })

/** Answers an API that asks about a token. */
export async function answerIntrospection(
  request: EndpointRequest,
  authenticate: AuthenticateApi,
  deps: ExchangeDeps,
): Promise<EndpointAnswer> {
  if (request.method !== 'POST') return methodAnswer('POST')
  const form = await readForm(request)
  if (form instanceof OAuthError) return errorAnswer(form)
  const audiences = await authenticate(request, form)
  if (audiences instanceof OAuthError) return errorAnswer(audiences)
  const token = form.get('token')?.[0]
  if (token === undefined) return errorAnswer(new OAuthError('invalid_request', 'token is missing.'))
  const claims = await ownClaims(token, 0, deps)
  // RFC 7662 §4: an API learns about its own tokens only.
  if (claims === undefined || !audiences.includes(String(claims.aud))) return inactive
  const refusal = await refusalOf(token, claims, deps)
  if (refusal?.definition.status === 503)
    return errorAnswer(unavailable('Whether the token is still good cannot be looked up right now.'))
  if (refusal !== undefined) return inactive
  const bound = claims['cnf'] as { readonly jkt?: unknown } | undefined
  return jsonAnswer(200, { ...claims, token_type: bound?.jkt === undefined ? 'Bearer' : 'DPoP', active: true })
}

/** Refuses a token that was revoked, or whose CI system the exchange no longer trusts. */
async function refusalOf(text: string, claims: OwnClaims, deps: ExchangeDeps): Promise<Refusal | undefined> {
  const { issuer, config, clock } = deps
  const { iss = '' } = claims['job'] as { readonly iss?: string }
  const found = config.issuers.get(iss) ?? (await config.findIssuer?.(iss))
  if (found instanceof Refusal) return found
  const context = { verifier: config, now: () => clock.now() / 1000, tolerance: config.clockTolerance }
  const verified = verifyClaims(
    { text, claims: claims as never },
    String(claims.aud),
    { ...context, table: serviceTable, readJob: jobReader(() => found?.table)(context) },
    config.fault,
  )
  return verified instanceof Refusal ? verified : checkRevoked(issuer, verified.identity, config)
}
