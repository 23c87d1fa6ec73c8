// Every supported client, in its published version, fulfils one contract on a real Redis; all
// others are refused before anything is admitted.

import type { ChildProcess } from 'node:child_process'
import type { ReplayStore } from '@jobpass/core'
import { redisReplayStore } from '@jobpass/stores/redis'
import type { RedisClient } from '@jobpass/stores/redis'
import { Redis } from 'ioredis'
import { createClient, createClientPool } from 'redis'
import { createClient as createClient4 } from 'redis-4'
import { createClient as createClient5 } from 'redis-5'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { manualClock, now } from '@jobpass/testing/internal'
import { ask, ciToken, service } from '../exchange/service.ts'
import { testContract } from './contract.ts'
import { freePort, installed, startRedis, stop } from './redis-server.ts'

let redis: ChildProcess
let port: number
const closing: (() => unknown)[] = []
beforeAll(async () => {
  if (!installed) return
  port = await freePort()
  redis = await startRedis(port)
})
afterAll(async () => {
  for (const close of closing) await close()
  if (installed) await stop(redis)
})

const accept = ['eviction', 'restart'] as const
const url = (): string => `redis://127.0.0.1:${port}`

async function client6() {
  const client = await createClient({ url: url() })
    .on('error', () => {})
    .connect()
  closing.push(() => client.destroy())
  return client
}

async function client4(options: { legacyMode?: true } = {}) {
  const client = createClient4({ url: url(), ...options }).on('error', () => {})
  await client.connect()
  closing.push(() => client.disconnect())
  return client
}

const clients: readonly [string, () => Promise<RedisClient>][] = [
  ['node-redis 4', () => client4()],
  [
    'node-redis 5',
    async () => {
      const client = await createClient5({ url: url() })
        .on('error', () => {})
        .connect()
      closing.push(() => client.destroy())
      return client
    },
  ],
  ['node-redis 6', client6],
  [
    'a pool of node-redis 6',
    async () => {
      const pool = createClientPool({ url: url() })
      await pool.connect()
      closing.push(() => pool.destroy())
      return pool
    },
  ],
  [
    'ioredis 5',
    async () => {
      const client = new Redis(port, '127.0.0.1').on('error', () => {})
      closing.push(() => client.disconnect())
      return client
    },
  ],
  [
    'ioredis 5 that connects at its first command',
    async () => {
      const client = new Redis(port, '127.0.0.1', { lazyConnect: true }).on('error', () => {})
      closing.push(() => client.disconnect())
      return client
    },
  ],
  [
    'any client by sendCommand',
    async () => {
      const client = await client6()
      return { sendCommand: (...args) => client.sendCommand(args) }
    },
  ],
]

/** A store whose server is down. */
function unreachable(): ReplayStore {
  const client = new Redis(1, '127.0.0.1').on('error', () => {})
  closing.push(() => client.disconnect())
  return redisReplayStore(client, { accept })
}

const inAMinute = (): number => Date.now() / 1000 + 60

describe.runIf(installed).each(clients)('S2: %s', (name, connect) => {
  const prefix = `${name}:`
  let client: RedisClient
  let store: Required<ReplayStore>
  const raw = client6
  beforeAll(async () => {
    client = await connect()
    store = redisReplayStore(client, { prefix, accept }) as Required<ReplayStore>
  })
  testContract(() => ({
    open: () => redisReplayStore(client, { prefix, accept }),
    openApart: () => redisReplayStore(client, { prefix: `other ${prefix}`, accept }),
    openUnreachable: unreachable,
  }))

  test('a key expires in Redis at the end of its claim, under the prefix', async () => {
    expect(await store.claim('a', inAMinute())).toBe('first')
    const left = await (await raw()).pTTL(`${prefix}a`)
    expect(left).toBeGreaterThan(0)
    expect(left).toBeLessThanOrEqual(60_000)
  })

  test('a later mark extends a mark, and an earlier one does not shorten it, in any order', async () => {
    const client = await raw()
    const now = Date.now() / 1000
    const left = async (key: string): Promise<number> => (await client.pTTL(prefix + key)) / 1000
    await store.mark('m', now + 100)
    await store.mark('m', now + 5000)
    expect(await left('m')).toBeGreaterThan(4900)
    await store.mark('m', now + 100)
    expect(await left('m')).toBeGreaterThan(4900)
    const ends = Array.from({ length: 30 }, (_, index) => now + 100 + ((index * 7) % 30) * 100)
    await Promise.all(ends.map(async (end) => store.mark('parallel marks', end)))
    expect(await left('parallel marks')).toBeGreaterThan(2900)
  })

  test('S1: a run that is revoked twice within an hour gets no token while Redis expires keys', async () => {
    const client = await raw()
    const own = `${prefix}revoked:`
    // An hour passes for the keys of this test: each has that much less to live, or is gone.
    const pass = async (seconds: number): Promise<void> => {
      for (const key of await client.keys(`${own}*`)) {
        const left = (await client.pTTL(key)) - seconds * 1000
        await client.pExpire(key, Math.max(0, left))
      }
    }
    // The clock of the exchange's tests is stopped, and the store uses the same.
    const clock = manualClock(now)
    const store = redisReplayStore(await connect(), { prefix: own, accept, clock })
    const { exchange } = await service({}, { replay: { store }, clock })
    const run = { issuer: 'https://token.actions.githubusercontent.com', runId: '19872285394' }
    const code = async (): Promise<unknown> => (await ask(exchange, { subject_token: ciToken() })).body['code']
    expect(await code()).toBeUndefined()
    await exchange.revoke({ run })
    await pass(3600)
    await exchange.revoke({ run })
    await pass(25 * 3600)
    expect(await code()).toBe('token_revoked')
    // The request extended the mark.
    await pass(25 * 3600)
    expect(await code()).toBe('token_revoked')
    // A run without requests for longer than any of its tokens is valid is forgotten.
    await pass(27 * 3600)
    expect(await client.keys(`${own}*`)).toEqual([])
  })
})

describe.runIf(installed)('S2: a client or server that cannot detect a used key is refused', () => {
  const refused = async (client: RedisClient, message: string): Promise<void> => {
    const store = redisReplayStore(client, { accept })
    await expect(store.claim('x', inAMinute())).rejects.toThrow(message)
    await expect(store.mark?.('x', inAMinute())).rejects.toThrow(message)
    await expect(store.seen?.('x')).rejects.toThrow(message)
  }

  /** Drops some arguments of SET. */
  const dropping = async (...dropped: readonly string[]): Promise<RedisClient> => {
    const client = await client6()
    return {
      sendCommand: (command, ...args) =>
        client.sendCommand([
          command,
          ...(command === 'SET'
            ? args.filter(
                (arg, index) => !dropped.includes(arg) && !(dropped.includes('PX') && args[index - 1] === 'PX'),
              )
            : args),
        ]),
    }
  }

  test('S2: a client that ignores NX is refused', async () =>
    refused(await dropping('NX'), 'SET with NX set a key twice'))
  test('S2: a client that ignores the expiry is refused', async () =>
    refused(await dropping('PX'), 'a key does not expire'))
  test('S2: node-redis 4 in legacy mode is refused', async () =>
    refused((await client4({ legacyMode: true })) as unknown as RedisClient, 'without legacyMode'))
  test('S2: ioredis that returns numbers as text is refused', async () => {
    const client = new Redis(port, '127.0.0.1', { stringNumbers: true })
    closing.push(() => client.disconnect())
    await refused(client, 'EXISTS does not find what was set')
  })
})

describe('S2: an unsupported client is a TypeError', () => {
  const command = (): Promise<unknown> => Promise.resolve('OK')
  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['an address', 'redis://127.0.0.1'],
    ['an empty object', {}],
    ['a client with set only', { set: command }],
    ['the client of redis 3', { set: command, exists: command, pttl: command, sendCommand: command }],
    ['the client of @upstash/redis', { set: command, exists: command, pttl: command }],
    ['a keyv store', { set: command, get: command, delete: command }],
  ])('%s', (_, client) => {
    expect(() => redisReplayStore(client as never)).toThrow(TypeError)
    expect(() => redisReplayStore(client as never)).toThrow(
      'takes a connected client of node-redis 4 to 6, such as createClient() of the package redis, or new Redis() of ioredis 5',
    )
  })
})
