/**
 * The replay store of jobpass on Redis or Valkey: one-time use that holds for every process that shares the server.
 *
 * @module
 */

import type { ReplayStore } from '@jobpass/core'

/** The part of a node-redis client, pool or cluster that is used. */
export interface RedisCommands {
  /** Whether commands go through now; a client that says no is not waited for. */
  readonly isReady?: boolean
  set(
    key: string,
    value: string,
    options: { readonly condition: 'NX'; readonly expiration: { readonly type: 'PX'; readonly value: number } },
  ): Promise<unknown>
  exists(key: string): Promise<unknown>
}

/** How claims are kept. */
export interface RedisReplayOptions {
  /** What keys begin with, 1 to 100 characters. Default `'jobpass:'`. */
  readonly prefix?: string
  /** Seconds after which an answer is not waited for, 0.05 to 2. Default 1. */
  readonly timeout?: number
  /** Time, for tests. Default: `Date`. */
  readonly clock?: { now(): number }
}

/**
 * A replay store on a connected node-redis client, one round trip a claim: `SET key NX PX` (https://redis.io/docs/latest/commands/set/), and `EXISTS` for a look.
 *
 * Throws a `TypeError` for something that is no client, and for options out of range.
 *
 * @example
 * ```ts
 * const client = await createClient({ disableOfflineQueue: true }).on('error', log).connect()
 * app.use(workloadAuth({ audience, trust, replay: { store: redisReplayStore(client) } }))
 * ```
 */
export function redisReplayStore(client: RedisCommands, options: RedisReplayOptions = {}): ReplayStore {
  const { prefix = 'jobpass:', timeout = 1, clock = Date } = options
  if (typeof (client as Partial<RedisCommands> | undefined)?.set !== 'function')
    throw new TypeError(
      'redisReplayStore() takes a connected client of node-redis: createClient() of the package redis',
    )
  const strange = Object.keys(options).find((name) => !['prefix', 'timeout', 'clock'].includes(name))
  if (strange !== undefined)
    throw new TypeError(`redisReplayStore() has no option '${strange}'. Known: prefix, timeout, clock`)
  if (typeof prefix !== 'string' || prefix === '' || prefix.length > 100)
    throw new TypeError('redisReplayStore(): prefix must be text of 1 to 100 characters')
  if (typeof timeout !== 'number' || !(timeout >= 0.05 && timeout <= 2))
    throw new TypeError('redisReplayStore(): timeout must be a number of seconds from 0.05 to 2')
  return Object.freeze({
    claim: async (key: string, expiresAt: number) => {
      if (client.isReady === false) throw new Error('the connection to Redis is down')
      const left = Math.max(1, Math.ceil(expiresAt * 1000 - clock.now()))
      const expiration = { type: 'PX', value: left } as const
      const answer = await inTime(client.set(prefix + key, '1', { condition: 'NX', expiration }), timeout * 1000)
      // Anything but the two answers that the command has is left to the caller, who refuses it.
      return (answer === 'OK' ? 'first' : answer === null ? 'seen' : 'neither') as 'first' | 'seen'
    },
    seen: async (key: string) => {
      if (client.isReady === false) throw new Error('the connection to Redis is down')
      const answer = await inTime(client.exists(prefix + key), timeout * 1000)
      return (answer === 1 ? true : answer === 0 ? false : answer) as boolean
    },
  })
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
