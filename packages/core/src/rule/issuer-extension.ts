/** The one extension point of an issuer: more checks on its tokens. Types only. */

import type { ProofRequest } from '../http/endpoint.ts'
import type { Refusal } from '../model/refusal.ts'
import type { ReplayOptions, ClaimDeps } from '../model/replay-store.ts'
import type { Warnings } from '../model/warnings.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CompiledTable } from '../table/compile-table.ts'
import type { Awaitable } from '../util/awaitable.ts'

/** What the checks of an extension work with. */
export type ExtensionDeps = ClaimDeps & Pick<Warnings, 'warn'>

/** A verified token, and how it was presented. */
export interface PresentedToken {
  readonly identity: AnyWorkload
  readonly text: string
  /** Whether it is bound to a key (RFC 7800), and was presented by the scheme of bound tokens. */
  readonly bound: boolean
  /** Reads the request; `undefined` where only the text of a token was given. */
  readonly request: (() => ProofRequest) | undefined
}

/** More checks on the tokens of one issuer, such as those that `serviceTokens()` of `@jobpass/exchange` makes. */
export interface IssuerExtension {
  /** The table that the claims of `origin` are read by; `undefined` for an issuer whose jobs the token cannot represent. */
  readonly originTable: (issuer: string) => CompiledTable | undefined
  /** Signature algorithms of proofs of possession. Without them, bound tokens are refused. */
  readonly proofAlgorithms?: readonly string[]
  /** Checks the verifier's options once, at construction. Throws a `TypeError` that says what to write. */
  readonly checkOptions: (options: Pick<Warnings, 'warn'> & { readonly replay: ReplayOptions | undefined }) => void
  /** Refuses a token, each time it is presented. `undefined` lets it pass. */
  readonly check: (token: PresentedToken, deps: ExtensionDeps) => Awaitable<Refusal | undefined>
}
