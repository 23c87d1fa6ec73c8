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
  const policy = info.get('maxmemory_policy')
  if (!accepted.has('eviction') && policy !== undefined && policy !== 'noeviction' && info.get('maxmemory') !== '0')
    throw new Error(
      `Redis evicts keys when its memory is full (maxmemory-policy ${policy}), and a token whose key is gone is admitted again: nothing is admitted. Set 'maxmemory-policy noeviction', use a Redis of its own, or write accept: ['eviction']`,
    )
  if (accepted.has('restart')) return
  if (info.get('aof_enabled') !== '1')
    return warn(
      "Redis runs without 'appendonly yes': after a restart, tokens that were used since the last snapshot are admitted again, and revocations are forgotten. Turn it on, or write accept: ['restart']",
    )
  const setting = unsyncedBy(await readConfig(commands))
  if (setting !== undefined)
    warn(
      `Redis runs with '${setting}': after a power cut, tokens that were used in the last half a minute are admitted again, and revocations are forgotten. Set 'appendfsync always' or 'everysec' and 'no-appendfsync-on-rewrite no', or write accept: ['restart']`,
    )
}

/**
 * The setting that leaves the append-only file to the operating system, which writes it to disk
 * after 30 s: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
 */
function unsyncedBy(config: ReadonlyMap<string, string>): string | undefined {
  if (config.get('appendfsync') === 'no') return 'appendfsync no'
  return config.get('no-appendfsync-on-rewrite') === 'yes' ? 'no-appendfsync-on-rewrite yes' : undefined
}

/** The fields of `INFO`, or `undefined` if the server denies it or the client lacks it. */
async function readInfo(commands: Commands): Promise<ReadonlyMap<string, string> | undefined> {
  const text = await unlessDenied(commands.info())
  if (typeof text !== 'string') return undefined
  return new Map([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = '', value = '']) => [name, value]))
}

/** How the server syncs its file. Empty where it is denied, as it is by many providers. */
async function readConfig(commands: Commands): Promise<ReadonlyMap<string, string>> {
  const answer = await unlessDenied(commands.config('*appendfsync*'))
  const words: readonly unknown[] = Array.isArray(answer) ? answer : Object.entries(Object(answer)).flat()
  return new Map(words.flatMap((name, index) => (index % 2 === 0 ? [[String(name), String(words[index + 1])]] : [])))
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
