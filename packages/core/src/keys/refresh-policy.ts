/** How long keys are cached, and how often an issuer may be asked. */

import type { Clock } from '../util/clock.ts'
import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

/** How a verifier caches the keys of its issuers. */
export interface JwksOptions {
  /**
   * Seconds for which keys are fresh: 1 to 86400. After that they are used while a refresh runs in
   * the background (stale-while-revalidate, RFC 5861 §3). Default 600.
   */
  readonly maxAge?: number
  /**
   * Seconds for which keys are used where they cannot be refreshed (stale-if-error, RFC 5861 §4):
   * `maxAge` to 604800. After that the answer is 503. Default 86400, or `maxAge` if more.
   */
  readonly staleIfError?: number
  /**
   * Seconds between two refreshes, after a burst of two, however many tokens need one: 1 to 3600.
   * Default 10.
   */
  readonly cooldown?: number
  /**
   * Seconds for discovery and key set together, from connect to the last byte: 1 to 60. Default 5.
   */
  readonly timeout?: number
  /**
   * When stale keys are refreshed. `'background'`: they are used meanwhile. `'foreground'`: the
   * request waits for the refresh; for processes that are frozen between calls, such as AWS
   * Lambda. On Workers requests always wait. Default `'background'`.
   */
  readonly refresh?: 'background' | 'foreground'
}

/** The same, with defaults, in milliseconds. */
export interface KeyTimes {
  /** Milliseconds for which keys are fresh. */
  readonly maxAge: number
  /** Milliseconds for which keys are used where they cannot be refreshed. */
  readonly staleIfError: number
  /** Milliseconds between two refreshes. */
  readonly cooldown: number
  /** Milliseconds for discovery and key set together. */
  readonly timeout: number
  /** Whether requests wait for the refresh of stale keys. */
  readonly foreground: boolean
}

const names = { maxAge: true, staleIfError: true, cooldown: true, timeout: true, refresh: true } as const

/**
 * Reads the `jwks` option.
 *
 * @throws {TypeError} that says what to write.
 */
export function readJwksOptions(given: unknown): KeyTimes {
  const options = given === undefined ? {} : readOptions<JwksOptions>('jwks', given, names)
  const { maxAge = 600, staleIfError = Math.max(86_400, maxAge), cooldown = 10, timeout = 5 } = options
  const { refresh = 'background' } = options
  assertSeconds('jwks.maxAge', maxAge, 1, 86_400)
  if (assertSeconds('jwks.staleIfError', staleIfError, 1, 604_800) < maxAge) {
    throw new TypeError(`jwks.staleIfError must be at least jwks.maxAge, ${maxAge}, not ${formatValue(staleIfError)}`)
  }
  assertSeconds('jwks.cooldown', cooldown, 1, 3600)
  assertSeconds('jwks.timeout', timeout, 1, 60)
  if (refresh !== 'background' && refresh !== 'foreground')
    throw new TypeError(`jwks.refresh is 'background' or 'foreground', not ${formatValue(refresh)}`)
  return {
    maxAge: maxAge * 1000,
    staleIfError: staleIfError * 1000,
    cooldown: cooldown * 1000,
    timeout: timeout * 1000,
    foreground: refresh === 'foreground',
  }
}

/** Limits refreshes (token bucket): a burst of two, then one per interval. */
export interface Bucket {
  /** Takes one refresh, if there is one. */
  take(): boolean
  /** Milliseconds until there is one. */
  wait(): number
}

const burst = 2

/**
 * Makes a full bucket. Jitter only shortens intervals, so that a fleet spreads out and no request
 * waits longer.
 */
export function createBucket({ now }: Pick<Clock, 'now'>, interval: number, random: () => number): Bucket {
  let tokens = burst
  let since = now()
  let next = jittered(interval, random)
  const fill = (): void => {
    const time = now()
    // A clock that was set back must not stop refreshes.
    if (time < since) since = time
    while (tokens < burst && time - since >= next) {
      tokens++
      since += next
      next = jittered(interval, random)
    }
    if (tokens === burst) since = time
  }
  return {
    take: () => {
      fill()
      if (tokens === 0) return false
      tokens--
      return true
    },
    wait: () => {
      fill()
      return tokens > 0 ? 0 : next - (now() - since)
    },
  }
}

/** A time that is shortened by up to a tenth. */
export function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (1 - random() / 10)
}
