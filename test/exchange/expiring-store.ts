/** An in-memory store that forgets a key exactly when it expires, as Redis does. */

import type { ReplayStore } from '@jobpass/core'

export function expiringStore(clock: { now(): number }): Required<Pick<ReplayStore, 'claim' | 'mark' | 'seen'>> {
  const ends = new Map<string, number>()
  const live = (key: string): boolean => (ends.get(key) ?? 0) > clock.now() / 1000
  return {
    claim: (key, expiresAt) => {
      if (live(key)) return 'seen'
      ends.set(key, expiresAt)
      return 'first'
    },
    mark: (key, expiresAt) => void ends.set(key, live(key) ? Math.max(ends.get(key) ?? 0, expiresAt) : expiresAt),
    seen: live,
  }
}
