/** The store: claims, marks and looks, each within a time limit, after the server has been proven. */

import type { ReplayStore } from '@jobpass/core'
import type { Commands, RedisClient } from './client.ts'
import { commandsOf } from './client.ts'
import type { RedisRisk } from './durability.ts'
import { checkDurability } from './durability.ts'
import { prove } from './proof.ts'

/** How claims are kept. */
export interface RedisReplayOptions {
  /** What keys begin with, 1 to 100 characters. Default `'jobpass:'`. */
  readonly prefix?: string
  /** Seconds after which an answer is not waited for, 0.05 to 2. Default 1. */
  readonly timeout?: number
  /**
   * Risks that you accept: `'eviction'` where the server may evict keys (else the store refuses to work), `'restart'` where it has no append-only file (else a warning).
   * Default: none.
   */
  readonly accept?: readonly RedisRisk[]
  /** Receives warnings about the server, once each. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
  /** Time in milliseconds since 1970, for tests. Default: `Date`. */
  readonly clock?: { now(): number }
}

const names = ['prefix', 'timeout', 'accept', 'onWarning', 'clock']

/**
 * A replay store on Redis (from 6.2) or Valkey: `SET key NX PX` for a claim (https://redis.io/docs/latest/commands/set/), `SET key GET PX` for a mark, `EXISTS` for a look, each
 * one round trip on one key. Before its first use, and already when it is made where the client is connected, it proves on a random key that a key is set once and expires, and
 * reads what the server can forget.
 *
 * Throws a `TypeError` for a client that is not known to work, and for options out of range.
 *
 * @example
 * ```ts
 * const client = await createClient({ disableOfflineQueue: true }).on('error', log).connect()
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
  // Problems show at start; whatever fails now is met again at the first use.
  ready().catch(() => {})
  const left = (end: number): number => Math.max(1, Math.ceil(end - clock.now()))
  return Object.freeze({
    claim: async (key: string, expiresAt: number) => {
      await ready()
      const answer = await commands.setIfAbsent(prefix + key, '1', left(expiresAt * 1000))
      // Anything but the two answers that the command has is left to the caller, who refuses it.
      return (answer === 'OK' ? 'first' : answer === null ? 'seen' : 'neither') as 'first' | 'seen'
    },
    mark: async (key: string, expiresAt: number) => {
      await ready()
      // A mark holds the time when it ends, so that one that ends later is put back: the key is there all the while.
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

/** Runs work once for all who ask, and again after it failed. */
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

/** The same commands, each refused while the connection is down, and given up after a time. */
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

/** A claim that is not answered in time may have been made all the same: the token is used up then, and not admitted. */
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
