/** Clients of PostgreSQL that are accepted, by their shape: `pg` and PGlite. */

// oxlint-disable typescript/no-unnecessary-type-parameters -- the SQL decides the columns, and its author names their type

import { formatValue } from '@jobpass/core/internal'
import { StoreUnavailable } from '../model/store-unavailable.ts'
import { isOutage } from './sql-state.ts'

/** Runs queries: a connection, a transaction, or a pool. */
export interface SqlSession {
  /** Runs one statement, with values for `$1`, `$2` and so on. */
  query<R>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{
    /** The rows of the result. */
    readonly rows: readonly R[]
  }>
}

/** What a client calls: its own types declare more. */
export interface Queryable {
  /** Runs one statement. */
  query(
    text: string,
    values?: unknown[],
  ): Promise<{
    /** The rows of the result. */
    readonly rows: readonly unknown[]
  }>
}

/** A `Pool` of [pg](https://www.npmjs.com/package/pg) 8. */
export interface PoolLike extends Queryable {
  /** Takes a connection out of the pool. */
  connect(): Promise<
    Queryable & {
      /** Gives the connection back; with `true`, it is closed. */
      release(destroy?: boolean): void
    }
  >
}

/** A [PGlite](https://www.npmjs.com/package/@electric-sql/pglite), or any client with transactions. */
export interface TransactionalLike extends Queryable {
  /** Runs a transaction, which is rolled back if `run` rejects. */
  transaction<T>(run: (session: Queryable) => Promise<T>): Promise<T>
}

/** A client of PostgreSQL. */
export type SqlClient = PoolLike | TransactionalLike

/** A client with transactions. */
export interface Transactions extends SqlSession {
  /** Runs a transaction, which is rolled back if `run` rejects. */
  transaction<T>(run: (session: SqlSession) => Promise<T>): Promise<T>
}

/**
 * The same calls on either kind of client. Of what they reject with, outages of the client become
 * `StoreUnavailable`; errors of `run` are passed on. Throws a `TypeError` for any other value.
 */
export function transactionsOf(client: unknown): Transactions {
  if (has(client, 'query') && has(client, 'transaction')) return ofEmbedded(client as unknown as TransactionalLike)
  if (has(client, 'query') && has(client, 'connect')) return ofPool(client as unknown as PoolLike)
  throw new TypeError(`A database is a Pool of pg or a PGlite, not ${formatValue(client)}`)
}

const has = (client: unknown, name: string): client is object =>
  typeof client === 'object' &&
  client !== null &&
  typeof (client as Readonly<Record<string, unknown>>)[name] === 'function'

const unavailableIfOutage = (failure: unknown): never => {
  throw isOutage(failure) ? new StoreUnavailable(failure) : failure
}

function sessionOf(engine: Queryable): SqlSession {
  return {
    query: async (text, values) => {
      const result = await engine.query(text, values && [...values]).catch(unavailableIfOutage)
      return result as { readonly rows: readonly never[] }
    },
  }
}

function ofEmbedded(client: TransactionalLike): Transactions {
  return {
    ...sessionOf(client),
    transaction: async (run) => {
      let own: unknown
      const keep = (failure: unknown): never => {
        own = failure
        throw failure
      }
      return client
        .transaction((tx) => run(sessionOf(tx)).catch(keep))
        .catch((failure: unknown) => (failure === own ? keep(failure) : unavailableIfOutage(failure)))
    },
  }
}

function ofPool(pool: PoolLike): Transactions {
  return {
    ...sessionOf(pool),
    transaction: async (run) => {
      const client = await pool.connect().catch(unavailableIfOutage)
      const session = sessionOf(client)
      try {
        await session.query('begin')
        const result = await run(session)
        await session.query('commit')
        client.release()
        return result
      } catch (failure) {
        await rollBack(client)
        throw failure
      }
    },
  }
}

/** Closes a connection whose transaction cannot be ended. */
async function rollBack(client: Awaited<ReturnType<PoolLike['connect']>>): Promise<void> {
  try {
    await client.query('rollback')
    client.release()
  } catch {
    client.release(true)
  }
}
