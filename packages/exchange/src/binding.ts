/**
 * What a token is bound to: the key of a DPoP proof (RFC 9449 §5), and the client's certificate
 * (RFC 8705 §3), both shown at the token endpoint.
 */

import type { EndpointRequest } from '@jobpass/core'
import { Refusal } from '@jobpass/core/internal'
import { OAuthError, unavailable } from './oauth-answer.ts'
import type { ReadExchange } from './options.ts'
import type { Granted } from './select-grants.ts'
import { invalidCertificate } from './trust/client-certificate.ts'
import { checkUnused, claimProof, readProof } from './trust/dpop.ts'
import type { Proof } from './trust/dpop.ts'
import type { Confirmation } from './trust/possession.ts'

/** What a token is bound to; empty for a bearer token. */
export interface Binding {
  /** The valid DPoP proof of the request. Its use is not claimed yet. */
  readonly proof?: Proof
  /** Thumbprint of the client's certificate. */
  readonly certificate?: string
}

type Deps = Pick<ReadExchange, 'addresses' | 'nonces' | 'certificate' | 'config'>

/** The `cnf` claim of a token (RFC 7800); `undefined` for a bearer token. */
export function confirmationOf({
  proof,
  certificate,
}: Binding): Readonly<Partial<Record<Confirmation, string>>> | undefined {
  if (proof === undefined && certificate === undefined) return undefined
  return {
    ...(proof && { jkt: proof.thumbprint }),
    ...(certificate !== undefined && { 'x5t#S256': certificate }),
  }
}

/** Reads what a request shows, and refuses it if the grant requires more. Claims nothing yet. */
export async function boundTo(request: EndpointRequest, granted: Granted, deps: Deps): Promise<Binding | OAuthError> {
  const certificate = await certificateOf(request, granted, deps)
  if (certificate instanceof OAuthError) return certificate
  const proof = await proofOf(request, granted, deps)
  if (proof instanceof OAuthError) return proof
  return { ...(proof && { proof }), ...(certificate !== undefined && { certificate }) }
}

async function certificateOf(
  request: EndpointRequest,
  granted: Granted,
  deps: Deps,
): Promise<string | undefined | OAuthError> {
  const thumbprint = await deps.certificate?.(request)
  if (thumbprint === invalidCertificate)
    return new OAuthError('invalid_request', 'The client certificate of the request cannot be read.')
  if (thumbprint === undefined && granted.certificate)
    return new OAuthError('invalid_request', 'The request needs a client certificate, to which its token is bound.')
  return thumbprint
}

async function proofOf(
  request: EndpointRequest,
  { dpop }: Granted,
  { addresses, nonces, config }: Deps,
): Promise<Proof | undefined | OAuthError> {
  if (!dpop && request.headers('dpop').length === 0) return undefined
  const proof = await readProof(request, { url: addresses.token, nonces }, config)
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
