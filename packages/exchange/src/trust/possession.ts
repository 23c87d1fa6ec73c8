/**
 * Proof of possession: a token that is bound to a key needs a proof that its sender holds the key.
 */

import { isPlainObject, own, refuse, refuseUse } from '@jobpass/core/internal'
import type { ExtensionDeps, PresentedToken, RequestHead, Refusal } from '@jobpass/core/internal'

/** A check that the sender of a token holds the key that the token is bound to. */
export interface Possession {
  /** Signature algorithms that proofs may use. */
  readonly algorithms: readonly string[]
  /**
   * Refuses a request without a valid proof; `thumbprint` names the key that the token is bound to.
   */
  readonly check: (
    token: { readonly text: string; readonly thumbprint: string },
    request: RequestHead,
    deps: ExtensionDeps,
  ) => Promise<Refusal | undefined>
}

/** Refuses a bound token without a valid proof for this request. */
export async function checkProofOfPossession(
  { identity, text, request }: PresentedToken,
  possession: Possession | undefined,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const cnf = own(identity.claims, 'cnf')
  const thumbprint = isPlainObject(cnf) ? own(cnf, 'jkt') : undefined
  if (typeof thumbprint !== 'string' || possession === undefined) return refuse('claims_invalid', { claim: 'cnf' })
  return request === undefined ? refuseUse('proof_invalid') : possession.check({ text, thumbprint }, request(), deps)
}
