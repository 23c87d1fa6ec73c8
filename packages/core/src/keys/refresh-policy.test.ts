import { describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import { createBucket, jittered, readJwksOptions } from './refresh-policy.ts'

describe('the jwks option', () => {
  const usual = { maxAge: 600_000, staleIfError: 86_400_000, cooldown: 10_000, timeout: 5000, foreground: false }
  test.each([
    [undefined, usual],
    [{}, usual],
    [{ maxAge: 1 }, { ...usual, maxAge: 1000 }],
    [{ maxAge: 86_400 }, { ...usual, maxAge: 86_400_000 }],
    [{ staleIfError: 600 }, { ...usual, staleIfError: 600_000 }],
    [{ staleIfError: 604_800 }, { ...usual, staleIfError: 604_800_000 }],
    [
      { maxAge: 1, staleIfError: 1 },
      { ...usual, maxAge: 1000, staleIfError: 1000 },
    ],
    [{ cooldown: 1 }, { ...usual, cooldown: 1000 }],
    [{ cooldown: 3600 }, { ...usual, cooldown: 3_600_000 }],
    [{ timeout: 1 }, { ...usual, timeout: 1000 }],
    [{ timeout: 2.5 }, { ...usual, timeout: 2500 }],
    [{ timeout: 60 }, { ...usual, timeout: 60_000 }],
    [{ refresh: 'background' }, usual],
    [{ refresh: 'foreground' }, { ...usual, foreground: true }],
  ])('the jwks option, in milliseconds: %j', (given, times) => {
    expect(readJwksOptions(given)).toEqual(times)
  })

  test.each([
    [{ maxAge: 0.9 }, 'jwks.maxAge must be a number of seconds from 1 to 86400'],
    [{ maxAge: 86_401 }, 'jwks.maxAge must be a number of seconds from 1 to 86400'],
    [{ staleIfError: 599 }, 'jwks.staleIfError must be at least jwks.maxAge, 600, not 599'],
    [{ maxAge: 20, staleIfError: 19 }, 'jwks.staleIfError must be at least jwks.maxAge, 20, not 19'],
    [{ staleIfError: 604_801 }, 'jwks.staleIfError must be a number of seconds from 1 to 604800'],
    [{ maxAge: 1, staleIfError: 0 }, 'jwks.staleIfError must be a number of seconds from 1 to 604800'],
    [{ cooldown: 0.9 }, 'jwks.cooldown must be a number of seconds from 1 to 3600'],
    [{ cooldown: 3601 }, 'jwks.cooldown must be a number of seconds from 1 to 3600'],
    [{ timeout: 0.9 }, 'jwks.timeout must be a number of seconds from 1 to 60'],
    [{ timeout: 60.1 }, 'jwks.timeout must be a number of seconds from 1 to 60'],
    [{ refresh: 'never' }, `jwks.refresh is 'background' or 'foreground', not "never"`],
    [{ timeout: null }, "'timeout' is null"],
    [[], 'jwks must be an object'],
  ])('lesson M3: refuses the jwks option %j', (given, message) => {
    expect(() => readJwksOptions(given)).toThrow(TypeError)
    expect(() => readJwksOptions(given)).toThrow(message)
  })
})

test.each([
  [0, 1000],
  [0.5, 950],
  [1, 900],
])('the random number %d jitters a second to %i ms', (random, expected) => {
  expect(jittered(1000, () => random)).toBe(expected)
})

describe('lesson D4: the bucket allows a burst of two, then one per interval', () => {
  const clock = manualClock()
  const bucket = (random = (): number => 0): ReturnType<typeof createBucket> => createBucket(clock, 10_000, random)
  const takes = (from: ReturnType<typeof createBucket>, times = 4): number =>
    Array.from({ length: times }, () => from.take()).filter(Boolean).length

  test('lesson D4: the bucket allows two refreshes at once', () => {
    const full = bucket()
    expect(full.wait()).toBe(0)
    expect(takes(full)).toBe(2)
    expect(full.wait()).toBe(10_000)
  })

  test('the bucket knows to the millisecond when the next refresh is allowed', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(9.999)
    expect([empty.wait(), empty.take()]).toEqual([1, false])
    clock.advance(0.001)
    expect([empty.wait(), takes(empty), empty.wait()]).toEqual([0, 1, 10_000])
    clock.advance(10)
    expect(takes(empty)).toBe(1)
  })

  test('the bucket counts the part of the next interval that has passed', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(15)
    expect([takes(empty), empty.wait()]).toEqual([1, 5000])
    clock.advance(5)
    expect(takes(empty)).toBe(1)
  })

  test.each([20, 30, 1000])('after %i seconds of rest the bucket is full, and no fuller', (rest) => {
    const rested = bucket()
    takes(rested)
    clock.advance(rest)
    expect([rested.wait(), takes(rested), rested.wait()]).toEqual([0, 2, 10_000])
  })

  test('a rest does not fill a full bucket beyond two', () => {
    const full = bucket()
    clock.advance(1000)
    expect([takes(full), full.wait()]).toEqual([2, 10_000])
    clock.advance(10)
    expect(takes(full)).toBe(1)
  })

  test('looking at a full bucket does not make it fuller', () => {
    const full = bucket()
    clock.advance(9)
    full.wait()
    expect(takes(full)).toBe(2)
    clock.advance(9)
    expect(full.take()).toBe(false)
    clock.advance(1)
    expect(full.take()).toBe(true)
  })

  test('a clock that is set back delays a refresh by one interval at most', () => {
    const empty = bucket()
    takes(empty)
    clock.advance(-3600)
    expect([empty.take(), empty.wait()]).toEqual([false, 10_000])
    clock.advance(10)
    expect(takes(empty)).toBe(1)
  })

  test('each interval gets a jitter of its own, up to a tenth shorter', () => {
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
