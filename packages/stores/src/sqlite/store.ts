/** The store: claims, marks and lookups as one statement each. */

import type { ReplayStore } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { claimsOf } from '../claims/claims.ts'
import type { Statements } from '../claims/claims.ts'
import type { StoreOptions } from '../claims/options.ts'
import { readTable, readTimeout, readWarnings } from '../claims/options.ts'
import { isInMemory, whileLocked } from './database.ts'
import type { SqliteDatabase } from './database.ts'
import { keepOnDisk } from './durability.ts'
import { sqliteStatements } from './statements.ts'

/** The options of `sqliteReplayStore`. */
export interface SqliteReplayOptions extends StoreOptions {
  /**
   * Name of the table, 1 to 63 characters `a-z`, `0-9` and `_`. The store creates it. Default
   * `'jobpass_claims'`.
   */
  readonly table?: string
  /** Receives that ended claims cannot be deleted, once. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
}

/**
 * Creates a replay store on a file of SQLite (3.24 or newer), for the processes of one machine. A
 * claim is one `INSERT … ON CONFLICT … DO UPDATE` (https://www.sqlite.org/lang_upsert.html), which
 * also takes over a key whose time is past. While another process writes, the store tries again
 * until the time limit, without stopping its process. Each hundredth claim deletes up to 200 keys
 * that ended more than an hour ago.
 *
 * Give it a connection of its own: the store sets `PRAGMA synchronous = EXTRA`, so that a power cut
 * loses no claim, and `busy_timeout = 0`. With `journal_mode` `OFF` or `MEMORY`, it admits nothing.
 * The file has to be on a disk of the machine.
 *
 * @throws {TypeError} for an object without `exec` and `prepare`, and for options out of range.
 *
 * @example
 * ```ts
 * const database = new Database('claims.sqlite')
 * database.pragma('journal_mode = WAL')
 * app.use(workloadAuth({ audience, trust, replay: { store: sqliteReplayStore(database) } }))
 * ```
 */
export function sqliteReplayStore(database: SqliteDatabase, options: SqliteReplayOptions = {}): ReplayStore {
  const call = 'sqliteReplayStore()'
  const given = readOptions<SqliteReplayOptions>(call, options, {
    table: true,
    timeout: true,
    onWarning: true,
    clock: true,
  })
  const { exec, prepare } = (database ?? {}) as Partial<SqliteDatabase>
  if (typeof exec !== 'function' || typeof prepare !== 'function')
    throw new TypeError(`${call} takes a Database of better-sqlite3, or a DatabaseSync of node:sqlite`)
  const timeout = readTimeout(call, given.timeout)
  const table = readTable(call, given.table)
  const sql = sqliteStatements(table)
  database.exec('PRAGMA busy_timeout = 0')
  const run = (text: string, ...values: readonly (string | number | null)[]): Promise<boolean> =>
    whileLocked(timeout, () => {
      if (database.inTransaction === true || database.isTransaction === true)
        throw new Error('The connection of the replay store is in a transaction: give the store its own connection')
      return Number(database.prepare(text).run(...values).changes) > 0
    })
  const statements: Statements = {
    claim: (key, end, now, by) => run(sql.claim, key, end, by ?? null, now),
    mark: async (key, end) => void (await run(sql.mark, key, end)),
    seen: (key, now) => whileLocked(timeout, () => database.prepare(sql.seen).get(key, now) !== undefined),
    clean: async (before) => void (await run(sql.clean, before)),
  }
  const store = claimsOf(statements, {
    service: 'SQLite',
    timeout,
    clock: given.clock ?? Date,
    prepare: async () => {
      await whileLocked(timeout, () => keepOnDisk(database, table))
      for (const each of sql.create) await whileLocked(timeout, () => database.exec(each))
    },
    warn: readWarnings(call, given.onWarning),
  })
  return Object.freeze({ ...store, perProcess: isInMemory(database) })
}
