/**
 * The store: claims, marks and lookups, each with a time limit, once the server has been verified.
 */

import type { ReplayStore } from '@jobpass/core'
import type { Commands, RedisClient } from './client.ts'
import { commandsOf } from './client.ts'
import type { RedisRisk } from './durability.ts'
import { checkDurability } from './durability.ts'
import { prove } from './proof.ts'

/** The options of `redisReplayStore`. */
export interface RedisReplayOptions {
  /** Prefix of all keys, 1 to 100 characters. Default `'jobpass:'`. */
  readonly prefix?: string
  /** Seconds to wait for an answer, 0.05 to 2. Default 1. */
  readonly timeout?: number
  /**
   * Risks that you accept. `'eviction'`: the server may evict keys; otherwise the store then
   * refuses to work. `'restart'`: the server has no append-only file; otherwise the store then
   * warns. Default: none.
   */
  readonly accept?: readonly RedisRisk[]
  /** Receives each warning about the server once. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
  /** The source of time, for tests. Default: `Date`. */
  readonly clock?: {
    /** The time in milliseconds since 1970. */
    now(): number
  }
}

const names = ['prefix', 'timeout', 'accept', 'onWarning', 'clock']

/**
 * Creates a replay store on Redis (6.2 or newer) or Valkey. A claim is one `SET key NX PX`
 * (https://redis.io/docs/latest/commands/set/), a mark `SET key GET PX`, and a lookup `EXISTS`:
 * each is one round trip for one key, so Redis Cluster works. Before its first use (at creation, if
 * the client is connected) the store tests with a random key that a key is set once and expires,
 * and reads which claims the server could lose.
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
  const { prefix, timeout, accept, warn, clock } = readOptions(options)
  const commands = limited(commandsOf(client), timeout * 1000)
  const ready = untilItSucceeds(async () => {
    await prove(commands, prefix)
    await checkDurability(commands, accept, warn)
  })
  // Report problems at start; a failure now is repeated at the first use.
  ready().catch(() => {})
  const left = (end: number): number => Math.max(1, Math.ceil(end - clock.now()))
  return Object.freeze({
    claim: async (key: string, expiresAt: number) => {
      await ready()
      const answer = await commands.setIfAbsent(prefix + key, '1', left(expiresAt * 1000))
      // Any other answer is passed on, and the caller refuses it.
      return (answer === 'OK' ? 'first' : answer === null ? 'seen' : 'neither') as 'first' | 'seen'
    },
    mark: async (key: string, expiresAt: number) => {
      await ready()
      // The value of a mark is its end. A mark that replaced a later one is set again with the
      // later end, so the key exists at all times.
      let end = expiresAt * 1000
      for (;;) {
        const before = Number(await commands.replace(prefix + key, String(end), left(end)))
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

function readOptions(options: RedisReplayOptions) {
  const { prefix = 'jobpass:', timeout = 1, accept = [], onWarning = emitWarning, clock = Date } = options
  const strange = Object.keys(options).find((name) => !names.includes(name))
  if (strange !== undefined)
    throw new TypeError(`redisReplayStore() has no option '${strange}'. Known: ${names.join(', ')}`)
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 100)
    throw new TypeError('redisReplayStore(): prefix must be text of 1 to 100 characters')
  if (typeof timeout !== 'number' || !(timeout >= 0.05 && timeout <= 2))
    throw new TypeError('redisReplayStore(): timeout must be a number of seconds from 0.05 to 2')
  if (!Array.isArray(accept) || !accept.every((risk) => risk === 'eviction' || risk === 'restart'))
    throw new TypeError("redisReplayStore(): accept is a list of 'eviction' and 'restart'")
  if (typeof onWarning !== 'function') throw new TypeError('redisReplayStore(): onWarning must be a function')
  const given = new Set<string>()
  const warn = (message: string): void => {
    if (!given.has(message)) onWarning(message)
    given.add(message)
  }
  return { prefix, timeout, accept: new Set<RedisRisk>(accept), warn, clock }
}

function emitWarning(message: string): void {
  process.emitWarning(message, 'JobpassWarning')
}

/** Runs work once for all concurrent callers, and again after a failure. */
function untilItSucceeds(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work().catch((failure: unknown) => {
      running = undefined
      throw failure
    })
    return running
  }
}

/** Wraps commands so that each fails while the connection is down, and after a time limit. */
function limited(commands: Commands, milliseconds: number): Commands {
  const limit =
    <A extends readonly unknown[]>(command: (...args: A) => Promise<unknown>) =>
    async (...args: A): Promise<unknown> => {
      if (commands.isDown()) throw new Error('the connection to Redis is down')
      return inTime(command(...args), milliseconds)
    }
  const { isDown, setIfAbsent, replace, exists, timeLeft, info } = commands
  return {
    isDown,
    setIfAbsent: limit(setIfAbsent),
    replace: limit(replace),
    exists: limit(exists),
    timeLeft: limit(timeLeft),
    info: limit(info),
  }
}

/**
 * A claim without a timely answer may still have been made; the token is then used up, and not
 * admitted.
 */
async function inTime<T>(work: Promise<T>, milliseconds: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Redis took longer than ${milliseconds} ms`)), milliseconds)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
