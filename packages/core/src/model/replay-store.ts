/** The store for one-time use of tokens. Types only. */

import type { Clock } from '../util/clock.ts'
import type { Warnings } from './warnings.ts'

/**
 * Keeps claims of one-time use. Several processes that must enforce one-time use together share one
 * store.
 */
export interface ReplayStore {
  /**
   * Claims a key until `expiresAt` (seconds since 1970), in one atomic operation. One caller gets
   * `'first'`, all others get `'seen'` until then. Throws or rejects when the store is unreachable
   * or full. Never drops a claim before it expires. `by` names the caller, 43 characters of
   * base64url: the one who made the claim gets `'first'` again. A claim without it is no one's.
   */
  claim(key: string, expiresAt: number, by?: string): 'first' | 'seen' | Promise<'first' | 'seen'>
  /**
   * Marks a key until `expiresAt` (seconds since 1970). A key that exists already lasts until the
   * later of the two times. For revocation: unlike a claim, a mark can be repeated and prolonged.
   * Throws or rejects when the store is unreachable or full. Default: without it, tokens cannot be
   * revoked.
   */
  mark?(key: string, expiresAt: number): void | Promise<void>
  /**
   * Whether a key is claimed or marked now. Not called before a claim, only for `notExchanged()`
   * and revocation, where the answer may change a moment later. Default: without it, neither is
   * available.
   */
  seen?(key: string): boolean | Promise<boolean>
  /**
   * The store for used DPoP proofs. Callers decide how many proofs there are, so filling this store
   * must leave room for claims. Default: the store itself.
   */
  readonly proofs?: Pick<ReplayStore, 'claim' | 'seen'>
  /** Whether other processes have claims that this store does not see. Default `false`. */
  readonly perProcess?: boolean
}

/** Options for one-time use of tokens. */
export interface ReplayOptions {
  /** The store for the claims of rules in `oneTime()`. */
  readonly store: ReplayStore
}

/** The options of a verifier that what uses its store checks. */
export interface StoreOptions extends Pick<Warnings, 'warn'> {
  /** The store; `undefined` where the verifier has none. */
  readonly replay: ReplayOptions | undefined
}

/** The dependencies of a claim. */
export interface ClaimDeps {
  /** The store; `undefined` where the verifier has none. */
  readonly replay: ReplayOptions | undefined
  /** The source of time and timers. */
  readonly clock: Clock
  /** Reports that the store failed. */
  readonly outage: (message: string, cause: unknown) => void
}
