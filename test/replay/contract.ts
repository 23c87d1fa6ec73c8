/** The contract of replay stores, as tests of one store. */

import type { StoreAbility, StoreSetup } from '@jobpass/testing/stores'
import { replayStoreCases } from '@jobpass/testing/stores'
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
      test(`${id}: ${must}`, { concurrent: true, ...options }, () => unlessLate(() => run(setup())))
}

/**
 * Runs a case again when the store was late, which it is on a machine with too much to do. A wrong
 * answer is never repeated.
 */
async function unlessLate(run: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run()
    } catch (failure) {
      if (attempt === 5 || !/took longer than|aborted|timeout/i.test((failure as Error).message)) throw failure
    }
  }
}
