/** Refusals of one-time use, bound tokens and exchanges, which other APIs do not bundle. */

import type { ErrorDefinition, RefusalContext, UseCode } from './refusal.ts'
import { Refusal } from './refusal.ts'

/** Their codes. */
export const useCodes: Readonly<Record<UseCode, ErrorDefinition>> = {
  proof_invalid: {
    status: 401,
    error: 'invalid_dpop_proof',
    detail: 'The request needs one DPoP proof, made for it with the key of the token.',
  },
  proof_nonce: { status: 401, error: 'use_dpop_nonce', detail: 'The DPoP proof needs the nonce of this answer.' },
  certificate_mismatch: {
    status: 401,
    error: 'invalid_token',
    detail: 'The token is bound to a client certificate, which the request lacks.',
  },
  token_revoked: { status: 401, error: 'invalid_token', detail: 'The token was revoked.' },
  store_unavailable: {
    status: 503,
    error: null,
    detail:
      'Whether the token was used before cannot be looked up right now; retry with a new token, since this one may count as used.',
  },
  token_replayed: {
    status: 401,
    error: 'invalid_token',
    detail:
      'The token was used before, and is good for one use; ask for a new one. A call that was answered 503 may have used it.',
  },
  token_exchanged: {
    status: 401,
    error: 'invalid_token',
    detail: 'The token was exchanged; present the one that was issued for it.',
  },
}

/** Refuses with one of these codes. */
export function refuseUse(code: UseCode, context?: RefusalContext): Refusal {
  return new Refusal(code, useCodes[code], context)
}
