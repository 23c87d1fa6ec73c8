/** The contract of replay stores, as tests of one store. */

import type { StoreAbility, StoreSetup } from '@jobpass/stores/testing'
import { replayStoreCases } from '@jobpass/stores/testing'
import { test } from 'vitest'

/**
 * Runs every case, except those that need what the store lacks: all at once, since some wait for
 * the end of a claim, or one after the other, for slow servers.
 */
export function testContract(
  setup: () => StoreSetup,
  { lacks = [], ...options }: { readonly lacks?: readonly StoreAbility[]; readonly concurrent?: boolean } = {},
): void {
  for (const { id, must, needs, run } of replayStoreCases)
    if (!needs.some((each) => lacks.includes(each)))
      test(`${id}: ${must}`, { concurrent: true, ...options }, () => run(setup()))
}
