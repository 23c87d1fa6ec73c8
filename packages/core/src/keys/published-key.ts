/** One key of a set. Types only. */

import type { Awaitable } from '../util/awaitable.ts'
import type { JSONWebKey } from './jwk.ts'
import type { CheckSignature } from './signature-scheme.ts'

/** One key of a set. */
export interface PublishedKey {
  readonly jwk: JSONWebKey
  /** What makes it the key it is: equal for the same key under whatever name. */
  readonly material: string
  /** The check of signatures by an algorithm that the key fits; imported at first use. Throws or rejects when the runtime cannot import the key. */
  importFor(algorithm: string): Awaitable<CheckSignature>
}
