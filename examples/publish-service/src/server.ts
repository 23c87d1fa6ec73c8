/** A PostgreSQL server. One that is gone, full or shutting down is an outage, and service resumes with it. */

import type { PoolClient } from 'pg'
import { Pool } from 'pg'
import type { Database, Session } from './database.ts'
import { unavailable } from './problem.ts'
import { sqlStateOf } from './retry.ts'

/** Connection lost, out of resources, stopped by an operator, failure of its system. */
const outages: ReadonlySet<string> = new Set(['08', '53', '57', '58'])

/** Nothing waits for ever: milliseconds for a connection, and for a query on it. */
const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: 10_000 }

/** Connects when there is something to ask, and again after a connection was lost. */
export function connect(url: string): Database {
  const pool = new Pool({ connectionString: url, ...timeouts })
  // Without a listener, a connection that is lost between two queries would end the process.
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
    // Which columns there are is up to the SQL.
    query: (text, values) => asking(() => engine.query(text, values && [...values]) as Promise<never>),
  }
}

/** A connection whose transaction cannot be ended is of no more use. */
async function giveBack(client: PoolClient): Promise<void> {
  try {
    await client.query('rollback')
    client.release()
  } catch {
    client.release(true)
  }
}

/** What the server says of a statement stays itself; the rest is an outage. */
async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (failure) {
    const state = sqlStateOf(failure)
    throw state === undefined || outages.has(state.slice(0, 2)) ? unavailable(failure) : failure
  }
}
