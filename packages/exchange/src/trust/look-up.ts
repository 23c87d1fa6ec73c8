/** What is looked up in the replay store: exchanged tokens and revocations. */

import { perProcess } from '@jobpass/core/internal'
import type { StoreOptions } from '@jobpass/core/internal'

/**
 * Checks that keys can be looked up in the store of a verifier. `limit` says what is missed where
 * other processes do not share it.
 *
 * @throws {TypeError} for no store, or one without `seen`.
 */
export function checkLookUp({ replay, warn }: StoreOptions, limit: string): void {
  if (replay?.store.seen === undefined)
    throw new TypeError(
      'What was exchanged or revoked is looked up in the replay store: it needs seen(key) next to claim(), such as memoryReplayStore() and redisReplayStore() have',
    )
  if (replay.store.perProcess === true) warn(`${perProcess}: behind several processes, ${limit}`)
}
