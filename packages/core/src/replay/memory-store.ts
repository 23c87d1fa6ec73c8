/** A replay store in the memory of one process. */

import { ClaimTable } from './claim-table.ts'
import type { ReplayStore } from '../model/replay-store.ts'
import type { Clock } from '../util/clock.ts'
import { systemClock } from '../util/clock.ts'
import { readOptions } from '../util/options.ts'
import { formatValue } from '../util/format.ts'

/** The options of `memoryReplayStore`. */
export interface MemoryReplayOptions {
  /**
   * The most live claims: 1 to 10,000,000. Each takes about 150 bytes. As many DPoP proofs are kept
   * in addition, in a table of their own. Default 100,000.
   */
  readonly entries?: number
  /** Replaces the clock in tests. Default: the runtime's clock. */
  readonly clock?: Pick<Clock, 'now'>
}

/**
 * Makes a replay store for one process; with several processes, a token can be used once in each. A
 * full store refuses new claims, and forgets no live one. Each call costs the same, full or not.
 * The place of an ended claim is free within a minute.
 *
 * @throws {TypeError} for options out of range.
 * @example
 * ```ts
 * workloadAuth({ audience, trust, replay: { store: memoryReplayStore() } })
 * ```
 */
export function memoryReplayStore(options: MemoryReplayOptions = {}): ReplayStore {
  const given = readOptions<MemoryReplayOptions>('memoryReplayStore()', options, { entries: true, clock: true })
  const { entries = 100_000, clock = systemClock } = given
  if (!Number.isInteger(entries) || entries < 1 || entries > 10_000_000)
    throw new TypeError(
      `memoryReplayStore(): entries must be a whole number from 1 to 10000000, not ${formatValue(entries)}`,
    )
  const now = (): number => clock.now() / 1000
  return Object.freeze({ ...tableStore(entries, now), proofs: Object.freeze(tableStore(entries, now)) })
}

function tableStore(entries: number, now: () => number) {
  const table = new ClaimTable(entries, now)
  return {
    perProcess: true,
    claim: (key: string, expiresAt: number, by?: string) => {
      // A claimed key stays claimed until its place is needed, so that a clock that runs ahead
      // cannot allow a second use.
      if (table.has(key)) return by !== undefined && table.holderOf(key) === by ? 'first' : 'seen'
      table.add(key, expiresAt, by)
      return 'first'
    },
    mark: (key: string, expiresAt: number) => table.mark(key, expiresAt),
    seen: (key: string) => table.has(key),
  } as const
}
