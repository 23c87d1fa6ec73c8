/**
 * One-time use of DPoP proofs. They are stored apart from claims and limited per key, because the
 * holder of a key can make any number of proofs.
 */

import type { ReplayStore } from '@jobpass/core'
import { claimKey } from '@jobpass/core/internal'

/**
 * Proofs per key and window that one process accepts, seconds of a window, and keys to count at
 * most.
 */
const perKey = 10_000
const window = 240
const mostKeys = 10_000

interface Count {
  uses: number
  /** When the window ends, in seconds since 1970. */
  readonly ends: number
}

const counts = new WeakMap<object, Map<string, Count>>()

/** The use of one proof; times are in seconds since 1970. */
interface ProofUse {
  readonly key: string
  readonly until: number
  readonly now: number
}

/** The part of a store that keeps proofs. */
export function proofsOf(store: ReplayStore): Pick<ReplayStore, 'claim' | 'seen'> {
  return store.proofs ?? store
}

/**
 * Claims the one use of a proof. Rejects, without an entry in the store, if its key has reached the
 * limit.
 */
export async function claimProofUse(
  store: ReplayStore,
  thumbprint: string,
  { key, until, now }: ProofUse,
): Promise<'first' | 'seen'> {
  count(store, thumbprint, now)
  return claimKey(proofsOf(store), key, until)
}

function count(store: ReplayStore, thumbprint: string, now: number): void {
  const ofStore = counts.get(store) ?? new Map<string, Count>()
  counts.set(store, ofStore)
  const known = ofStore.get(thumbprint)
  if (known === undefined || known.ends <= now) {
    // Reinsert: the first key of the map is then the one whose window started earliest.
    ofStore.delete(thumbprint)
    if (ofStore.size >= mostKeys) ofStore.delete(ofStore.keys().next().value as string)
    ofStore.set(thumbprint, { uses: 1, ends: now + window })
  } else if (known.uses >= perKey) {
    throw new Error(`a key has used ${perKey} DPoP proofs within ${window} s`)
  } else known.uses++
}
