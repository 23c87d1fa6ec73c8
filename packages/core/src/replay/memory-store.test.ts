// The memory store: what a claim costs, and which room proofs leave for claims.

import { afterEach, describe, expect, test, vi } from 'vitest'
import { manualClock, now } from '@jobpass/testing/internal'
import type { ReplayStore } from '../model/replay-store.ts'
import { memoryReplayStore } from './memory-store.ts'

afterEach(() => vi.restoreAllMocks())

/**
 * Counts how often maps and lists are accessed during work; a walk through a map counts as its
 * size.
 */
function operations(work: () => void): number {
  let count = 0
  const counted = ['get', 'has', 'set', 'delete'] as const
  for (const name of counted) {
    const original = Map.prototype[name] as (this: unknown, ...args: unknown[]) => unknown
    vi.spyOn(Map.prototype, name).mockImplementation(function (this: unknown, ...args: unknown[]) {
      count++
      return original.apply(this, args) as never
    })
  }
  for (const name of ['keys', 'values', 'entries', 'forEach', Symbol.iterator] as const) {
    const original = Map.prototype[name] as (this: Map<unknown, unknown>, ...args: unknown[]) => unknown
    vi.spyOn(Map.prototype, name as 'keys').mockImplementation(function (this: Map<unknown, unknown>, ...args) {
      count += this.size
      return original.apply(this, args) as never
    })
  }
  try {
    work()
  } finally {
    vi.restoreAllMocks()
  }
  return count
}

function fullStore(entries: number, end: (index: number) => number) {
  const clock = manualClock(now)
  const store = memoryReplayStore({ entries, clock }) as Required<ReplayStore>
  for (let index = 0; index < entries; index++) void store.claim(`k${index}`, end(index))
  return { store, clock }
}

describe('S7: a claim on a full memory store', () => {
  const costs = (entries: number) => {
    const live = fullStore(entries, () => now + 300)
    const refused = operations(() => expect(() => live.store.claim('new', now + 300)).toThrow('full of live claims'))
    const seen = operations(() => expect(live.store.claim('k0', now + 300)).toBe('seen'))
    const ended = fullStore(entries, (index) => now + 60 + (index % 240))
    ended.clock.advance(600)
    const first = operations(() => expect(ended.store.claim('new', now + 900)).toBe('first'))
    const next = operations(() => expect(ended.store.claim('another', now + 900)).toBe('first'))
    return { refused, seen, first, next }
  }

  test('S7: a claim takes as many operations with 200,000 entries as with 1,000', () => {
    const few = costs(1000)
    expect(costs(200_000)).toEqual(few)
    for (const count of Object.values(few)) expect(count).toBeLessThan(20)
  })

  test('S7: a full store frees the place of each key that has ended, and of none that lives', () => {
    const { store, clock } = fullStore(1000, (index) => now + (index % 2 === 0 ? 60 : 7200))
    clock.advance(120)
    for (let index = 0; index < 500; index++) expect(store.claim(`n${index}`, now + 7200)).toBe('first')
    expect(() => store.claim('more', now + 7200)).toThrow('full')
    for (let index = 1; index < 1000; index += 2) expect(store.seen(`k${index}`)).toBe(true)
    for (let index = 0; index < 1000; index += 2) expect(store.seen(`k${index}`)).toBe(false)
  })

  test('S7: a full store keeps a mark that was prolonged, however often', () => {
    const { store, clock } = fullStore(2, (index) => now + 60 * (index === 0 ? 1 : -1))
    for (let minute = 1; minute < 100; minute++) {
      void store.mark('k0', now + 60 * minute + 120)
      clock.advance(60)
      expect(store.claim(`n${minute}`, clock.now() / 1000 - 60)).toBe('first')
      expect(store.seen('k0')).toBe(true)
    }
  })

  test('S7: a full store frees places after the clock was set back, and after it ran far ahead', () => {
    const { store, clock } = fullStore(2, () => now + 60)
    clock.advance(400 * 86_400)
    expect(store.claim('later', now + 400 * 86_400 + 60)).toBe('first')
    clock.advance(-400 * 86_400)
    expect(() => store.claim('earlier', now + 60)).toThrow('full')
    clock.advance(180)
    expect(store.claim('again', now + 500)).toBe('first')
  })
})
