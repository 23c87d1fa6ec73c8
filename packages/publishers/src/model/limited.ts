/** Time limits. */

import type { Clock } from '@jobpass/core'
import { within } from '@jobpass/core/internal'
import { StoreUnavailable } from './store-unavailable.ts'

/** Runs work for some milliseconds. Taking longer is an outage; other errors are passed on. */
export async function limited<T>(
  clock: Clock,
  milliseconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  let limit: AbortSignal | undefined
  try {
    return await within(clock, milliseconds, (signal) => work((limit = signal)))
  } catch (failure) {
    throw limit?.aborted === true ? new StoreUnavailable(failure) : failure
  }
}
