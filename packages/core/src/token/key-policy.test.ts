import { describe, expect, it } from 'vitest'
import { manualClock } from '../../../../test/lessons/forge.ts'
import { createBucket, jittered, readKeyPolicy } from './key-policy.ts'

describe('the policy, in milliseconds', () => {
  const usual = { fresh: 600_000, usable: 86_400_000, refreshes: 10_000, timeout: 5000, foreground: false }
  it.each([
    [undefined, usual],
    [{}, usual],
    [{ fresh: 1 }, { ...usual, fresh: 1000 }],
    [{ fresh: 86_400 }, { ...usual, fresh: 86_400_000 }],
    [{ usable: 600 }, { ...usual, usable: 600_000 }],
    [{ usable: 604_800 }, { ...usual, usable: 604_800_000 }],
    [
      { fresh: 1, usable: 1 },
      { ...usual, fresh: 1000, usable: 1000 },
    ],
    [{ refreshes: 1 }, { ...usual, refreshes: 1000 }],
    [{ refreshes: 3600 }, { ...usual, refreshes: 3_600_000 }],
    [{ timeout: 1 }, { ...usual, timeout: 1000 }],
    [{ timeout: 2.5 }, { ...usual, timeout: 2500 }],
    [{ timeout: 60 }, { ...usual, timeout: 60_000 }],
    [{ refresh: 'background' }, usual],
    [{ refresh: 'foreground' }, { ...usual, foreground: true }],
  ])('%j', (given, times) => {
    expect(readKeyPolicy(given)).toEqual(times)
  })

  it.each([
    [{ fresh: 0.9 }, 'keyPolicy.fresh must be a number of seconds from 1 to 86400'],
    [{ fresh: 86_401 }, 'keyPolicy.fresh must be a number of seconds from 1 to 86400'],
    [{ usable: 599 }, 'keyPolicy.usable must be at least keyPolicy.fresh, 600, not 599'],
    [{ fresh: 20, usable: 19 }, 'keyPolicy.usable must be at least keyPolicy.fresh, 20, not 19'],
    [{ usable: 604_801 }, 'keyPolicy.usable must be a number of seconds from 1 to 604800'],
    [{ fresh: 1, usable: 0 }, 'keyPolicy.usable must be a number of seconds from 1 to 604800'],
    [{ refreshes: 0.9 }, 'keyPolicy.refreshes must be a number of seconds from 1 to 3600'],
    [{ refreshes: 3601 }, 'keyPolicy.refreshes must be a number of seconds from 1 to 3600'],
    [{ timeout: 0.9 }, 'keyPolicy.timeout must be a number of seconds from 1 to 60'],
    [{ timeout: 60.1 }, 'keyPolicy.timeout must be a number of seconds from 1 to 60'],
    [{ refresh: 'never' }, `keyPolicy.refresh is 'background' or 'foreground', not "never"`],
    [{ timeout: null }, "'timeout' is null"],
    [[], 'keyPolicy must be an object'],
  ])('lesson M3: refuses %j', (given, message) => {
    expect(() => readKeyPolicy(given)).toThrow(TypeError)
    expect(() => readKeyPolicy(given)).toThrow(message)
  })
})

it.each([
  [0, 1000],
  [0.5, 950],
  [1, 900],
])('the random number %d makes a second %i ms', (random, expected) => {
  expect(jittered(1000, () => random)).toBe(expected)
})

describe('lesson D4: a burst of two, then one per interval', () => {
  const clock = manualClock()
  const bucket = (random = (): number => 0): ReturnType<typeof createBucket> => createBucket(clock, 10_000, random)
  const takes = (from: ReturnType<typeof createBucket>, times = 4): number =>
    Array.from({ length: times }, () => from.take()).filter(Boolean).length

  it('at once', () => {
    const full = bucket()
    expect(full.wait()).toBe(0)
    expect(takes(full)).toBe(2)
    expect(full.wait()).toBe(10_000)
  })

  it('is told to the millisecond when there is one', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(9.999)
    expect([empty.wait(), empty.take()]).toEqual([1, false])
    clock.advance(0.001)
    expect([empty.wait(), takes(empty), empty.wait()]).toEqual([0, 1, 10_000])
    clock.advance(10)
    expect(takes(empty)).toBe(1)
  })

  it('what passes of the next interval counts', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(15)
    expect([takes(empty), empty.wait()]).toEqual([1, 5000])
    clock.advance(5)
    expect(takes(empty)).toBe(1)
  })

  it.each([20, 30, 1000])('after %i seconds of rest it is full, and no fuller', (rest) => {
    const rested = bucket()
    takes(rested)
    clock.advance(rest)
    expect([rested.wait(), takes(rested), rested.wait()]).toEqual([0, 2, 10_000])
  })

  it('a rest of a full one is worth nothing', () => {
    const full = bucket()
    clock.advance(1000)
    expect([takes(full), full.wait()]).toEqual([2, 10_000])
    clock.advance(10)
    expect(takes(full)).toBe(1)
  })

  it('one that is looked at while it is full is not fuller for it', () => {
    const full = bucket()
    clock.advance(9)
    full.wait()
    expect(takes(full)).toBe(2)
    clock.advance(9)
    expect(full.take()).toBe(false)
    clock.advance(1)
    expect(full.take()).toBe(true)
  })

  it('a clock that is set back delays by one interval, and no more', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(-3600)
    expect([empty.take(), empty.wait()]).toEqual([false, 10_000])
    clock.advance(10)
    expect(takes(empty)).toBe(1)
  })

  it('each interval is shortened anew, by up to a tenth', () => {
    const numbers = [0, 1, 0.5]
    const empty = bucket(() => numbers.shift() ?? 0)
    takes(empty)
    const waits = Array.from({ length: 3 }, () => {
      const wait = empty.wait()
      clock.advance(wait / 1000)
      expect(takes(empty)).toBe(1)
      return wait
    })
    expect(waits).toEqual([10_000, 9000, 9500])
  })
})
