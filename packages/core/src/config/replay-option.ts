/** The `replay` option. */

import type { ReplayOptions, ReplayStore } from '../model/replay-store.ts'
import { formatType } from '../util/format.ts'
import { readOptions } from '../util/options.ts'

/** The start of warnings about a store that other processes do not share. */
export const perProcess = 'The replay store is of this process only'

/**
 * Reads the `replay` option.
 *
 * @throws {TypeError} that says what to write.
 */
export function readReplay(given: ReplayOptions | undefined): ReplayOptions | undefined {
  if (given === undefined) return undefined
  const { store } = readOptions<ReplayOptions>('replay', given, { store: true })
  if (typeof (store as Partial<ReplayStore> | undefined)?.claim !== 'function')
    throw new TypeError(
      `replay: store must have claim(key, expiresAt), such as memoryReplayStore(), not ${formatType(store)}`,
    )
  return { store: store as ReplayStore }
}
