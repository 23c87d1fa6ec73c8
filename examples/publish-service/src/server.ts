/**
 * A PostgreSQL server. One that is unreachable, full or shutting down is an outage; service resumes
 * when it is back.
 */

import type { PoolClient } from 'pg'
import { Pool } from 'pg'
import type { Database, Session } from './database.ts'
import { unavailable } from './problem.ts'
import { sqlStateOf } from './retry.ts'

/** Classes of SQLSTATE: connection lost, out of resources, operator intervention, system error. */
const outages: ReadonlySet<string> = new Set(['08', '53', '57', '58'])

/** Time limits in milliseconds, for a connection and for a query. */
const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: 10_000 }

/** Connects on the first query, and again after a lost connection. */
export function connect(url: string): Database {
  const pool = new Pool({ connectionString: url, ...timeouts })
  // Without a listener, losing an idle connection would end the process.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return {
    ...sessionOf(pool),
    transaction: async (run) => {
      const client = await asking(() => pool.connect())
      const session = sessionOf(client)
      try {
        await session.query('begin')
        const result = await run(session)
        await session.query('commit')
        client.release()
        return result
      } catch (failure) {
        await giveBack(client)
        throw failure
      }
    },
    close: () => pool.end(),
  }
}

function sessionOf(engine: Pick<PoolClient, 'query'>): Session {
  return {
    // The SQL decides the columns.
    query: (text, values) => asking(() => engine.query(text, values && [...values]) as Promise<never>),
  }
}

/** Discards a connection whose transaction cannot be ended. */
async function giveBack(client: PoolClient): Promise<void> {
  try {
    await client.query('rollback')
    client.release()
  } catch {
    client.release(true)
  }
}

/** Errors about a statement are passed on; all others are outages. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (failure) {
    const state = sqlStateOf(failure)
    throw state === undefined || outages.has(state.slice(0, 2)) ? unavailable(failure) : failure
  }
}
