/** Proof of possession: a token that is bound to a key comes with a proof that its sender holds the key. */

import { isPlainObject, own, refuse } from '@jobpass/core/internal'
import type { ExtensionDeps, PresentedToken, ProofRequest, Refusal } from '@jobpass/core/internal'

/** How a sender shows that it holds the key that its token is bound to. */
export interface Possession {
  /** Signature algorithms of proofs. */
  readonly algorithms: readonly string[]
  readonly check: (
    token: { readonly text: string; readonly thumbprint: string },
    request: ProofRequest,
    deps: ExtensionDeps,
  ) => Promise<Refusal | undefined>
}

/** Refuses a bound token without a proof for this request. */
export async function checkProofOfPossession(
  { identity, text, request }: PresentedToken,
  possession: Possession | undefined,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const cnf = own(identity.claims, 'cnf')
  const thumbprint = isPlainObject(cnf) ? own(cnf, 'jkt') : undefined
  if (typeof thumbprint !== 'string' || possession === undefined) return refuse('claims_invalid', { claim: 'cnf' })
  return request === undefined ? refuse('proof_invalid') : possession.check({ text, thumbprint }, request(), deps)
}
