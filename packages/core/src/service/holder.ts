/** Whether the one who presents a token may: a token that is bound to a key comes with a proof, and one that was revoked from nobody. */

import type { IssuerTerms, ProofRequest, TermsSurroundings } from './terms.ts'
import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import type { Maybe } from '../util/maybe.ts'
import { chain } from '../util/maybe.ts'
import { isPlainObject, own } from '../util/text.ts'

/** A verified token, and how it came. */
export interface Presented {
  readonly identity: AnyWorkload
  readonly text: string
  /** Whether it is bound to a key. */
  readonly bound: boolean
  /** Whether it was presented as one that is. */
  readonly asBound: boolean
  readonly ask: (() => ProofRequest) | undefined
}

/** Asks the terms of an issuer about a token that is presented. */
export function checkHolder(
  presented: Presented,
  terms: IssuerTerms | undefined,
  surroundings: TermsSurroundings,
): Maybe<Refusal | undefined> {
  const { identity, bound, asBound } = presented
  // RFC 9449 §7.1: neither counts as the other.
  if (bound !== asBound) return refuse('scheme_mismatch', { workload: identity })
  const proven = bound ? checkPossession(presented, terms, surroundings) : undefined
  return chain(proven, (refusal) => refusal ?? terms?.revoked?.(identity, surroundings))
}

function checkPossession(
  { identity, text, ask }: Presented,
  terms: IssuerTerms | undefined,
  surroundings: TermsSurroundings,
): Maybe<Refusal | undefined> {
  const cnf = own(identity.claims, 'cnf')
  const thumbprint = isPlainObject(cnf) ? own(cnf, 'jkt') : undefined
  if (typeof thumbprint !== 'string' || terms?.possession === undefined)
    return refuse('claims_invalid', { claim: 'cnf' })
  const request = ask?.()
  return request === undefined
    ? refuse('proof_invalid')
    : terms.possession.check({ text, thumbprint }, request, surroundings)
}
