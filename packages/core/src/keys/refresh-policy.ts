/** How long keys are good for, and how often an issuer may be asked. */

import type { Clock } from '../util/clock.ts'
import { readOptions, assertSeconds } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

/** How a verifier treats the keys of its issuers; times in seconds. */
export interface JwksOptions {
  /**
   * How long keys are fresh, in seconds; after it they are used while a refresh runs in the background
   * (stale-while-revalidate, RFC 5861 §3). 1 to 86400, default 600.
   */
  readonly maxAge?: number
  /**
   * How long keys are used where they cannot be refreshed (stale-if-error, RFC 5861 §4), in seconds; after it the answer is 503. From `maxAge` to 604800, default 86400.
   */
  readonly staleIfError?: number
  /** Seconds between two refreshes, after a burst of two, however many tokens ask for one. 1 to 3600, default 10. */
  readonly cooldown?: number
  /** Seconds that discovery and key set may take together, from connect to last byte. 1 to 60, default 5. */
  readonly timeout?: number
  /**
   * When stale keys are refreshed. `'background'`: they serve meanwhile. `'foreground'`: the request waits, for processes that are
   * frozen between calls, such as AWS Lambda functions. Workers always wait. Default `'background'`.
   */
  readonly refresh?: 'background' | 'foreground'
}

/** The same, complete, in milliseconds. */
export interface KeyTimes {
  readonly maxAge: number
  readonly staleIfError: number
  readonly cooldown: number
  readonly timeout: number
  readonly foreground: boolean
}

const names: readonly (keyof JwksOptions)[] = ['maxAge', 'staleIfError', 'cooldown', 'timeout', 'refresh']

/** Reads the option. Throws a `TypeError` that says what to write. */
export function readJwksOptions(given: unknown): KeyTimes {
  const options = given === undefined ? {} : (readOptions('jwks', given, names) as JwksOptions)
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

/** Pays for refreshes: a burst of two, then one per interval, however many ask. */
export interface Bucket {
  /** Takes one token, if there is one. */
  take(): boolean
  /** Milliseconds until there is one. */
  wait(): number
}

const burst = 2

/** Makes a full bucket. Jitter only shortens an interval, so that a fleet spreads out and nobody waits for longer. */
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

/** A time up to a tenth shorter. */
export function jittered(milliseconds: number, random: () => number): number {
  return milliseconds * (1 - random() / 10)
}
