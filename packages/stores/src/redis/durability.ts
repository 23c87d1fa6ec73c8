/** How a server can lose claims: eviction of keys, and restarts. */

import type { Commands } from './client.ts'

/** A way to lose claims: `'eviction'` of keys under memory pressure, or a `'restart'`. */
export type RedisRisk = 'eviction' | 'restart'

/**
 * Reads `INFO` and warns about settings that could let a used token in again. Rejects if the server
 * may evict keys and that is not accepted. Source:
 * https://redis.io/docs/latest/develop/reference/eviction/
 */
export async function checkDurability(
  commands: Commands,
  accepted: ReadonlySet<RedisRisk>,
  warn: (message: string) => void,
): Promise<void> {
  if (accepted.has('eviction') && accepted.has('restart')) return
  const info = await readInfo(commands)
  if (info === undefined)
    return warn(
      "The store on Redis may not read INFO, so that it cannot see whether claims can be lost. Allow +info, or make sure of 'maxmemory-policy noeviction' and 'appendonly yes' and write accept: ['eviction', 'restart']",
    )
  const eviction = info.get('maxmemory_policy')
  if (!accepted.has('eviction') && eviction !== undefined && eviction !== 'noeviction' && info.get('maxmemory') !== '0')
    throw new Error(
      `Redis evicts keys when its memory is full (maxmemory-policy ${eviction}), and a token whose key is gone is admitted again: nothing is admitted. Set 'maxmemory-policy noeviction', use a Redis of its own, or write accept: ['eviction']`,
    )
  if (accepted.has('restart')) return
  if (info.get('aof_enabled') !== '1')
    return warn(
      "Redis runs without 'appendonly yes': after a restart, tokens that were used since the last snapshot are admitted again, and revocations are forgotten. Turn it on, or write accept: ['restart']",
    )
  // A list of name and value, or an object of them.
  const fsync = Object.values(Object(await unlessDenied(commands.config('appendfsync'))))
  if (fsync.includes('no'))
    warn(
      "Redis runs with 'appendfsync no': after a power cut, tokens that were used in the last half a minute are admitted again, and revocations are forgotten. Set 'appendfsync always' or 'everysec', or write accept: ['restart']",
    )
}

/** The fields of `INFO`, or `undefined` if the server denies it or the client lacks it. */
async function readInfo(commands: Commands): Promise<ReadonlyMap<string, string> | undefined> {
  const text = await unlessDenied(commands.info())
  if (typeof text !== 'string') return undefined
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]))
}

/**
 * The answer, or `undefined` if an ACL or a provider denies the command: `NOPERM` or `ERR`
 * (https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors). Any other error is
 * an outage.
 */
async function unlessDenied(answer: Promise<unknown>): Promise<unknown> {
  return answer.catch((failure: unknown) => {
    if (/^(?:NOPERM|ERR) /.test(failure instanceof Error ? failure.message : '')) return undefined
    throw failure
  })
}
