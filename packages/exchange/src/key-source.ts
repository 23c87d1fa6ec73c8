/** Where the keys of an exchange come from: a list, or a function that is asked again. */

import { within } from '@jobpass/core/internal'
import { makeKey, readKeys } from './issuing-keys.ts'
import type { FindKeys, IssuingKey, KeySchedule } from './issuing-keys.ts'
import type { ReadExchange } from './options.ts'

/** The keys that hold now. */
export interface KeySource {
  /** The schedule; a promise only where the function is asked again. */
  readonly schedule: () => KeySchedule | Promise<KeySchedule>
  /** Puts other keys in place. */
  readonly use: (keys: readonly IssuingKey[]) => Promise<void>
}

const [interval, timeout] = [60_000, 5_000]

/** Reads the first keys. Rejects with a `TypeError` for bad ones, and with the error of the function. */
export async function openKeySource(read: ReadExchange): Promise<KeySource> {
  const { keys, clock, policy } = read
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
      policy.fault(
        'A key of the exchange signs sooner than 15 minutes after it was published: until then verifiers and caches may not have it',
      )
    return (schedule = next)
  }
  const askAgain = async (): Promise<KeySchedule> => {
    try {
      return replace(await ask())
    } catch (cause) {
      policy.outage('The keys of the exchange could not be read again within 5 s; those before stay', cause)
      return schedule
    } finally {
      asked = clock.now()
      pending = undefined
    }
  }
  return {
    schedule: () => (find === undefined || clock.now() - asked < interval ? schedule : (pending ??= askAgain())),
    use: async (next) => {
      if (find) throw new TypeError('keys is a function, which is asked every minute: useKeys() has no place')
      replace(await readKeys(next, read))
    },
  }
}
