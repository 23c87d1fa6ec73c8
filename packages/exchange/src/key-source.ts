/** The signing keys of an exchange: a list, or a function that is asked again. */

import { makeKey, readKeys } from './issuing-keys.ts'
import type { IssuingKey, KeySchedule } from './issuing-keys.ts'
import { keysIn } from './key-set.ts'
import type { FindKeys } from './key-set.ts'
import type { ReadExchange } from './options.ts'
import { askedAgain } from './trust/asked-again.ts'

/** The current keys. */
export interface KeySource {
  /** The present schedule. */
  readonly schedule: () => Promise<KeySchedule>
  /** Replaces the keys. */
  readonly use: (keys: readonly IssuingKey[]) => Promise<void>
}

/**
 * Reads the first keys. Rejects with a `TypeError` for invalid keys, and with the function's own
 * error.
 */
export async function openKeySource(read: ReadExchange): Promise<KeySource> {
  const { keys } = read
  return typeof keys === 'function' ? askedKeys(keys, read) : fixedKeys(keys ?? [await makeKey()], read)
}

async function askedKeys(find: FindKeys, read: ReadExchange): Promise<KeySource> {
  const schedule = askedAgain<KeySchedule>({
    complaint: 'The keys of the exchange could not be read again within 5 s; those before stay',
    find,
    read: async (found, before) => inTime(await readKeys(keysIn(found, 'keys()'), read), before, read),
  })
  await schedule(read.config)
  return {
    schedule: () => schedule(read.config),
    use: async () => {
      throw new TypeError(
        'useKeys() cannot replace a function: keys is called about once a minute, so return the new keys there',
      )
    },
  }
}

async function fixedKeys(keys: readonly IssuingKey[], read: ReadExchange): Promise<KeySource> {
  let schedule = await readKeys(keys, read)
  return {
    schedule: async () => schedule,
    use: async (next) => {
      schedule = inTime(await readKeys(next, read), schedule, read)
    },
  }
}

/** Warns where verifiers and caches lack a new key, or soon lack one whose tokens are valid. */
function inTime(next: KeySchedule, before: KeySchedule | undefined, { clock, config }: ReadExchange): KeySchedule {
  const now = clock.now() / 1000
  if (before !== undefined && next.hasLateKey(before, now))
    config.fault(
      'A key of the exchange signs sooner than 15 minutes after it was published: until then verifiers and caches may not have it',
    )
  if (before !== undefined && next.lacksSigner(before, now))
    config.fault(
      'A key of the exchange is gone before its tokens have expired: it was withdrawn, or its source went back to an older document, as a lagging replica does',
    )
  return next
}
