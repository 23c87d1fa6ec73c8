/** What is asked of an issuer's tokens beside their own claims, where the issuer is a service that stands for others. */

import type { EndpointRequest } from '../endpoint.ts'
import type { Refusal } from '../answer/refusal.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import type { CompiledTable } from '../provider/compiled-table.ts'
import type { Surroundings } from '../replay/replay.ts'
import type { Warnings } from '../warnings.ts'

/** The part of a request that a proof of possession is about. */
export type ProofRequest = Pick<EndpointRequest, 'method' | 'path' | 'headers'>

/** What the checks below work with. */
export type TermsSurroundings = Surroundings & Pick<Warnings, 'warn'>

/** How whoever sends a token shows that it holds the key that the token is bound to. */
export interface Possession {
  /** Signature algorithms of proofs. */
  readonly algorithms: readonly string[]
  readonly check: (
    token: { readonly text: string; readonly thumbprint: string },
    request: ProofRequest,
    surroundings: TermsSurroundings,
  ) => Promise<Refusal | undefined>
}

/** The terms of one issuer. */
export interface IssuerTerms {
  /** The table that the claims of an origin are read by; `undefined` for an issuer whose jobs nobody may stand for. */
  readonly originTable: (issuer: string) => CompiledTable | undefined
  /** Without it no bound token is taken. */
  readonly possession?: Possession
  /** Refuses a token that was revoked. Asked at each sight of it. */
  readonly revoked?: (identity: AnyWorkload, surroundings: TermsSurroundings) => Promise<Refusal | undefined>
}
