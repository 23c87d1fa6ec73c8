/** How a runtime checks signatures. Types only. */

import type { Awaitable } from '../util/awaitable.ts'
import type { JSONWebKey } from './jwk.ts'

/**
 * Whether the signature of a token verifies. The signed part ends at `end`, where there is a dot;
 * the length of the signature was checked before.
 */
export type CheckSignature = (text: string, end: number) => Awaitable<boolean>

/** How a runtime checks signatures. */
export interface Signatures {
  /**
   * Imports a checked key for one algorithm that it fits. Throws or rejects when the runtime
   * refuses the key.
   */
  importKey(key: JSONWebKey, algorithm: string): Awaitable<CheckSignature>
}
