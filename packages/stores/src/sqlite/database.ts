/** The connection that the store uses. */

/** A prepared statement. */
export interface SqliteStatement {
  /** Runs the statement with values for its parameters. */
  run(...values: (string | number | null)[]): {
    /** How many rows were changed. */
    readonly changes: number | bigint
  }
  /** Runs the statement and returns its first row, or `undefined`. */
  get(...values: (string | number)[]): unknown
}

/**
 * A `Database` of better-sqlite3 (https://www.npmjs.com/package/better-sqlite3) or a `DatabaseSync`
 * of `node:sqlite` (https://nodejs.org/api/sqlite.html).
 */
export interface SqliteDatabase {
  /** Runs statements that return nothing. */
  exec(sql: string): unknown
  /** Prepares a statement. */
  prepare(sql: string): SqliteStatement
  /** Whether a transaction is open, by better-sqlite3. */
  readonly inTransaction?: boolean
  /** Whether a transaction is open, by `node:sqlite`. */
  readonly isTransaction?: boolean
}

/** Whether the database is in no file, so that no other process sees it. */
export function isInMemory(database: SqliteDatabase): boolean {
  // The first one is the main database. Unlike a query, this needs no lock.
  const { file } = database.prepare('PRAGMA database_list').get() as { readonly file: string | null }
  return !file
}

/**
 * Runs work again while another connection holds the lock, until a time limit in milliseconds.
 * SQLite would wait too, and stop the whole process meanwhile.
 */
export async function whileLocked<T>(milliseconds: number, work: () => T): Promise<T> {
  const limit = performance.now() + milliseconds
  for (;;) {
    try {
      return work()
    } catch (failure) {
      if (!isLocked(failure) || performance.now() > limit) throw failure
      // Processes that wait do not meet again.
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 10))
    }
  }
}

/** `SQLITE_BUSY` and its variants (https://www.sqlite.org/rescode.html#busy). */
function isLocked(failure: unknown): boolean {
  const { code, errcode } = failure as { readonly code?: unknown; readonly errcode?: unknown }
  return (typeof code === 'string' && code.startsWith('SQLITE_BUSY')) || (Number(errcode) & 0xff) === 5
}
