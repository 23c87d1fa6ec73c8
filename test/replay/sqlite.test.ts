// The replay store on files of SQLite, by better-sqlite3 and by node:sqlite.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReplayStore } from '@jobpass/core'
import type { SqliteDatabase } from '@jobpass/stores/sqlite'
import { sqliteReplayStore } from '@jobpass/stores/sqlite'
import { afterAll, describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import { testContract } from './contract.ts'
import { drivers } from './sqlite-drivers.ts'
import { stop } from './redis-server.ts'

const inAMinute = (): number => Date.now() / 1000 + 60
const failure = async (work: unknown): Promise<string> =>
  Promise.resolve(work).then(
    (answer) => `answered ${String(answer)}`,
    (error: unknown) => (error as Error).message,
  )

describe.each(drivers)('with $name', ({ name, open }) => {
  const folder = mkdtempSync(join(tmpdir(), 'jobpass-sqlite-'))
  const databases: (SqliteDatabase & { close(): unknown })[] = []
  afterAll(() => {
    for (const each of databases) each.close()
    rmSync(folder, { recursive: true })
  })
  let files = 0
  const openFile = (file = `${++files}.sqlite`) => {
    const database = open(join(folder, file))
    database.exec('PRAGMA journal_mode = WAL')
    databases.push(database)
    return database
  }
  const storeOn = (database: SqliteDatabase, options = {}): Required<ReplayStore> =>
    sqliteReplayStore(database, options) as Required<ReplayStore>

  /** Lets better-sqlite3 accept `journal_mode = OFF`, which it ignores otherwise. */
  const undefended = <T extends object>(
    database: T & { unsafeMode?(): unknown; enableDefensive?(to: boolean): unknown },
  ): T => {
    database.unsafeMode?.()
    database.enableDefensive?.(false)
    return database
  }

  testContract(() => ({
    open: () => sqliteReplayStore(openFile('shared.sqlite'), { timeout: 2 }),
    openApart: () => sqliteReplayStore(openFile('shared.sqlite'), { timeout: 2, table: 'other_claims' }),
    openUnreachable: () => {
      const closed = open(join(folder, 'closed.sqlite'))
      const store = sqliteReplayStore(closed)
      closed.close()
      return store
    },
  }))

  test('of fifty claims of a key by four processes, one is the first, in each of five rounds', async () => {
    const program = fileURLToPath(new URL('sqlite-process.ts', import.meta.url))
    const children = Array.from({ length: 4 }, () =>
      fork(program, [name, join(folder, 'processes.sqlite')], {
        execArgv: ['--conditions=@jobpass/source', '--import', 'tsx'],
      }),
    )
    await Promise.all(children.map(async (child) => once(child, 'message')))
    for (let round = 0; round < 5; round++) {
      const answers = children.map(async (child) => {
        child.send(`round ${round}`)
        return (await once(child, 'message'))[0] as readonly string[]
      })
      expect((await Promise.all(answers)).flat().toSorted()).toEqual(['first', ...Array(51).fill('seen')])
    }
    for (const child of children) await stop(child)
    // They were killed, and what they claimed is on disk.
    const store = storeOn(openFile('processes.sqlite'))
    const claims = Array.from({ length: 5 }, async (_, round) => store.claim(`round ${round}`, inAMinute()))
    expect(await Promise.all(claims)).toEqual(Array(5).fill('seen'))
  })

  test('a claim waits for the lock of another process within the time limit, without stopping its own', async () => {
    const [store, other] = [storeOn(openFile('lock.sqlite'), { timeout: 0.2 }), openFile('lock.sqlite')]
    await store.claim('a', inAMinute())
    other.exec('BEGIN IMMEDIATE')
    const late = failure(store.claim('b', inAMinute()))
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(await late).toMatch(/took longer than 200 ms|database is locked/)
    const inTime = store.claim('c', inAMinute())
    other.exec('COMMIT')
    expect([await inTime, await store.seen('b')]).toEqual(['first', false])
  })

  test('a claim within a transaction of the same connection is refused', async () => {
    const database = openFile()
    const store = storeOn(database)
    await store.claim('a', inAMinute())
    database.exec('BEGIN')
    expect(await failure(store.claim('b', inAMinute()))).toContain('give the store its own connection')
    database.exec('ROLLBACK')
    expect(await store.claim('b', inAMinute())).toBe('first')
  })

  test('a table in another file and a table with other columns', async () => {
    const database = openFile()
    database.exec(`ATTACH '${join(folder, 'attached.sqlite')}' AS other; CREATE TABLE strange (id TEXT)`)
    expect(await storeOn(database, { table: 'other.claims' }).claim('a', inAMinute())).toBe('first')
    expect(database.prepare('SELECT count(*) AS n FROM other.claims').get()).toEqual({ n: 2 })
    expect(await failure(storeOn(database, { table: 'strange' }).seen('a'))).toContain('expires_at')
  })

  test.each(['delete', 'truncate', 'persist', 'wal'])(
    'journal_mode %s: each commit is synced to the disk',
    async (mode) => {
      const database = open(join(folder, `${mode}.sqlite`))
      databases.push(database)
      database.exec(`PRAGMA journal_mode = ${mode}; PRAGMA synchronous = OFF`)
      expect(await storeOn(database).claim('a', inAMinute())).toBe('first')
      expect(database.prepare('PRAGMA synchronous').get()).toEqual({ synchronous: 3 })
      expect(database.prepare('PRAGMA fullfsync').get()).toEqual({ fullfsync: 1 })
      expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: mode })
    },
  )

  test.each(['off', 'memory'])('journal_mode %s is refused, with the mode to write', async (mode) => {
    const database = undefended(open(join(folder, `${mode}.sqlite`)))
    databases.push(database)
    database.exec(`PRAGMA journal_mode = ${mode}`)
    const store = storeOn(database)
    for (const call of [() => store.claim('a', inAMinute()), () => store.mark('a', 1), () => store.seen('a')])
      expect(await failure(call())).toBe(
        `A process that is killed can break the file of the replay store (PRAGMA journal_mode = ${mode}), and nothing is admitted: write PRAGMA journal_mode = WAL`,
      )
    database.exec('PRAGMA journal_mode = WAL')
    expect(await store.claim('a', inAMinute())).toBe('first')
  })

  test('a table in another file is synced as that file needs, and its journal is checked', async () => {
    const database = undefended(openFile())
    database.exec(`ATTACH '${join(folder, 'synced.sqlite')}' AS synced; PRAGMA synced.synchronous = OFF`)
    expect(await storeOn(database, { table: 'synced.claims' }).claim('a', inAMinute())).toBe('first')
    expect(database.prepare('PRAGMA synced.synchronous').get()).toEqual({ synchronous: 3 })
    database.exec('PRAGMA synced.journal_mode = OFF')
    expect(await failure(storeOn(database, { table: 'synced.claims' }).seen('a'))).toContain('journal_mode = off')
  })

  test('a database in memory belongs to one process', () => {
    expect([storeOn(open(':memory:')).perProcess, storeOn(openFile()).perProcess]).toEqual([true, false])
  })

  test('each hundredth claim deletes up to two hundred keys that ended more than an hour ago', async () => {
    const database = openFile()
    const count = (): unknown => database.prepare('SELECT count(*) AS n FROM jobpass_claims').get()
    const clock = manualClock(1_000_000)
    const store = storeOn(database, { clock })
    for (let index = 0; index < 99; index++) await store.claim(`a${index}`, 1_000_060)
    expect(count()).toEqual({ n: 100 })
    clock.advance(3661)
    await store.claim('b', 1_010_000)
    expect(count()).toEqual({ n: 1 })
  })
})

test('only drivers of SQLite are accepted', () => {
  for (const database of [undefined, {}, { exec: () => {} }])
    expect(() => sqliteReplayStore(database as never)).toThrow(
      new TypeError('sqliteReplayStore() takes a Database of better-sqlite3, or a DatabaseSync of node:sqlite'),
    )
})
