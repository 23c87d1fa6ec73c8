/** The store: claims, marks and lookups as one statement each. */

import type { ReplayStore } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { claimsOf } from '../claims/claims.ts'
import type { Statements } from '../claims/claims.ts'
import type { StoreOptions } from '../claims/options.ts'
import { readRisks, readTable, readTimeout, readWarnings } from '../claims/options.ts'
import type { PostgresDatabase, Query } from './database.ts'
import { queryOf } from './database.ts'
import type { PostgresRisk } from './durability.ts'
import { checkDurability } from './durability.ts'

/** The options of `postgresReplayStore`. */
export interface PostgresReplayOptions extends StoreOptions {
  /**
   * Name of the table, 1 to 63 characters `a-z`, `0-9` and `_`, with its schema before a dot if it
   * has one. Default `'jobpass_claims'`.
   */
  readonly table?: string
  /**
   * Risks that you accept. `'crash'`: the server can lose claims when it crashes; otherwise the
   * store then warns. Default: none.
   */
  readonly accept?: readonly PostgresRisk[]
  /** Receives each warning about the database once. Default: `process.emitWarning`. */
  readonly onWarning?: (message: string) => void
}

/**
 * Creates a replay store on PostgreSQL (12 or newer) or PGlite. A claim is one
 * `INSERT … ON CONFLICT … DO UPDATE … RETURNING`
 * (https://www.postgresql.org/docs/current/sql-insert.html), which also takes over a key whose time
 * is past: atomic at each isolation level. Serialization failures are repeated, up to 50 times and
 * within the time limit. Before its first use (at creation, if the database is up) the store tests
 * with a random key that a key is claimed once and ends, and reads which claims the server could
 * lose. Each hundredth claim deletes up to 200 keys that ended more than an hour ago.
 *
 * Give it a pool, never a client in a transaction: a claim that is rolled back was none.
 *
 * @throws {TypeError} for an object without `query`, and for options out of range.
 *
 * @example
 * ```ts
 * // CREATE TABLE jobpass_claims
 * //   (key text COLLATE "C" PRIMARY KEY, expires_at timestamptz NOT NULL, claimed_by text);
 * // CREATE INDEX ON jobpass_claims (expires_at);
 * const pool = new Pool({ connectionString: 'postgres://127.0.0.1/acme' })
 * app.use(workloadAuth({ audience, trust, replay: { store: postgresReplayStore(pool) } }))
 * ```
 */
export function postgresReplayStore(database: PostgresDatabase, options: PostgresReplayOptions = {}): ReplayStore {
  const call = 'postgresReplayStore()'
  const given = readOptions<PostgresReplayOptions>(call, options, {
    table: true,
    timeout: true,
    accept: true,
    onWarning: true,
    clock: true,
  })
  if (typeof (database as Partial<PostgresDatabase> | undefined)?.query !== 'function')
    throw new TypeError(`${call} takes a Pool of pg, a PGlite, or another object with query(text, values)`)
  const table = readTable(call, given.table)
  const accepted = readRisks<PostgresRisk>(call, given.accept, ['crash'])
  const warn = readWarnings(call, given.onWarning)
  const query = queryOf(database, table)
  const store = claimsOf(statementsOf(query, table), {
    service: 'PostgreSQL',
    timeout: readTimeout(call, given.timeout),
    clock: given.clock ?? Date,
    prepare: async () => {
      if (!accepted.has('crash')) await checkDurability(query, table, warn)
    },
    warn,
  })
  // A PGlite, which has a `dataDir`, belongs to one process.
  return Object.freeze({ ...store, perProcess: 'dataDir' in database })
}

const statementsOf = (query: Query, table: string): Statements => ({
  claim: async (key, end, now, by) => {
    const text = `INSERT INTO ${table} AS claims (key, expires_at, claimed_by) VALUES ($1, to_timestamp($2::float8), $4)
      ON CONFLICT (key) DO UPDATE SET expires_at = greatest(claims.expires_at, excluded.expires_at),
        claimed_by = excluded.claimed_by
      WHERE claims.expires_at <= to_timestamp($3::float8) OR claims.claimed_by = excluded.claimed_by RETURNING 1`
    return (await query(text, key, end, now, by ?? null)).length === 1
  },
  mark: async (key, end) => {
    const text = `INSERT INTO ${table} AS claims (key, expires_at) VALUES ($1, to_timestamp($2::float8))
      ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE claims.expires_at < excluded.expires_at`
    await query(text, key, end)
  },
  seen: async (key, now) => {
    const text = `SELECT 1 FROM ${table} WHERE key = $1 AND expires_at > to_timestamp($2::float8)`
    return (await query(text, key, now)).length === 1
  },
  clean: async (before) => {
    const text = `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table}
      WHERE expires_at < to_timestamp($1::float8) ORDER BY expires_at LIMIT 200 FOR UPDATE SKIP LOCKED)`
    await query(text, before)
  },
})
