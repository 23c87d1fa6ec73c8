/** The keys of a set. Types only. */

import type { Awaitable } from '../util/awaitable.ts'
import type { JSONWebKey } from './jwk.ts'
import type { CheckSignature } from './signature-scheme.ts'

/** One key of a set. */
export interface PublishedKey {
  /** The public key (RFC 7517). */
  readonly jwk: JSONWebKey
  /** The members that define the key, as text: equal for the same key under different names. */
  readonly material: string
  /**
   * The signature check by an algorithm that the key fits; imported at first use. Throws or rejects
   * when the runtime cannot import the key.
   */
  importFor(algorithm: string): Awaitable<CheckSignature>
}

/** A published key that cannot verify signatures here. */
export interface SkippedKey {
  /** Its `kid`, escaped, at most 200 characters; absent where it has none. */
  readonly keyId?: string
  /** Why it was skipped; holds nothing of the key. */
  readonly reason: string
}
