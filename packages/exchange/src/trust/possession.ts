/**
 * Proof of possession: a token that is bound to a key (RFC 7800) needs a proof that its sender
 * holds the key. Each way to prove it is a row, named by the member of `cnf`.
 */

import { isPlainObject, own, refuse, refuseUse } from '@jobpass/core/internal'
import type { ExtensionDeps, PresentedToken, RequestHead, Refusal } from '@jobpass/core/internal'

/** Members of `cnf`: the key of DPoP proofs (RFC 9449 §6.1), a certificate (RFC 8705 §3.1). */
export type Confirmation = 'jkt' | 'x5t#S256'

/** A check that the sender of a token holds the key that the token is bound to. */
export interface Possession {
  /** Signature algorithms that proofs may use; `undefined` for a certificate. */
  readonly algorithms?: readonly string[]
  /**
   * Refuses a request without a valid proof; `thumbprint` names the key that the token is bound to.
   */
  readonly check: (
    token: { readonly text: string; readonly thumbprint: string },
    request: RequestHead,
    deps: ExtensionDeps,
  ) => Promise<Refusal | undefined>
}

/** The ways to prove possession that an API accepts. */
export type Possessions = Readonly<Partial<Record<Confirmation, Possession>>>

/**
 * Refuses a bound token unless the request proves possession of everything that it is bound to.
 */
export async function checkProofOfPossession(
  { identity, text, request }: PresentedToken,
  accepted: Possessions,
  deps: ExtensionDeps,
): Promise<Refusal | undefined> {
  const cnf = own(identity.claims, 'cnf')
  const bindings = isPlainObject(cnf) ? Object.entries(cnf) : []
  const checks = bindings.map(([name, thumbprint]) => ({
    check: own(accepted, name) as Possession | undefined,
    thumbprint,
  }))
  if (checks.length === 0) return refuse('claims_invalid', { claim: 'cnf' })
  for (const { check, thumbprint } of checks) {
    if (check === undefined || typeof thumbprint !== 'string') return refuse('claims_invalid', { claim: 'cnf' })
    if (request === undefined) return refuseUse('proof_invalid')
    const refusal = await check.check({ text, thumbprint }, request(), deps)
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/** Whether a bound token is presented by the Bearer scheme: it is bound to a certificate only. */
export function isBearer(claims: object): boolean {
  const cnf = own(claims, 'cnf')
  return isPlainObject(cnf) && own(cnf, 'jkt') === undefined && own(cnf, 'x5t#S256') !== undefined
}
