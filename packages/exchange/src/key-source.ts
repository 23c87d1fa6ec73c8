/** The signing keys of an exchange: a list, or a function that is called repeatedly. */

import { within } from '@jobpass/core/internal'
import { makeKey, readKeys } from './issuing-keys.ts'
import type { FindKeys, IssuingKey, KeySchedule } from './issuing-keys.ts'
import type { ReadExchange } from './options.ts'

/** The current keys. */
export interface KeySource {
  /** The schedule. A promise only if the keys are a function that must be called again. */
  readonly schedule: () => KeySchedule | Promise<KeySchedule>
  /** Replaces the keys. */
  readonly use: (keys: readonly IssuingKey[]) => Promise<void>
}

const [interval, timeout] = [60_000, 5_000]

/**
 * Reads the first keys. Rejects with a `TypeError` for invalid keys, and with the function's own
 * error.
 */
export async function openKeySource(read: ReadExchange): Promise<KeySource> {
  const { keys, clock, config } = read
  const find = typeof keys === 'function' ? keys : undefined
  const ask = async (): Promise<KeySchedule> =>
    readKeys(await within(clock, timeout, async () => (find as FindKeys)()), read)
  let schedule = find
    ? await ask()
    : await readKeys((keys as readonly IssuingKey[] | undefined) ?? [await makeKey()], read)
  let asked = clock.now()
  let pending: Promise<KeySchedule> | undefined
  const replace = (next: KeySchedule): KeySchedule => {
    if (next.hasLateKey(schedule, clock.now() / 1000))
      config.fault(
        'A key of the exchange signs sooner than 15 minutes after it was published: until then verifiers and caches may not have it',
      )
    return (schedule = next)
  }
  const askAgain = async (): Promise<KeySchedule> => {
    try {
      return replace(await ask())
    } catch (cause) {
      config.outage('The keys of the exchange could not be read again within 5 s; those before stay', cause)
      return schedule
    } finally {
      asked = clock.now()
      pending = undefined
    }
  }
  return {
    schedule: () => (find === undefined || clock.now() - asked < interval ? schedule : (pending ??= askAgain())),
    use: async (next) => {
      if (find)
        throw new TypeError(
          'useKeys() cannot replace a function: keys is called every minute, so return the new keys there',
        )
      replace(await readKeys(next, read))
    },
  }
}
