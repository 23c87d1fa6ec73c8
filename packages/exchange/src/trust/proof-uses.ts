/** Uses of DPoP proofs: kept apart from claims, and bounded for each key, since whoever holds a key makes as many proofs as it likes. */

import type { ReplayStore } from '@jobpass/core'
import { claimKey } from '@jobpass/core/internal'

/** Proofs of one key that are taken in a window, by one process; and the keys that are counted. */
const perKey = 10_000
const window = 240
const mostKeys = 10_000

interface Count {
  uses: number
  /** When counting begins again, in seconds since 1970. */
  readonly ends: number
}

const counts = new WeakMap<object, Map<string, Count>>()

/** The use of one proof; times are in seconds since 1970. */
interface ProofUse {
  readonly key: string
  readonly until: number
  readonly now: number
}

/** Where a store keeps proofs. */
export function proofsOf(store: ReplayStore): Pick<ReplayStore, 'claim' | 'seen'> {
  return store.proofs ?? store
}

/** Claims the one use of a proof. Rejects where its key (by thumbprint) has used its share, and leaves no entry then. */
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
    // Again the youngest, so that the first is the one that was counted for longest.
    ofStore.delete(thumbprint)
    if (ofStore.size >= mostKeys) ofStore.delete(ofStore.keys().next().value as string)
    ofStore.set(thumbprint, { uses: 1, ends: now + window })
  } else if (known.uses >= perKey) {
    throw new Error(`a key has used ${perKey} DPoP proofs within ${window} s`)
  } else known.uses++
}
