/** What a source of keys is, whichever way it gets them, and what it reports. */

import type { Refusal } from '../model/refusal.ts'
import type { Clock } from '../util/clock.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { KeyTimes } from './refresh-policy.ts'
import type { PublishedKey } from './published-key.ts'
import type { SkippedKey } from './jwks.ts'
import type { KeySnapshots } from './jwks-snapshot.ts'
import type { Token } from '../model/token.ts'

/** What becomes of an issuer's keys, as `onKeys` gets it. */
export interface KeyEvent {
  readonly issuer: string
  /** Keys were fetched; could not be; were taken from a snapshot; or a token named one that is not there. */
  readonly event: 'fetched' | 'failed' | 'restored' | 'unknown'
  /** Keys held now. */
  readonly keys: number
  /**
   * Why a fetch failed: the error with its causes and their codes (`ENOTFOUND`, `ECONNREFUSED`, `DEPTH_ZERO_SELF_SIGNED_CERT`), or
   * status and content type. Escaped, at most 500 characters.
   */
  readonly reason?: string
  /** Keys of the set that may not verify here, each with the reason; absent where all may. */
  readonly skipped?: readonly SkippedKey[]
}

/** Whether an issuer's keys are there. */
export interface KeyReport {
  readonly issuer: string
  readonly ready: boolean
  readonly keys: number
  /** Why they are not, as in `KeyEvent`. */
  readonly reason?: string
}

/** Finds keys for tokens; an outage is never a bad token. */
export interface KeySource {
  /** The key that a header names, or why there is none; at once where it is known. */
  find(token: Token): Awaitable<PublishedKey | Refusal>
  /** Whether that very key is still published, as far as is known, and may be used now. */
  isCurrent(key: PublishedKey): boolean
  /** After a bad signature: another key of the same name, if a refresh that the bucket pays for finds one. */
  refetch(token: Token, tried: PublishedKey): Promise<PublishedKey | undefined>
  /** Fetches the keys if there are none to use, and reports. Never rejects. */
  ready(): Promise<KeyReport>
}

/** What a key source works with. */
export interface KeySurroundings {
  readonly fetch: typeof fetch
  readonly clock: Clock
  readonly keyTimes: KeyTimes
  readonly keySnapshot: KeySnapshots | undefined
  readonly onKeys: (event: KeyEvent) => void
  /** Hosts that discovery may name for the keys. */
  readonly keyHosts: readonly string[]
  /** From 0 to 1. */
  readonly random: () => number
  /** Whether requests may wait for each other's work; not on Workers, where it dies with its request. */
  readonly shared: boolean
}
