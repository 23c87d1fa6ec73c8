/** How long keys are good for, and how often an issuer may be asked. */

import type { Clock } from '../util/clock.ts'
import { readOptions, seconds, show } from '../util/text.ts'

/** How a verifier treats the keys of its issuers; times in seconds. */
export interface KeyPolicy {
  /** How long keys count as fresh; past it they are used on, and refreshed in the background. 1 to 86400, default 600. */
  readonly fresh?: number
  /** How long keys are used when they cannot be refreshed; past it the answer is 503. From `fresh` to 604800, default 86400. */
  readonly usable?: number
  /** How far apart refreshes are once a burst of two is spent, whatever arrives. 1 to 3600, default 10. */
  readonly refreshes?: number
  /** How long discovery and key set may take together, from connect to last byte. 1 to 60, default 5. */
  readonly timeout?: number
  /**
   * When stale keys are refreshed. `'background'`: they serve meanwhile. `'foreground'`: the request waits, for processes that are
   * frozen between calls, such as AWS Lambda functions. Workers always wait. Default `'background'`.
   */
  readonly refresh?: 'background' | 'foreground'
}

/** The same, complete, in milliseconds. */
export interface KeyTimes {
  readonly fresh: number
  readonly usable: number
  readonly refreshes: number
  readonly timeout: number
  readonly foreground: boolean
}

/** Reads the policy. Throws a `TypeError` that says what to write. */
export function readKeyPolicy(given: unknown): KeyTimes {
  const known = ['fresh', 'usable', 'refreshes', 'timeout', 'refresh']
  const policy = given === undefined ? {} : (readOptions('keyPolicy', given, known) as KeyPolicy)
  const { fresh = 600, usable = Math.max(86_400, policy.fresh ?? 0), refreshes = 10, timeout = 5 } = policy
  const { refresh = 'background' } = policy
  seconds('keyPolicy.fresh', fresh, 1, 86_400)
  if (seconds('keyPolicy.usable', usable, 1, 604_800) < fresh) {
    throw new TypeError(`keyPolicy.usable must be at least keyPolicy.fresh, ${fresh}, not ${show(usable)}`)
  }
  seconds('keyPolicy.refreshes', refreshes, 1, 3600)
  seconds('keyPolicy.timeout', timeout, 1, 60)
  if (refresh !== 'background' && refresh !== 'foreground')
    throw new TypeError(`keyPolicy.refresh is 'background' or 'foreground', not ${show(refresh)}`)
  return {
    fresh: fresh * 1000,
    usable: usable * 1000,
    refreshes: refreshes * 1000,
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
