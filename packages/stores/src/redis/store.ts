/**
 * The store: claims, marks and lookups, each with a time limit, once the server has been verified.
 */

import type { ReplayStore } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import type { StoreOptions } from '../claims/options.ts'
import { readRisks, readTimeout, readWarnings } from '../claims/options.ts'
import { inTime, untilItSucceeds } from '../claims/time-limit.ts'
import type { Commands, RedisClient } from './client.ts'
import { commandsOf } from './client.ts'
import type { RedisRisk } from './durability.ts'
import { checkDurability } from './durability.ts'
import { prove } from './proof.ts'

/** The options of `redisReplayStore`. */
export interface RedisReplayOptions extends StoreOptions {
  /** Prefix of all keys, 1 to 100 characters. Default `'jobpass:'`. */
  readonly prefix?: string
  /**
   * Risks that you accept. `'eviction'`: the server may evict keys; otherwise the store then
   * refuses to work. `'restart'`: the server has no append-only file, or rarely syncs it; otherwise
   * the store then warns. Default: none.
   */
  readonly accept?: readonly RedisRisk[]
  /** Receives each warning about the server once. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
}

/**
 * Creates a replay store on Redis (6.2 or newer) or Valkey. A claim is one `SET key NX PX`
 * (https://redis.io/docs/latest/commands/set/), a mark `SET key GET PX`, and a lookup `EXISTS`, each
 * for one key, so Redis Cluster works. `GET` finds who made a claim that is repeated. Before its
 * first use (at creation, if the client is connected) the store tests with a random key that a key
 * is set once and expires, and reads which claims the server could lose.
 *
 * @throws {TypeError} for an unsupported client, and for options out of range.
 *
 * @example
 * ```ts
 * const client = redis.createClient({ disableOfflineQueue: true })
 * client.on('error', console.error)
 * await client.connect()
 * app.use(workloadAuth({ audience, trust, replay: { store: redisReplayStore(client) } }))
 * ```
 */
export function redisReplayStore(client: RedisClient, options: RedisReplayOptions = {}): ReplayStore {
  const call = 'redisReplayStore()'
  const given = readOptions<RedisReplayOptions>(call, options, {
    prefix: true,
    timeout: true,
    accept: true,
    onWarning: true,
    clock: true,
  })
  const { prefix = 'jobpass:', clock = Date } = given
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 100)
    throw new TypeError(`${call}: prefix must be text of 1 to 100 characters`)
  const accept = readRisks<RedisRisk>(call, given.accept, ['eviction', 'restart'])
  const warn = readWarnings(call, given.onWarning)
  const timeout = readTimeout(call, given.timeout)
  const commands = limited(commandsOf(client), timeout)
  const ready = untilItSucceeds(async () => {
    await prove(commands, prefix)
    await checkDurability(commands, accept, warn)
  })
  // Report problems at start; a failure now is repeated at the first use.
  ready().catch(() => {})
  const left = (end: number): number => Math.max(1, Math.ceil(end - clock.now()))
  return Object.freeze({
    claim: async (key: string, expiresAt: number, by = '') => {
      await ready()
      const end = expiresAt * 1000
      const answer = await commands.setIfAbsent(prefix + key, valueOf(end, by), left(end))
      if (answer === 'OK') return 'first'
      // Any other answer is passed on, and the caller refuses it.
      if (answer !== null) return 'neither' as 'seen'
      return by !== '' && holderOf(await commands.get(prefix + key)) === by ? 'first' : 'seen'
    },
    mark: async (key: string, expiresAt: number) => {
      await ready()
      // A key that lasts longer stays as it is. Where another mark prolongs it meanwhile, the later
      // end is set again, so the key exists at all times.
      let end = expiresAt * 1000
      while (!(Number(await commands.timeLeft(prefix + key)) >= left(end))) {
        const before = endOf(await commands.replace(prefix + key, valueOf(end), left(end)))
        if (!(before > end)) return
        end = before
      }
    },
    seen: async (key: string) => {
      await ready()
      const answer = await commands.exists(prefix + key)
      return (answer === 1 ? true : answer === 0 ? false : answer) as boolean
    },
  })
}

/** The value of a key: its end, and who claimed it. */
const valueOf = (end: number, by = ''): string => `${end} ${by}`
const endOf = (value: unknown): number => Number.parseInt(String(value), 10)
const holderOf = (value: unknown): string | undefined => String(value).split(' ')[1]

/** Wraps commands so that each fails while the connection is down, and after a time limit. */
function limited(commands: Commands, milliseconds: number): Commands {
  const limit =
    <A extends readonly unknown[]>(command: (...args: A) => Promise<unknown>) =>
    async (...args: A): Promise<unknown> => {
      if (commands.isDown()) throw new Error('the connection to Redis is down')
      return inTime('Redis', milliseconds, command(...args))
    }
  const { isDown, setIfAbsent, replace, get, exists, timeLeft, info, config } = commands
  return {
    isDown,
    setIfAbsent: limit(setIfAbsent),
    replace: limit(replace),
    get: limit(get),
    exists: limit(exists),
    timeLeft: limit(timeLeft),
    info: limit(info),
    config: limit(config),
  }
}
