// The replay store on a real PostgreSQL, at each isolation level, and on PGlite.

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { PGlite } from '@electric-sql/pglite'
import type { ReplayStore } from '@jobpass/core'
import { postgresReplayStore } from '@jobpass/stores/postgres'
import type { PostgresReplayOptions } from '@jobpass/stores/postgres'
import { Pool } from 'pg'
import type { PoolConfig } from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import { testContract } from './contract.ts'
import type { TestServer } from './postgres-server.ts'
import { postgresInstalled, startPostgres } from './postgres-server.ts'

const schema = (table: string): string =>
  `CREATE TABLE ${table} (key text COLLATE "C" PRIMARY KEY, expires_at timestamptz NOT NULL, claimed_by text); CREATE INDEX ON ${table} (expires_at)`
const inAMinute = (): number => Date.now() / 1000 + 60

/** After each test. */
const cleanup: (() => unknown)[] = []
afterEach(async () => {
  for (const each of cleanup.splice(0).toReversed()) await each()
})

const open = (options: PoolConfig): Pool => {
  const pool = new Pool(options).on('error', () => {})
  cleanup.push(() => pool.end())
  return pool
}
let server: TestServer
const poolAt = (settings?: Readonly<Record<string, string>>): Pool => open({ connectionString: server.url(settings) })

/** A store with its warnings. */
function storeOn(pool: Pool | PGlite, options: PostgresReplayOptions = {}) {
  const warnings: string[] = []
  const store = postgresReplayStore(pool, { onWarning: (text) => void warnings.push(text), ...options })
  return { store: store as Required<ReplayStore>, warnings }
}

const failure = async (work: unknown): Promise<string> =>
  Promise.resolve(work).then(
    (answer) => `answered ${String(answer)}`,
    (error: unknown) => (error as Error).message,
  )

describe.runIf(postgresInstalled)('on PostgreSQL', () => {
  beforeAll(async () => {
    // Many claims at once would wait for a slow disk.
    server = await startPostgres('fsync=off')
    await poolAt().query(`CREATE SCHEMA auth; ${schema('jobpass_claims')}; ${schema('auth.claims')}`)
  })
  afterAll(() => server.remove())

  describe.each(['read committed', 'repeatable read', 'serializable'])('at isolation level %s', (isolation) => {
    const pools: Pool[] = []
    beforeAll(() => {
      const connectionString = server.url({ default_transaction_isolation: isolation })
      for (let count = 0; count < 2; count++) pools.push(new Pool({ connectionString }))
      pools.push(new Pool({ port: 1, host: '127.0.0.1' }))
    })
    afterAll(() => Promise.all(pools.map((pool) => pool.end())))
    // Two processes.
    let opened = 0
    const store = (options: PostgresReplayOptions, pool = pools[opened++ % 2] as Pool): ReplayStore =>
      postgresReplayStore(pool, { timeout: 2, accept: ['crash'], ...options })
    testContract(() => ({
      open: () => store({}),
      openApart: () => store({ table: 'auth.claims' }),
      openUnreachable: () => store({}, pools[2]),
    }))
  })

  test('a server that accepts connections and never answers is an outage', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const pool = open({ host: '127.0.0.1', port: (silent.address() as AddressInfo).port, connectionTimeoutMillis: 100 })
    const { store } = storeOn(pool, { timeout: 0.05 })
    expect(await failure(store.claim('a', inAMinute()))).toBe('PostgreSQL took longer than 50 ms')
    silent.close()
  })

  test('a restart of the server is an outage, and claims outlive it', async () => {
    const own = await startPostgres()
    cleanup.push(() => own.remove())
    const pool = open({ connectionString: own.url() })
    await pool.query(schema('jobpass_claims'))
    const { store, warnings } = storeOn(pool)
    expect(await store.claim('a', inAMinute())).toBe('first')
    own.kill()
    expect(await failure(store.claim('b', inAMinute()))).not.toContain('answered')
    own.start()
    expect([await store.claim('a', inAMinute()), await store.claim('b', inAMinute())]).toEqual(['seen', 'first'])
    expect(warnings).toEqual([])
  })

  test('a missing table is an error with the SQL that creates it', async () => {
    const { store } = storeOn(poolAt(), { table: 'auth.missing' })
    const message = await failure(store.claim('a', inAMinute()))
    const [, sql = ''] = /^The table of the replay store is missing. Run: (.*)$/.exec(message) ?? []
    await poolAt().query(sql)
    expect(await store.claim('a', inAMinute())).toBe('first')
  })

  test.each<[string, string, Readonly<Record<string, string>>, string]>([
    [
      'without a unique key',
      'CREATE TABLE TABLE_NAME (key text, expires_at timestamptz, claimed_by text)',
      {},
      'is not unique',
    ],
    ['with other columns', 'CREATE TABLE TABLE_NAME (id text PRIMARY KEY)', {}, 'has other columns'],
    [
      'of a read-only role',
      schema('TABLE_NAME'),
      { default_transaction_read_only: 'on' },
      'connected to a read replica, or its role is read-only',
    ],
    ['that its role may only read', schema('TABLE_NAME'), { role: 'reader' }, 'GRANT SELECT, INSERT, UPDATE'],
  ])('a table %s is refused, and nothing is admitted', async (what, sql, settings, message) => {
    const table = `claims_${what.replaceAll(/\W/g, '_')}`
    const admin = poolAt()
    if (settings['role'] !== undefined) await admin.query('CREATE ROLE reader; GRANT jobpass TO reader')
    await admin.query(sql.replaceAll('TABLE_NAME', table))
    if (settings['role'] !== undefined)
      await admin.query(`REVOKE jobpass FROM reader; GRANT SELECT ON ${table} TO reader`)
    const { store } = storeOn(poolAt(settings), { table })
    for (const call of [() => store.claim('a', inAMinute()), () => store.mark('a', 1), () => store.seen('a')])
      expect(await failure(call())).toContain(message)
  })

  test('a standby is refused as a read replica', async () => {
    const replica = await server.standby()
    cleanup.push(() => replica.remove())
    expect(await failure(storeOn(open({ connectionString: replica.url() })).store.seen('a'))).toContain(
      'connected to a read replica',
    )
  })

  test('SELECT, INSERT, UPDATE and DELETE on the table suffice', async () => {
    const admin = poolAt()
    await admin.query(schema('granted'))
    await admin.query('CREATE ROLE api; GRANT SELECT, INSERT, UPDATE, DELETE ON granted TO api')
    const { store } = storeOn(poolAt({ role: 'api' }), { table: 'granted' })
    expect([await store.claim('a', inAMinute()), await store.seen('a')]).toEqual(['first', true])
  })

  test('settings that lose claims in a crash are warned about, unless accepted', async () => {
    const admin = poolAt()
    await admin.query(schema('unlogged').replace('CREATE TABLE', 'CREATE UNLOGGED TABLE'))
    const pool = poolAt({ synchronous_commit: 'off' })
    const { store, warnings } = storeOn(pool, { table: 'unlogged' })
    expect(await store.claim('a', inAMinute())).toBe('first')
    expect(warnings.map((text) => text.slice(0, 56))).toEqual([
      'PostgreSQL can lose claims: the table is UNLOGGED, so th',
      'PostgreSQL can lose claims: fsync is off, so that a cras',
      'PostgreSQL can lose claims: synchronous_commit is off, s',
    ])
    const accepting = storeOn(pool, { table: 'unlogged', accept: ['crash'] })
    expect([await accepting.store.claim('a', inAMinute()), accepting.warnings]).toEqual(['seen', []])
  })

  describe('synchronous_commit and full_page_writes', () => {
    const levels = ['on', 'remote_apply', 'remote_write', 'local', 'off'] as const
    const full = 'PostgreSQL can lose claims: full_page_writes is off'
    const none = 'PostgreSQL can lose claims: synchronous_commit is off'
    const early = 'PostgreSQL can lose claims: synchronous_commit is local or remote_write'
    let own: TestServer
    beforeAll(async () => {
      own = await startPostgres('full_page_writes=off')
      await open({ connectionString: own.url() }).query(schema('jobpass_claims'))
    })
    afterAll(() => own.remove())

    /** What each level answers to a claim, and warns of. */
    const outcomes = async () => {
      const rows: [string, string, ...string[]][] = []
      for (const level of levels) {
        const pool = new Pool({ connectionString: own.url({ synchronous_commit: level }) }).on('error', () => {})
        pools.push(pool)
        const { store, warnings } = storeOn(pool, { timeout: 0.5 })
        const answer = (await failure(store.claim(crypto.randomUUID(), inAMinute()))).split(' ')[1] ?? ''
        rows.push([level, answer, ...warnings.map((text) => text.slice(0, text.indexOf(', ')))])
      }
      return rows
    }
    const pools: Pool[] = []
    afterAll(() => Promise.all(pools.map((pool) => pool.end())))

    test('without a synchronous standby, only off loses claims', async () => {
      expect(await outcomes()).toEqual([
        ['on', 'first', full],
        ['remote_apply', 'first', full],
        ['remote_write', 'first', full],
        ['local', 'first', full],
        ['off', 'first', full, none],
      ])
    })

    test('with a synchronous standby that is away, on and stricter refuse claims, and others are warned about', async () => {
      const admin = open({ connectionString: own.url() })
      await admin.query("ALTER SYSTEM SET synchronous_standby_names = '*'")
      await admin.query('SELECT pg_reload_conf()')
      await expect
        .poll(async () => (await admin.query('SHOW synchronous_standby_names')).rows)
        .toEqual([{ synchronous_standby_names: '*' }])
      expect(await outcomes()).toEqual([
        ['on', 'took', full],
        ['remote_apply', 'took', full],
        ['remote_write', 'took', full, early],
        ['local', 'first', full, early],
        ['off', 'first', full, none],
      ])
      // Commits that wait for the standby end with the server.
      own.kill()
    })
  })

  test('each hundredth claim deletes up to two hundred keys that ended more than an hour ago', async () => {
    const admin = poolAt()
    await admin.query(schema('cleaned'))
    const count = async (): Promise<number> => Number((await admin.query('SELECT count(*) FROM cleaned')).rows[0].count)
    const clock = manualClock(1_000_000)
    const { store } = storeOn(poolAt(), { table: 'cleaned', clock })
    for (let index = 0; index < 99; index++) await store.claim(`a${index}`, 1_000_060)
    // The 99 claims, and the key of the proof.
    expect(await count()).toBe(100)
    clock.advance(3600)
    await store.claim('b', 1_010_000)
    for (let index = 0; index < 99; index++) await store.claim(`c${index}`, 1_010_000)
    expect(await count()).toBeGreaterThanOrEqual(200)
    clock.advance(61)
    await store.claim('d', 1_010_000)
    await expect.poll(count).toBe(101)
  })

  test('a claim that is repeated for an isolation level fifty times fails', async () => {
    let calls = 0
    const database = {
      query: () => {
        calls++
        return Promise.reject(Object.assign(new Error('could not serialize access'), { code: '40001' }))
      },
    }
    expect(await failure(postgresReplayStore(database, { accept: ['crash'] }).seen?.('a'))).toContain('serialize')
    expect(calls % 50).toBe(0)
  })
})

describe('on PGlite', () => {
  let database: PGlite
  beforeAll(async () => {
    database = new PGlite()
    await database.exec(`CREATE SCHEMA auth; ${schema('jobpass_claims')}; ${schema('auth.claims')}`)
  })
  afterAll(() => database.close())

  testContract(() => ({
    open: () => postgresReplayStore(database, { accept: ['crash'], timeout: 2 }),
    openApart: () => postgresReplayStore(database, { accept: ['crash'], timeout: 2, table: 'auth.claims' }),
    openUnreachable: async () => {
      const closed = new PGlite()
      await closed.close()
      return postgresReplayStore(closed)
    },
  }))

  test('PGlite belongs to one process, and does not wait for the disk', async () => {
    const { store, warnings } = storeOn(database)
    expect([store.perProcess, await store.seen('a')]).toEqual([true, false])
    expect(warnings).toEqual([expect.stringContaining('fsync is off')])
  })
})

describe('the options of a store on PostgreSQL', () => {
  const database = { query: () => Promise.resolve({ rows: [] }) }
  test.each<[string, () => unknown, string]>([
    ['no database', () => postgresReplayStore(undefined as never), 'takes a Pool of pg'],
    ['a table that is no name', () => postgresReplayStore(database, { table: 'a; DROP TABLE b' }), 'must be a name'],
    ['a quoted table', () => postgresReplayStore(database, { table: '"a"' }), 'must be a name'],
    ['an empty schema', () => postgresReplayStore(database, { table: '.a' }), 'must be a name'],
    ['a long wait', () => postgresReplayStore(database, { timeout: 3 }), 'timeout must be a number'],
    [
      'an unknown risk',
      () => postgresReplayStore(database, { accept: ['all'] as never }),
      "accept is a list of 'crash'",
    ],
    ['an unknown option', () => postgresReplayStore(database, { prefix: 'a' } as object), "has no 'prefix'"],
    ['no function for warnings', () => postgresReplayStore(database, { onWarning: 1 as never }), 'must be a function'],
  ])('%s is a TypeError', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test('a database that returns no row for a claim is refused before anything is admitted', async () => {
    const { store } = storeOn(database as unknown as Pool)
    expect(await failure(store.claim('a', inAMinute()))).toBe(
      'PostgreSQL does not do what one-time use needs, and nothing is admitted: a new key could not be claimed',
    )
  })
})
