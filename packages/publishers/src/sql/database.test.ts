import { PGlite } from '@electric-sql/pglite'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { StoreUnavailable } from '../model/store-unavailable.ts'
import { sqlDatabase } from './database.ts'

const client = await PGlite.create()
afterAll(() => client.close())

/** Pauses take no time, and are recorded. */
const pauses: number[] = []
const clock = {
  now: () => 0,
  after: (milliseconds: number, callback: () => void) => {
    if (milliseconds >= 10_000) return () => {}
    pauses.push(milliseconds)
    queueMicrotask(callback)
    return () => {}
  },
}
const database = sqlDatabase(client, { clock })
beforeEach(() => void pauses.splice(0))

const ended = (state: string) => `do $$ begin raise sqlstate '${state}'; end $$`

describe('a transaction that PostgreSQL aborted because of a conflict', () => {
  test.each(['40001', '40P01'])('SQLSTATE %s is retried 15 times, and then an outage', async (state) => {
    await expect(database.query(ended(state))).rejects.toMatchObject({
      name: 'StoreUnavailable',
      cause: { code: state },
    })
    expect(pauses).toHaveLength(14)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_000)
  })

  test('a transaction is retried as a whole', async () => {
    await database.query('create table attempts (number integer)')
    const seen: unknown[] = []
    const result = await database.transaction(async (tx) => {
      await tx.query('insert into attempts values (1)')
      seen.push((await tx.query('select * from attempts')).rows.length)
      if (seen.length < 3) await tx.query(ended('40001'))
      return 'done'
    })
    expect([result, seen, pauses.length]).toEqual(['done', [1, 1, 1], 2])
  })

  test.each(['23505', '42P01', 'P0001'])(
    'SQLSTATE %s is about the statement: neither retried nor an outage',
    async (state) => {
      await expect(database.query(ended(state))).rejects.toMatchObject({ code: state })
      expect(pauses).toEqual([])
    },
  )

  test.each(['57P01', '53300', '08006', '58000'])('SQLSTATE %s is an outage', async (state) => {
    await expect(database.query(ended(state))).rejects.toBeInstanceOf(StoreUnavailable)
  })
})

class Problem extends Error {}
/** A pool of pg, which fails at a statement or at `connect`, or not at all. */
const pool = (failing: string, failure: unknown = new TypeError(failing)) => {
  const sent: string[] = []
  const session = {
    query: async (text: string) => {
      sent.push(text)
      if (text === failing) throw failure
      return { rows: [] }
    },
  }
  const connect = async () => {
    if (failing === 'connect') throw failure
    return { ...session, release: (destroy?: boolean) => void sent.push(`release ${destroy === true}`) }
  }
  return { sent, client: { ...session, connect } }
}

describe.each([
  ['a PGlite', client],
  ['a pool', pool('none').client],
] as const)('of a transaction on %s', (_, either) => {
  // Such as a claim of a project may throw, for which its own calls are unreachable, and not the
  // database.
  test.each([
    new Problem('full'),
    new TypeError('no'),
    new Error('a bug'),
    new AggregateError([], 'nobody answers'),
    new DOMException('took too long', 'TimeoutError'),
    Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
    Object.assign(new Error('another server shuts down'), { code: '57P01', severity: 'FATAL' }),
    'no error at all',
  ])('the error %o of the program is passed on', async (error) => {
    const raised = sqlDatabase(either, { clock }).transaction(async (tx) => {
      await tx.query('select 1')
      throw error
    })
    await expect(raised).rejects.toBe(error)
  })
})

test.each(['connect', 'begin', 'select 1', 'commit'])(
  'a connection that is lost at %s is an outage',
  async (failing) => {
    const lost = new Error('Connection terminated unexpectedly')
    const raised = sqlDatabase(pool(failing, lost).client, { clock }).transaction((tx) => tx.query('select 1'))
    await expect(raised).rejects.toMatchObject({ name: 'StoreUnavailable', cause: lost })
  },
)

test('a PGlite that was closed is an outage', async () => {
  const closed = await PGlite.create()
  await closed.close()
  for (const run of [sqlDatabase(closed).query('select 1'), sqlDatabase(closed).transaction(async () => 'done')])
    await expect(run).rejects.toBeInstanceOf(StoreUnavailable)
})

describe('after 10 s', () => {
  /** A clock whose time limit is over when the test says so. */
  const limit = () => {
    let end = (): void => {}
    const after = (milliseconds: number, callback: () => void) => {
      if (milliseconds >= 10_000) end = callback
      else queueMicrotask(callback)
      return () => {}
    }
    return { clock: { now: () => 0, after }, end: () => end() }
  }

  test('a database that does not answer is an outage', async () => {
    const silent = { query: () => new Promise<never>(() => {}), transaction: () => new Promise<never>(() => {}) }
    const { clock: limited, end } = limit()
    const asked = sqlDatabase(silent, { clock: limited }).query('select 1')
    end()
    await expect(asked).rejects.toBeInstanceOf(StoreUnavailable)
  })

  test('a transaction on a PGlite, which was answered as an outage, changes nothing any more', async () => {
    await client.query('create table late (number integer)')
    const { clock: limited, end } = limit()
    const work = sqlDatabase(client, { clock: limited }).transaction(async (tx) => {
      await tx.query('insert into late values (1)')
      end()
      await tx.query('insert into late values (2)')
    })
    await expect(work).rejects.toBeInstanceOf(StoreUnavailable)
    // A PGlite answers when the transaction has ended.
    expect((await client.query('select * from late')).rows).toEqual([])
  })

  test('a transaction on a pool is rolled back, or not begun', async () => {
    const { client: each, sent } = pool('none')
    const { clock: limited, end } = limit()
    const work = sqlDatabase(each, { clock: limited }).transaction(async (tx) => {
      end()
      await tx.query('select 1')
    })
    await expect(work).rejects.toBeInstanceOf(StoreUnavailable)
    await expect.poll(() => sent).toEqual(['begin', 'select 1', 'rollback', 'release false'])
    sent.length = 0
    const waiting = sqlDatabase(each, { clock: limited }).transaction((tx) => tx.query('select 1'))
    end()
    await expect(waiting).rejects.toBeInstanceOf(StoreUnavailable)
    await expect.poll(() => sent).toEqual(['begin', 'rollback', 'release false'])
  })

  test('neither a statement nor a transaction is run again', async () => {
    const { clock: limited, end } = limit()
    let runs = 0
    const conflict = Object.assign(new Error('conflict'), { code: '40001', severity: 'ERROR' })
    const query = async () => {
      runs += 1
      end()
      throw conflict
    }
    const conflicting = { query, transaction: query }
    for (const run of [
      (each: ReturnType<typeof sqlDatabase>) => each.query('select 1'),
      (each: ReturnType<typeof sqlDatabase>) => each.transaction(async () => 'done'),
    ])
      await expect(run(sqlDatabase(conflicting, { clock: limited }))).rejects.toBeInstanceOf(StoreUnavailable)
    expect(runs).toBe(2)
  })
})

test.each([undefined, null, 'postgres://localhost', {}, { query: () => {} }])('%o is no database', (value) => {
  expect(() => sqlDatabase(value as never)).toThrow('A database is a Pool of pg or a PGlite, not ')
})

describe('a pool', () => {
  test.each([
    ['none', ['begin', 'select 1', 'commit', 'release false']],
    ['select 1', ['begin', 'select 1', 'rollback', 'release false']],
    ['commit', ['begin', 'select 1', 'commit', 'rollback', 'release false']],
  ])('its connection is given back when %s fails', async (failing, expected) => {
    const { sent, client } = pool(failing)
    await sqlDatabase(client)
      .transaction((tx) => tx.query('select 1'))
      .catch(() => {})
    expect(sent).toEqual(expected)
  })

  test('a connection that cannot be rolled back is closed', async () => {
    const { sent, client } = pool('rollback')
    await sqlDatabase(client)
      .transaction(() => Promise.reject(new TypeError('no')))
      .catch(() => {})
    expect(sent).toEqual(['begin', 'rollback', 'release true'])
  })
})
