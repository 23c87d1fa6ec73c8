/** Where the claims of one-time use are kept. Types only. */

import type { Clock } from '../util/clock.ts'

/** Where claims are kept. One that several processes share makes one-time use hold for all of them. */
export interface ReplayStore {
  /**
   * Claims a key until a time (seconds since 1970), in one atomic operation: `'first'` to one caller, and `'seen'` to all others until then. Throws or rejects when the
   * store is out of reach or full; a live claim is never forgotten.
   */
  claim(key: string, expiresAt: number): 'first' | 'seen' | Promise<'first' | 'seen'>
  /**
   * Sets a key until a time (seconds since 1970), whether or not it is there: a key that is there already lasts until the later of the two times. For revocation: unlike a claim,
   * a mark can be repeated, and each repetition prolongs it. Throws or rejects when the store is out of reach or full.
   */
  mark?(key: string, expiresAt: number): void | Promise<void>
  /** Whether a key is claimed or marked now. Never asked before a claim: for `notExchanged()` and revocation, whose answer may change a moment later. */
  seen?(key: string): boolean | Promise<boolean>
  /**
   * Where the uses of DPoP proofs are kept: callers decide how many of them there are, and what fills this must leave place for claims. Default: the store itself.
   */
  readonly proofs?: Pick<ReplayStore, 'claim' | 'seen'>
  /** Whether other processes have claims of their own, which this one knows nothing of. */
  readonly perProcess?: boolean
}

/** One-time use of tokens. */
export interface ReplayOptions {
  /** Where claims are kept, for rules that say `replay: 'once'` and routes that say `oneTime()`. */
  readonly store: ReplayStore
  /** `'once'`: this verifier admits each token once, whatever its rules say. Default `'accepted'`. */
  readonly tokens?: 'once' | 'accepted'
}

/** What a claim is made with. */
export interface ClaimDeps {
  readonly replay: ReplayOptions | undefined
  readonly clock: Clock
  readonly clockTolerance: number
  readonly outage: (message: string, cause: unknown) => void
}
