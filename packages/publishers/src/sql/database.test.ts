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

test('errors of the program that runs in a transaction are passed on', async () => {
  class Problem extends Error {}
  for (const error of [new Problem('full'), new TypeError('no')])
    await expect(database.transaction(() => Promise.reject(error))).rejects.toBe(error)
})

test('a database that does not answer is an outage after 10 s', async () => {
  const impatient = { now: () => 0, after: (_: number, callback: () => void) => (queueMicrotask(callback), () => {}) }
  const silent = { query: () => new Promise<never>(() => {}), transaction: () => new Promise<never>(() => {}) }
  await expect(sqlDatabase(silent, { clock: impatient }).query('select 1')).rejects.toBeInstanceOf(StoreUnavailable)
})

test.each([undefined, null, 'postgres://localhost', {}, { query: () => {} }])('%o is no database', (value) => {
  expect(() => sqlDatabase(value as never)).toThrow('A database is a Pool of pg or a PGlite, not ')
})

describe('a pool', () => {
  const pool = (failing: string) => {
    const sent: string[] = []
    const session = {
      query: async (text: string) => {
        sent.push(text)
        if (text === failing) throw new TypeError(text)
        return { rows: [] }
      },
    }
    return {
      sent,
      client: {
        ...session,
        connect: async () => ({
          ...session,
          release: (destroy?: boolean) => void sent.push(`release ${destroy === true}`),
        }),
      },
    }
  }

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
