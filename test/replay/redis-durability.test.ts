// O2: settings of Redis that lose claims are refused or warned about at start, on real servers.

import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ReplayStore } from '@jobpass/core'
import { redisReplayStore } from '@jobpass/stores/redis'
import type { RedisClient, RedisReplayOptions } from '@jobpass/stores/redis'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { createClient as createClient4 } from 'redis-4'
import { afterEach, describe, expect, test } from 'vitest'
import { freePort, installed, startRedis, stop } from './redis-server.ts'

const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each()
})

async function serverWith(...settings: readonly string[]) {
  const port = await freePort()
  const redis: { process: ChildProcess } = { process: await startRedis(port, ...settings) }
  cleanup.push(() => stop(redis.process))
  const restart = async (): Promise<void> => {
    await stop(redis.process)
    redis.process = await startRedis(port, ...settings)
  }
  return { port, restart }
}

async function clientOf(port: number, user = '', RESP: 2 | 3 = 2) {
  const client = createClient({ url: `redis://${user}127.0.0.1:${port}`, RESP }).on('error', () => {})
  await client.connect()
  cleanup.push(() => client.destroy())
  return client
}

async function storeOf(port: number, options: RedisReplayOptions = {}, user = '') {
  const warnings: string[] = []
  const store = redisReplayStore(await clientOf(port, user), {
    onWarning: (text) => void warnings.push(text),
    ...options,
  })
  return { store, warnings }
}

const inAMinute = (): number => Date.now() / 1000 + 60
const outcome = async (store: ReplayStore, key = 'a'): Promise<unknown> => {
  try {
    return await store.claim(key, inAMinute())
  } catch (failure) {
    return failure instanceof Error ? failure.message : failure
  }
}

describe.runIf(installed)('O2: a server that evicts keys', () => {
  test.each(['allkeys-lru', 'allkeys-lfu', 'allkeys-random', 'volatile-lru', 'volatile-ttl', 'volatile-random'])(
    'O2: a server with %s admits nothing, unless that is accepted',
    async (policy) => {
      const { port } = await serverWith('--maxmemory', '3mb', '--maxmemory-policy', policy)
      const { store } = await storeOf(port, { accept: ['restart'] })
      expect(await outcome(store)).toContain(`maxmemory-policy ${policy}`)
      expect(await outcome(store)).toContain("accept: ['eviction']")
      await expect(store.seen?.('a')).rejects.toThrow('nothing is admitted')
      const accepting = await storeOf(port, { accept: ['eviction', 'restart'] })
      expect(await outcome(accepting.store)).toBe('first')
      expect(accepting.warnings).toEqual([])
    },
  )

  test.each<[string, readonly string[]]>([
    ['noeviction', ['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction']],
    ['no limit of memory', ['--maxmemory', '0', '--maxmemory-policy', 'allkeys-lru']],
  ])('O2: a server with %s admits', async (_, settings) => {
    const { port } = await serverWith(...settings)
    const { store, warnings } = await storeOf(port, { accept: ['restart'] })
    expect([await outcome(store), await outcome(store)]).toEqual(['first', 'seen'])
    expect(warnings).toEqual([])
  })

  test('O2: a full server with noeviction refuses claims, and loses none', async () => {
    const { port } = await serverWith('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction')
    const { store } = await storeOf(port, { accept: ['restart'] })
    expect(await outcome(store)).toBe('first')
    const other = await clientOf(port)
    await other.configSet('maxmemory', '1')
    expect(await outcome(store, 'b')).toContain('OOM')
    await other.configSet('maxmemory', '3mb')
    expect([await outcome(store), await outcome(store, 'b')]).toEqual(['seen', 'first'])
  })
})

describe.runIf(installed)('O2: a restart', () => {
  test('O2: a restart without an append-only file loses claims, which causes a warning unless accepted', async () => {
    const { port, restart } = await serverWith()
    const { store, warnings } = await storeOf(port)
    expect(await outcome(store)).toBe('first')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain("Redis runs without 'appendonly yes'")
    await restart()
    const again = await storeOf(port, { accept: ['restart'] })
    expect(await outcome(again.store)).toBe('first')
    expect(again.warnings).toEqual([])
  })

  test('O2: a killed server with an append-only file, written at each command, loses nothing', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'jobpass-redis-'))
    cleanup.push(() => rm(dir, { recursive: true, force: true }))
    const { port, restart } = await serverWith('--appendonly', 'yes', '--appendfsync', 'always', '--dir', dir)
    const { store, warnings } = await storeOf(port)
    expect(await outcome(store)).toBe('first')
    await store.mark?.('run', inAMinute())
    await restart()
    const again = await storeOf(port)
    expect([await outcome(again.store), await again.store.seen?.('run')]).toEqual(['seen', true])
    expect([...warnings, ...again.warnings]).toEqual([])
  })
})

describe.runIf(installed)('O2: an append-only file that is rarely synced', () => {
  const filed = async (...settings: readonly string[]) => {
    const dir = await mkdtemp(join(tmpdir(), 'jobpass-redis-'))
    cleanup.push(() => rm(dir, { recursive: true, force: true }))
    return serverWith('--appendonly', 'yes', '--dir', dir, ...settings)
  }

  const clients: readonly [string, (port: number) => Promise<RedisClient>][] = [
    ['node-redis 6', clientOf],
    ['node-redis 6 by RESP3', (port) => clientOf(port, '', 3)],
    [
      'node-redis 4',
      async (port) => {
        const client = createClient4({ url: `redis://127.0.0.1:${port}` }).on('error', () => {})
        await client.connect()
        cleanup.push(() => client.disconnect())
        return client
      },
    ],
    [
      'ioredis 5',
      async (port) => {
        const client = new Redis(port, '127.0.0.1')
        cleanup.push(() => client.disconnect())
        return client
      },
    ],
    [
      'sendCommand',
      async (port) => {
        const client = await clientOf(port)
        return { sendCommand: (...args) => client.sendCommand(args) }
      },
    ],
  ]

  test.each(clients)('O2: appendfsync no causes a warning by %s, unless accepted', async (_, connect) => {
    const { port } = await filed('--appendfsync', 'no')
    const warnings: string[] = []
    const onWarning = (text: string) => void warnings.push(text)
    expect(await outcome(redisReplayStore(await connect(port), { onWarning }))).toBe('first')
    expect(warnings).toEqual([
      expect.stringMatching(/^Redis runs with 'appendfsync no': after a power cut, .* accept: \['restart'\]$/),
    ])
    warnings.length = 0
    expect(await outcome(redisReplayStore(await connect(port), { onWarning, accept: ['restart'] }))).toBe('seen')
    expect(warnings).toEqual([])
  })

  test.each(['everysec', 'always'])('O2: appendfsync %s causes no warning', async (fsync) => {
    const { port } = await filed('--appendfsync', fsync)
    const { store, warnings } = await storeOf(port)
    expect([await outcome(store), warnings]).toEqual(['first', []])
  })

  test('O2: CONFIG that an ACL or a provider denies causes no outage, and no warning', async () => {
    const limited = await filed('--appendfsync', 'no')
    await (await clientOf(limited.port)).sendCommand(['ACL', 'SETUSER', 'default', '-config'])
    const renamed = await filed('--appendfsync', 'no', '--rename-command', 'CONFIG', '""')
    for (const { port } of [limited, renamed]) {
      const { store, warnings } = await storeOf(port)
      expect([await outcome(store), warnings]).toEqual(['first', []])
    }
  })
})

describe.runIf(installed)('O2: permissions of the Redis user', () => {
  const withRights = async (rights: string) => {
    const { port } = await serverWith()
    const admin = await clientOf(port)
    await admin.sendCommand(['ACL', 'SETUSER', 'jobpass', 'on', '>secret', 'resetkeys', '-@all', ...rights.split(' ')])
    return storeOf(port, {}, 'jobpass:secret@')
  }

  test('O2: +set +get +exists +pttl ~jobpass:* suffice for claims, marks and lookups, with a warning about INFO', async () => {
    const { store, warnings } = await withRights('+set +get +exists +pttl ~jobpass:*')
    expect([await outcome(store), await outcome(store)]).toEqual(['first', 'seen'])
    await store.mark?.('run', inAMinute())
    expect(await store.seen?.('run')).toBe(true)
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('may not read INFO')
  })

  test('O2: +info also lets the store check which claims the server could lose', async () => {
    const { store, warnings } = await withRights('+set +get +exists +pttl +info ~jobpass:*')
    expect(await outcome(store)).toBe('first')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain("without 'appendonly yes'")
  })

  test.each(['set', 'get', 'exists', 'pttl'])('O2: without +%s nothing is admitted', async (missing) => {
    const rights = ['set', 'get', 'exists', 'pttl'].filter((name) => name !== missing).map((name) => `+${name}`)
    const { store } = await withRights(`${rights.join(' ')} ~jobpass:*`)
    expect(await outcome(store)).toContain(`NOPERM`)
  })
})
