/** The database that the store queries, and the errors that say what to do. */

/** A `Pool` of pg (https://www.npmjs.com/package/pg), a `PGlite`, or any other object like them. */
export interface PostgresDatabase {
  /**
   * Runs one statement in a transaction of its own, and resolves to the rows that it returns.
   * Rejects with the `code` of PostgreSQL.
   */
  query(
    text: string,
    values: unknown[],
  ): Promise<{
    /** The rows that the statement returns. */
    readonly rows: readonly unknown[]
  }>
}

/** Runs one statement and returns its rows. */
export type Query = (text: string, ...values: readonly unknown[]) => Promise<readonly unknown[]>

/**
 * How often a statement runs. Of many at once for one key, each round of `REPEATABLE READ` ends at
 * least one.
 */
const attempts = 50
/**
 * `serialization_failure` and `deadlock_detected`: the statement had no effect
 * (https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html).
 */
const repeatable: ReadonlySet<unknown> = new Set(['40001', '40P01'])

/** Repeats what the isolation level made fail, and explains what the administrator must change. */
export function queryOf(database: PostgresDatabase, table: string): Query {
  return async (text, ...values) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return (await database.query(text, [...values])).rows
      } catch (failure) {
        const { code } = failure as { readonly code?: unknown }
        if (repeatable.has(code) && attempt < attempts) continue
        const advice = adviceFor(table)[String(code)]
        throw advice === undefined ? failure : new Error(advice, { cause: failure })
      }
    }
  }
}

/** By the codes of https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const adviceFor = (table: string): Readonly<Record<string, string>> => ({
  '42P01': `The table of the replay store is missing. Run: ${schemaOf(table)}`,
  '42P10': `The column key of ${table} is not unique, and nothing is admitted. Run: ${schemaOf(table)}`,
  '42703': `The table ${table} has other columns than the replay store. Run, or choose another table: ${schemaOf(table)}`,
  '42501': `The role may not use the table of the replay store. Run: GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO …`,
  '25006': 'The replay store is connected to a read replica, or its role is read-only. Connect it to the primary',
})

const schemaOf = (table: string): string =>
  `CREATE TABLE ${table} (key text COLLATE "C" PRIMARY KEY, expires_at timestamptz NOT NULL, claimed_by text); CREATE INDEX ON ${table} (expires_at);`
