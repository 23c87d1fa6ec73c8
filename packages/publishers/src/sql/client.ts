/** Clients of PostgreSQL that are accepted, by their shape: `pg` and PGlite. */

// oxlint-disable typescript/no-unnecessary-type-parameters -- the SQL decides the columns, and its author names their type

import { formatValue } from '@jobpass/core/internal'

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

/** The same calls on either kind of client. Throws a `TypeError` for any other value. */
export function transactionsOf(client: unknown): Transactions {
  if (has(client, 'query') && has(client, 'transaction')) {
    const embedded = client as unknown as TransactionalLike
    return { ...sessionOf(embedded), transaction: (run) => embedded.transaction((tx) => run(sessionOf(tx))) }
  }
  if (has(client, 'query') && has(client, 'connect')) return ofPool(client as unknown as PoolLike)
  throw new TypeError(`A database is a Pool of pg or a PGlite, not ${formatValue(client)}`)
}

const has = (client: unknown, name: string): client is object =>
  typeof client === 'object' &&
  client !== null &&
  typeof (client as Readonly<Record<string, unknown>>)[name] === 'function'

function sessionOf(engine: Queryable): SqlSession {
  return {
    query: (text, values) => engine.query(text, values && [...values]) as Promise<{ readonly rows: readonly never[] }>,
  }
}

function ofPool(pool: PoolLike): Transactions {
  return {
    ...sessionOf(pool),
    transaction: async (run) => {
      const client = await pool.connect()
      try {
        await client.query('begin')
        const result = await run(sessionOf(client))
        await client.query('commit')
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
