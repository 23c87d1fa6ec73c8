/**
 * What set-ups lose when a server is lost while tokens are used: as experiments that the tests and
 * `npm run fleet:stores` run.
 */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { startPostgres } from './postgres-server.ts'
import type { Processes } from './processes.ts'
import { freePort, startRedis, stop } from './redis-server.ts'
import { startCluster, startSentinel, switchingProxy, until } from './setups.ts'

/** A set-up of servers that can lose one of them. */
export interface Failing {
  /** The address for `openStore`. */
  readonly address: string
  /** What is done before the loss, such as cutting off the replica. Default: nothing. */
  readonly before?: () => Promise<void>
  /** Loses a server, and has another one or itself in its place. */
  readonly lose: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Tokens that were admitted, and how many of them were admitted again after the loss. */
interface Group {
  readonly admitted: number
  readonly again: number
}

export interface Outcome {
  /** Used before anything happened. */
  readonly earlier: Group
  /** Used after `before`. */
  readonly later: Group
  /** Used while the server was lost. */
  readonly meanwhile: Group
  /** Milliseconds from the loss until each process admits tokens. */
  readonly outage: number
}

/** Uses tokens before, while and after a set-up loses a server. */
export async function loseServer(failing: Failing, processes: Processes, count: number): Promise<Outcome> {
  const earlier = await admitted(processes, count)
  await failing.before?.()
  const later = await admitted(processes, count)
  const start = Date.now()
  const loss = { isOver: false }
  const over = failing
    .lose()
    .then(() => isAdmitting(processes))
    .finally(() => (loss.isOver = true))
  const meanwhile: string[] = []
  while (!loss.isOver) meanwhile.push(...(await admitted(processes, 10)))
  await over
  const outage = Date.now() - start
  const again = async (tokens: readonly string[]): Promise<Group> => ({
    admitted: tokens.length,
    again: (await useAll(processes, tokens)).length,
  })
  return { earlier: await again(earlier), later: await again(later), meanwhile: await again(meanwhile), outage }
}

/** Uses new tokens once each, and returns those that were admitted. */
async function admitted(processes: Processes, count: number): Promise<readonly string[]> {
  return useAll(processes, await Promise.all(Array.from({ length: count }, () => processes.mint())))
}

/** Uses tokens once each, at one process after the other, and returns those that were admitted. */
async function useAll({ use }: Processes, tokens: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (let index = 0; index < tokens.length; index += 20) {
    const statuses = tokens.slice(index, index + 20).map(async (token, nth) => [token, await use(nth, token)] as const)
    for (const [token, status] of await Promise.all(statuses)) {
      if (status === 200) found.push(token)
      else if (status !== 401 && status !== 503) throw new Error(`a use was answered ${status}`)
    }
  }
  return found
}

async function isAdmitting(processes: Processes): Promise<void> {
  for (const index of processes.ports.keys())
    await until('each process admits tokens', async () => (await processes.use(index, await processes.mint())) === 200)
}

async function redisServer(...settings: readonly string[]): Promise<Failing> {
  const [port, dir] = [await freePort(), mkdtempSync(join(tmpdir(), 'jobpass-redis-'))]
  const start = () => startRedis(port, '--dir', dir, ...settings)
  let child = await start()
  return {
    address: `redis://127.0.0.1:${port}`,
    lose: async () => {
      await stop(child)
      child = await start()
    },
    stop: async () => {
      await stop(child)
      rmSync(dir, { recursive: true })
    },
  }
}

async function sentinel(cutOff: boolean, ...settings: readonly string[]): Promise<Failing> {
  const setup = await startSentinel(...settings)
  const before = cutOff ? { before: setup.cutOff } : {}
  return { address: setup.address, ...before, lose: setup.failOver, stop: setup.stop }
}

async function cluster(...settings: readonly string[]): Promise<Failing> {
  const setup = await startCluster(...settings)
  return { address: setup.address, lose: setup.restartOne, stop: setup.stop }
}

/** A PostgreSQL that is killed; its standby takes its place, if it has one. */
async function postgres(
  standby: 'none' | 'asynchronous' | 'synchronous',
  cutOff = false,
  ...settings: readonly string[]
): Promise<Failing> {
  const server = await startPostgres(...settings)
  const run = async (url: string, ...statements: readonly string[]): Promise<readonly unknown[]> => {
    const client = new Client({ connectionString: url })
    await client.connect()
    let rows: readonly unknown[] = []
    for (const each of statements) rows = (await client.query(each)).rows
    await client.end()
    return rows
  }
  await run(
    server.url(),
    'CREATE TABLE jobpass_claims (key text COLLATE "C" PRIMARY KEY, expires_at timestamptz NOT NULL, claimed_by text)',
    'CREATE INDEX ON jobpass_claims (expires_at)',
  )
  const other = standby === 'none' ? undefined : await server.standby()
  const following = (count: number): Promise<void> =>
    until('the standby follows, or not', async () => {
      const rows = await run(server.url(), "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'")
      return rows.length === count
    })
  if (other !== undefined) await following(1)
  if (standby === 'synchronous')
    await run(server.url(), "ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()')
  const proxy = await switchingProxy(server.port)
  const before = async (): Promise<void> => {
    await run(other?.url() ?? '', "ALTER SYSTEM SET primary_conninfo = ''", 'SELECT pg_reload_conf()')
    await following(0)
  }
  return {
    address: server.url().replace(`:${server.port}/`, `:${proxy.port}/`),
    ...(cutOff ? { before } : {}),
    lose: async () => {
      server.kill()
      if (other === undefined) server.start()
      else other.promote()
      proxy.switchTo((other ?? server).port)
    },
    stop: async () => {
      proxy.close()
      other?.remove()
      server.remove()
    },
  }
}

const persistent = (fsync: string): readonly string[] => ['--appendonly', 'yes', '--appendfsync', fsync]
const withReplicas = ['--min-replicas-to-write', '1', '--min-replicas-max-lag', '1']

/** The set-ups by what happens to them. */
export const failures = {
  'Redis without persistence, restarted': () => redisServer(),
  'Redis with appendfsync everysec, killed and restarted': () => redisServer(...persistent('everysec')),
  'Redis with Sentinel, replicas in step': () => sentinel(false),
  'Redis with Sentinel, replicas cut off': () => sentinel(true),
  'Redis with Sentinel, replicas cut off, min-replicas-to-write 1': () => sentinel(true, ...withReplicas),
  'Redis Cluster, a master of three restarted empty': () => cluster(),
  'Redis Cluster, a master of three restarted with appendfsync always': () => cluster(...persistent('always')),
  'PostgreSQL, killed and restarted': () => postgres('none'),
  'PostgreSQL, asynchronous standby in step': () => postgres('asynchronous'),
  'PostgreSQL, asynchronous standby cut off': () => postgres('asynchronous', true),
  'PostgreSQL, synchronous standby in step': () => postgres('synchronous'),
  'PostgreSQL, synchronous standby cut off': () => postgres('synchronous', true),
  'PostgreSQL, synchronous standby cut off, synchronous_commit local': () =>
    postgres('synchronous', true, 'synchronous_commit=local'),
} as const satisfies Record<string, () => Promise<Failing>>
