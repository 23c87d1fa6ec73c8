/**
 * Repeats transactions that PostgreSQL aborted because of a conflict, as it recommends
 * (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
 */

import { setTimeout } from 'node:timers/promises'
import type { Database } from './database.ts'
import { Problem, unavailable } from './problem.ts'

/** serialization_failure and deadlock_detected. */
const passing: ReadonlySet<unknown> = new Set(['40001', '40P01'])

/** Maximum number of attempts of a transaction. */
export const mostAttempts = 15

/** Waits after an attempt; attempts are counted from 1. */
export type Pause = (attempt: number) => Promise<void>

/**
 * Random, so that conflicting transactions do not meet again; up to 1 s, so that many of them
 * spread out.
 */
const backOff: Pause = (attempt) => setTimeout(Math.random() * Math.min(1_000, 10 * 2 ** attempt))

/** Repeats queries and transactions, at most `mostAttempts` times; then the answer is 503. */
export function retrying(db: Database, pause: Pause = backOff): Database {
  const retried = async <T>(run: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await run()
      } catch (failure) {
        if (!passing.has(sqlStateOf(failure))) throw failure
        if (attempt === mostAttempts) throw unavailable(failure)
      }
      await pause(attempt)
    }
  }
  return {
    query: (text, values) => retried(() => db.query(text, values)),
    transaction: (run) => retried(() => db.transaction(run)),
    close: () => db.close(),
  }
}

/** SQLSTATE of an error (PostgreSQL, Appendix A), or `undefined` for other errors. */
export function sqlStateOf(failure: unknown): string | undefined {
  if (!(failure instanceof Error) || failure instanceof Problem || !('code' in failure)) return undefined
  const { code } = failure
  // System errors have codes too, such as ECONNREFUSED.
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && 'severity' in failure ? code : undefined
}
