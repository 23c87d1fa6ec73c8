/** The key that a token is bound to, by a DPoP proof at the token endpoint (RFC 9449 §5). */

import type { EndpointRequest } from '@jobpass/core'
import { Refusal } from '@jobpass/core/internal'
import type { Granted } from './grants.ts'
import { addressesOf } from './metadata.ts'
import { OAuthError, unavailable } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import { checkUnused, claimProof, readProof } from './trust/dpop.ts'
import type { Proof } from './trust/dpop.ts'

type Deps = Pick<ReadExchange, 'issuer' | 'nonces' | 'config'>

/**
 * Reads the DPoP proof of a request, if the job sent one or the grant requires one. Does not claim
 * its use yet.
 */
export async function boundTo(
  request: EndpointRequest,
  { dpop }: Granted,
  { issuer, nonces, config }: Deps,
): Promise<Proof | undefined | OAuthError> {
  if (!dpop && request.headers('dpop').length === 0) return undefined
  const proof = await readProof(request, { url: addressesOf(issuer).token, nonces }, config)
  if (proof instanceof Refusal) return refused(proof)
  const used = await checkUnused(proof, nonces, config)
  return used === undefined ? proof : refused(used)
}

/** Claims the one use of a proof. Called last, so that refused requests do not fill the store. */
export async function claimBinding(proof: Proof, { nonces, config }: Deps): Promise<OAuthError | undefined> {
  const refusal = await claimProof(proof, nonces, config)
  return refusal && refused(refusal)
}

function refused({ code, context }: Refusal): OAuthError {
  if (code === 'store_unavailable')
    return unavailable('Whether the proof was used before cannot be looked up right now.')
  const extra = context.nonce === undefined ? {} : { headers: { 'DPoP-Nonce': context.nonce } }
  return code === 'proof_nonce'
    ? new OAuthError('use_dpop_nonce', 'The proof needs the nonce of this answer.', extra)
    : new OAuthError('invalid_dpop_proof', 'The request needs one DPoP proof, made for it.', extra)
}
