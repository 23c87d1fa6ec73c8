/** The extension point of an issuer: additional checks on its tokens. Types only. */

import type { RequestHead } from '../http/request-head.ts'
import type { Refusal } from '../model/refusal.ts'
import type { ClaimDeps, StoreOptions } from '../model/replay-store.ts'
import type { Warnings } from '../model/warnings.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { JobReader, VerifierContext } from '../workload/verified-token.ts'

/** What the checks of an extension need. */
export interface ExtensionDeps extends ClaimDeps, Pick<Warnings, 'warn'> {
  /** Clock skew to allow: seconds, 0 to 300. */
  readonly clockTolerance: number
}

/** A verified token, and how it was presented. */
export interface PresentedToken {
  /** The verified identity. */
  readonly identity: AnyWorkload
  /** The text of the token. */
  readonly text: string
  /**
   * Whether the token is bound to a key (RFC 7800) and was presented by the scheme of bound tokens.
   */
  readonly bound: boolean
  /** The request; `undefined` where only the text of a token was given. */
  readonly request: (() => RequestHead) | undefined
}

/**
 * Additional checks on the tokens of one issuer, such as those of `serviceTokens()` of
 * `@jobpass/exchange`.
 */
export interface IssuerExtension {
  /** Makes the reader of jobs for a verifier. */
  readonly jobReader: (context: VerifierContext) => JobReader
  /**
   * The signature algorithms for proofs of possession. Default: none, and bound tokens are refused.
   */
  readonly proofAlgorithms?: readonly string[]
  /** Whether a bound token is a bearer token (RFC 8705 §3). Default: none is. */
  readonly isBearer?: (claims: object) => boolean
  /**
   * Checks the verifier's options once, at construction.
   *
   * @throws {TypeError} that says what to write.
   */
  readonly checkOptions: (options: StoreOptions) => void
  /** What to do with a token of an issuer that is not trusted; `undefined` for any other. */
  readonly hintOn: (issuer: string) => string | undefined
  /** Refuses a token, each time that it is presented; `undefined` accepts it. */
  readonly check: (token: PresentedToken, deps: ExtensionDeps) => Awaitable<Refusal | undefined>
}
