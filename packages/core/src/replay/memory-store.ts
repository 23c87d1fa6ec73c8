/** Claims in the memory of one process. */

import type { ReplayStore } from './replay.ts'
import type { Clock } from '../util/clock.ts'
import { systemClock } from '../util/clock.ts'
import { readOptions, show } from '../util/text.ts'

/** What a store in memory is made with. */
export interface MemoryReplayOptions {
  /** The most live claims that are kept, 1 to 10,000,000; about 150 bytes each. Default 100,000. */
  readonly entries?: number
  /** Time, for tests. Default: the runtime's clock. */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * A replay store for one process: behind several, a token is good for one use in each. When it is full of live claims it refuses, and forgets none.
 *
 * Throws a `TypeError` for options out of range.
 *
 * @example
 * ```ts
 * workloadAuth({ audience, trust, replay: { store: memoryReplayStore() } })
 * ```
 */
export function memoryReplayStore(options: MemoryReplayOptions = {}): ReplayStore {
  const given = readOptions('memoryReplayStore()', options, ['entries', 'clock']) as MemoryReplayOptions
  const { entries = 100_000, clock = systemClock } = given
  if (!Number.isInteger(entries) || entries < 1 || entries > 10_000_000)
    throw new TypeError(`memoryReplayStore(): entries must be a whole number from 1 to 10000000, not ${show(entries)}`)
  const claims = new Map<string, number>()
  const sweep = (now: number): void => {
    for (const [key, end] of claims) if (end <= now) claims.delete(key)
  }
  const add = (key: string, expiresAt: number): void => {
    if (claims.size >= entries) sweep(clock.now() / 1000)
    if (claims.size >= entries) throw new Error('the replay store is full of live claims')
    claims.set(key, expiresAt)
  }
  return Object.freeze({
    perProcess: true,
    claim: (key: string, expiresAt: number) => {
      // Whatever this clock says: what was claimed is claimed until its place is needed, so that no clock that runs ahead makes a use of two.
      if (claims.has(key)) return 'seen'
      add(key, expiresAt)
      return 'first'
    },
    mark: (key: string, expiresAt: number) => {
      const until = claims.get(key)
      if (until === undefined) add(key, expiresAt)
      else claims.set(key, Math.max(until, expiresAt))
    },
    seen: (key: string) => claims.has(key),
  })
}
