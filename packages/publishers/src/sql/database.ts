/**
 * A database that survives conflicts and outages. Transactions that PostgreSQL aborted because of a
 * conflict are run again, as it recommends
 * (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
 */

import type { Clock } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { limited } from '../model/limited.ts'
import { StoreUnavailable } from '../model/store-unavailable.ts'
import { systemClock } from '../model/system-clock.ts'
import type { SqlClient, SqlSession, Transactions } from './client.ts'
import { transactionsOf } from './client.ts'
import { isConflict } from './sql-state.ts'

/** A database with transactions that are retried. */
export interface SqlDatabase extends SqlSession {
  /**
   * Runs a transaction. `run` is called again, up to 15 times, if PostgreSQL aborted it because of
   * a conflict.
   */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>
}

/** The options of `sqlDatabase`, for tests. */
export interface SqlDatabaseOptions {
  /** Time, and the pauses between attempts. Default: those of the system. */
  readonly clock?: Clock
}

/** Maximum number of attempts of a transaction. */
const mostAttempts = 15

/** Time limit of a query or transaction with all of its attempts: milliseconds. */
const timeLimit = 10_000

/**
 * Makes a database that retries conflicts, from a `Pool` of pg or a PGlite. A query or transaction
 * has 10 s, all attempts included. A transaction that has not sent its commit by then changes
 * nothing.
 *
 * Errors of the client that mean that the server is unreachable, full or shutting down reject with
 * `StoreUnavailable`, and so do conflicts that last. Other errors are passed on, and so is every
 * error of your own function in a transaction.
 *
 * @throws {TypeError} for any other client.
 * @example
 * ```ts
 * const database = sqlDatabase(new pg.Pool({ connectionString: process.env.DATABASE_URL }))
 * const { rows } = await database.query('select name from projects where account = $1', ['acme'])
 * ```
 */
export function sqlDatabase(client: SqlClient, options: SqlDatabaseOptions = {}): SqlDatabase {
  const { clock = systemClock } = readOptions<SqlDatabaseOptions>('sqlDatabase()', options, { clock: true })
  const engine: Transactions = transactionsOf(client)
  const retried = <T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> =>
    limited(clock, timeLimit, (signal) => untilDone(() => run(signal), clock, signal))
  return {
    query: (text, values) => retried(() => engine.query(text, values)),
    transaction: (run) =>
      retried((signal) =>
        engine.transaction(async (session) => {
          signal.throwIfAborted()
          const result = await run(session)
          // After the limit, the caller got its answer: the transaction is rolled back.
          signal.throwIfAborted()
          return result
        }),
      ),
  }
}

async function untilDone<T>(run: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    try {
      return await run()
    } catch (failure) {
      if (!isConflict(failure)) throw failure
      if (attempt === mostAttempts || signal.aborted) throw new StoreUnavailable(failure)
    }
    // Random, so that conflicting transactions do not meet again; up to 1 s, so that many of them
    // spread out.
    const pause = Math.random() * Math.min(1_000, 10 * 2 ** attempt)
    await new Promise<void>((resolve) => clock.after(pause, resolve))
  }
}
