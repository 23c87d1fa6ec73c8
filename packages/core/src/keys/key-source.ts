/** The interface of key sources, and what they report. Types only. */

import type { Refusal } from '../model/refusal.ts'
import type { Awaitable } from '../util/awaitable.ts'
import type { PublishedKey, SkippedKey } from './published-key.ts'
import type { Token } from '../model/token.ts'

/** An event about the keys of an issuer, as `onKeys` gets it. */
export interface KeyEvent {
  /** The issuer, as in `iss`. */
  readonly issuer: string
  /**
   * Keys were fetched; a fetch failed; keys were restored from a snapshot; or a token named a key
   * that is unknown.
   */
  readonly event: 'fetched' | 'failed' | 'restored' | 'unknown'
  /** The number of keys held now. */
  readonly keys: number
  /**
   * Why a fetch failed: the error with its causes and their codes (`ENOTFOUND`, `ECONNREFUSED`,
   * `DEPTH_ZERO_SELF_SIGNED_CERT`), or status and content type. Escaped, at most 500 characters.
   */
  readonly reason?: string
  /**
   * Keys of the set that cannot verify signatures here, each with the reason; absent where all can.
   */
  readonly skipped?: readonly SkippedKey[]
}

/** Whether the keys of an issuer are available. */
export interface KeyReport {
  /** The issuer, as in `iss`. */
  readonly issuer: string
  /** Whether there are usable keys. */
  readonly ready: boolean
  /** The number of keys held now. */
  readonly keys: number
  /** Why there are none, as in `KeyEvent`. */
  readonly reason?: string
}

/** When the keys of one fetch are fresh: milliseconds since 1970. */
export interface FreshPeriod {
  /** The first moment. */
  readonly from: number
  /** The moment at which they are stale. */
  readonly until: number
}

/** Finds keys for tokens. An outage is never reported as a bad token. */
export interface KeySource {
  /**
   * When the keys that are held are fresh; another object after each fetch. A key that was current
   * with the same object is current in that period.
   */
  readonly fresh: FreshPeriod
  /** The key that a header names, or a refusal; synchronously where it is known. */
  find(token: Token): Awaitable<PublishedKey | Refusal>
  /** Whether that same key object is still published, as far as is known, and may be used now. */
  isCurrent(key: PublishedKey): boolean
  /**
   * After a bad signature: another key of the same name, if a refresh finds one and the rate limit
   * allows it.
   */
  refetch(token: Token, tried: PublishedKey): Awaitable<PublishedKey | undefined>
  /** Fetches the keys if none are usable, and reports. Never rejects. */
  ready(): Promise<KeyReport>
}
