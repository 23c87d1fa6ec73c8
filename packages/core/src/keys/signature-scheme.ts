/** How a runtime checks signatures. Types only. */

import type { Awaitable } from '../util/awaitable.ts'
import type { JSONWebKey } from './jwk.ts'

/** Whether the signature of a token, whose length is right, verifies. */
export type CheckSignature = (text: string) => Awaitable<boolean>

/** How a runtime checks signatures. */
export interface Signatures {
  /** Imports a key that passed the gate, for one algorithm that it fits. Throws or rejects when the runtime finds that it is none. */
  importKey(key: JSONWebKey, algorithm: string): Awaitable<CheckSignature>
}
