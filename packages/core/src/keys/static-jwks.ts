/** Keys from the configuration: always available, never fetched. */

import { refuse } from '../model/refusal.ts'
import type { KeySet } from './jwks.ts'
import type { KeySource } from './key-source.ts'

/** A key source for these keys. */
export function staticKeys(issuer: string, set: KeySet): KeySource {
  return {
    find: ({ header }) => set.find(header) ?? refuse('key_unknown'),
    isCurrent: (key) => set.keys.includes(key),
    refetch: () => undefined,
    ready: async () => ({ issuer, ready: true, keys: set.keys.length }),
  }
}
