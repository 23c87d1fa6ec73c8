// One-time use across four processes behind one real Redis: concurrent uses, an outage, and
// expiring keys.

import type { ChildProcess } from 'node:child_process'
import { redisReplayStore } from '@jobpass/stores/redis'
import { createClient } from 'redis'
import { jwtType, tokenExchange } from '../exchange/service.ts'
import type { Processes } from './processes.ts'
import { startProcesses, useAtOnce } from './processes.ts'
import { freePort, installed, startRedis, stop } from './redis-server.ts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

describe.runIf(installed)('four processes behind one Redis', () => {
  let redis: ChildProcess
  let port: number
  let processes: Processes

  beforeAll(async () => {
    port = await freePort()
    redis = await startRedis(port)
    processes = await startProcesses(`redis://127.0.0.1:${port}`, 4)
  })
  afterAll(async () => {
    await processes.stop()
    await stop(redis)
  })

  const mint = (): Promise<string> => processes.mint()
  const call = (index: number, token: string): Promise<number> => processes.use(index, token)
  const read = async (index: number, token: string): Promise<number> => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`http://127.0.0.1:${processes.ports[index % 4]}/read`, { headers })).status
  }

  test('lesson H2: fifty concurrent uses of one token have one success', async () => {
    expect(await useAtOnce(processes, 3)).toEqual([1, 1, 1])
  })

  const exchange = async (index: number, token: string): Promise<readonly [number, unknown]> => {
    const body = { grant_type: tokenExchange, subject_token: token, subject_token_type: jwtType, scope: 'publish' }
    const answer = await fetch(`http://127.0.0.1:${processes.ports[index % 4]}/token`, {
      method: 'POST',
      body: new URLSearchParams(body),
    })
    return [answer.status, ((await answer.json()) as { error?: string }).error]
  }

  test('fifty concurrent exchanges of one token have one success', async () => {
    const token = await mint()
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => exchange(index, token)))
    expect(answers.filter(([status]) => status === 200)).toHaveLength(1)
    expect(answers.filter(([, error]) => error === 'invalid_request')).toHaveLength(49)
  })

  test('Redis contains only digests that expire with their tokens', async () => {
    const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect()
    const keys = (await client.keys('*')).filter((key) => !key.startsWith('jobpass:proof:'))
    expect(keys).toHaveLength(4)
    for (const key of keys) {
      expect(key).toMatch(/^jobpass:[A-Za-z0-9_-]{43}$/)
      const left = await client.pTTL(key)
      // Five minutes of a token's lifetime, five of tolerance and a minute, minus the elapsed time.
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(660_000)
    }
    client.destroy()
  })

  test('lesson H6: no job is admitted while Redis is down, and service resumes when it is back', async () => {
    const tokens = await Promise.all([mint(), mint(), mint()])
    await stop(redis)
    const [first, second] = tokens
    expect([await call(0, first), await call(1, first), await call(2, second)]).toEqual([503, 503, 503])
    expect(await read(3, first)).toBe(200)
    expect(await exchange(1, second)).toEqual([503, 'temporarily_unavailable'])
    redis = await startRedis(port)
    const [, , fresh] = tokens
    let status = 503
    while (status === 503) status = await call(0, fresh)
    expect(status).toBe(200)
  })

  test('a claim expires at its time, and not before', async () => {
    const client = await createClient({ url: `redis://127.0.0.1:${port}` }).connect()
    const store = redisReplayStore(client, { prefix: 'test:', accept: ['restart'] })
    const soon = Date.now() / 1000 + 0.2
    expect([await store.claim('a', soon), await store.claim('a', soon)]).toEqual(['first', 'seen'])
    while ((await client.exists('test:a')) === 1) await new Promise((resolve) => setImmediate(resolve))
    expect(Date.now() / 1000).toBeGreaterThanOrEqual(soon - 0.01)
    expect(await store.seen?.('a')).toBe(false)
    expect(await store.claim('a', soon + 60)).toBe('first')
    expect(await store.seen?.('a')).toBe(true)
    client.destroy()
    await expect(store.claim('b', soon + 60)).rejects.toThrow()
  })
})

describe('a store on Redis', () => {
  /** Answers like Redis, until a test sets another answer. */
  const faked = () => {
    const keys = new Map<string, { readonly value: string; readonly left: number }>()
    const answers: { next?: () => Promise<unknown> } = {}
    const sendCommand = async (command = '', key = '', value = '', ...rest: string[]): Promise<unknown> => {
      if (answers.next !== undefined) return answers.next()
      const before = keys.get(key)
      if (command === 'INFO') return 'maxmemory_policy:noeviction\r\naof_enabled:1\r\n'
      if (command === 'PTTL') return before?.left ?? -2
      if (command === 'EXISTS') return before === undefined ? 0 : 1
      if (command === 'GET') return before?.value ?? null
      if (before !== undefined && rest.includes('NX')) return null
      keys.set(key, { value, left: Number(rest.at(-1)) })
      return rest.includes('GET') ? (before?.value ?? null) : 'OK'
    }
    return { client: { sendCommand }, answers }
  }

  test.each<[string, () => unknown, string]>([
    ['no client', () => redisReplayStore(undefined as never), 'connected client'],
    ['an empty prefix', () => redisReplayStore(faked().client, { prefix: '' }), 'prefix must be text'],
    ['a long wait', () => redisReplayStore(faked().client, { timeout: 3 }), 'timeout must be a number'],
    ['an unknown option', () => redisReplayStore(faked().client, { ttl: 1 } as object), "no 'ttl'"],
    ['an unknown risk', () => redisReplayStore(faked().client, { accept: ['all'] as never }), 'accept is a list of'],
  ])('refuses %s', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('the store refuses any other answer to a claim or a lookup', async () => {
    const { client, answers } = faked()
    const store = redisReplayStore(client)
    expect(await store.claim('a', Date.now() / 1000 + 60)).toBe('first')
    answers.next = () => Promise.resolve('QUEUED')
    expect(await store.claim('a', Date.now() / 1000 + 60)).toBe('neither')
    expect(await store.seen?.('a')).toBe('QUEUED')
  })

  test('the store does not wait for a connection that is down', async () => {
    const never = (): Promise<never> => new Promise(() => {})
    const nodeRedis = { isReady: false, set: never, get: never, exists: never, pTTL: never }
    for (const client of [nodeRedis, { status: 'reconnecting', call: never, pttl: never }]) {
      const down = redisReplayStore(client)
      await expect(down.claim('a', 1)).rejects.toThrow('is down')
      await expect(down.mark?.('a', 1)).rejects.toThrow('is down')
      await expect(down.seen?.('a')).rejects.toThrow('is down')
    }
  })

  test('the store limits the wait for an answer, and for the proof of a hanging server', async () => {
    const { client, answers } = faked()
    const store = redisReplayStore(client, { timeout: 0.05 })
    await store.seen?.('a')
    answers.next = () => new Promise(() => {})
    await expect(store.claim('a', 1)).rejects.toThrow('longer than 50 ms')
    await expect(store.mark?.('a', 1)).rejects.toThrow('longer than 50 ms')
    await expect(store.seen?.('a')).rejects.toThrow('longer than 50 ms')
    const hanging = redisReplayStore(client, { timeout: 0.05 })
    await expect(hanging.claim('a', 1)).rejects.toThrow('longer than 50 ms')
    delete answers.next
    expect(await hanging.claim('b', 1)).toBe('first')
  })
})
