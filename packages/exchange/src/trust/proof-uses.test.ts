import { memoryReplayStore } from '@jobpass/core'
import type { ReplayStore } from '@jobpass/core'
import { manualClock, now } from '@jobpass/testing/internal'
import { claimProofUse, proofsOf } from './proof-uses.ts'
import { describe, expect, test } from 'vitest'

describe('S7: uses of DPoP proofs', () => {
  test('S7: DPoP proofs fill only their own partition of the memory store, never the places of claims', async () => {
    const store = memoryReplayStore({ entries: 3, clock: manualClock(now) })
    const use = (key: string) => claimProofUse(store, `key of ${key}`, { key, until: now + 60, now })
    expect(await Promise.all(['a', 'b', 'c', 'a'].map(use))).toEqual(['first', 'first', 'first', 'seen'])
    await expect(use('d')).rejects.toThrow('full')
    expect(['a', 'b', 'c'].map((key) => store.claim(key, now + 60))).toEqual(['first', 'first', 'first'])
    expect([proofsOf(store).seen?.('d'), store.seen?.('c')]).toEqual([false, true])
  })

  test('S7: uses of one key are limited with any store, and a proof over the limit leaves no entry', async () => {
    const kept: string[] = []
    const store: ReplayStore = { claim: (key) => (kept.push(key), 'first') }
    const use = (thumbprint: string, at = now) =>
      claimProofUse(store, thumbprint, { key: 'any', until: at + 60, now: at })
    for (let count = 0; count < 10_000; count++) await use('greedy')
    await expect(use('greedy')).rejects.toThrow('a key has used 10000 DPoP proofs within 240 s')
    expect(kept).toHaveLength(10_000)
    expect([await use('another'), await use('greedy', now + 240)]).toEqual(['first', 'first'])
  })
})
