/** The statements of SQLite (https://www.sqlite.org/lang_upsert.html). Times are in seconds. */

/** The SQL of each statement, for the quoted name of a table. */
export interface SqliteStatements {
  /** Creates the table and its index unless they exist. */
  readonly create: readonly string[]
  /** Takes key, end, holder or null, and now: changes a row if the key was free for the holder. */
  readonly claim: string
  /** Takes key and end. */
  readonly mark: string
  /** Takes key and now: returns a row if the key is taken. */
  readonly seen: string
  /** Takes a time: deletes up to 200 keys that ended before it. */
  readonly clean: string
}

/** The statements for a table. */
export function sqliteStatements(table: string): SqliteStatements {
  // In a schema, the name of an index has the schema and the name of its table has not.
  const indexed = table.slice(table.lastIndexOf('.') + 1)
  return {
    create: [
      `CREATE TABLE IF NOT EXISTS ${table} (key TEXT PRIMARY KEY, expires_at REAL NOT NULL, claimed_by TEXT) WITHOUT ROWID`,
      `CREATE INDEX IF NOT EXISTS ${table.slice(0, -1)}_ends" ON ${indexed} (expires_at)`,
    ],
    claim: `INSERT INTO ${table} AS claims (key, expires_at, claimed_by) VALUES (?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET expires_at = max(claims.expires_at, excluded.expires_at),
        claimed_by = excluded.claimed_by
      WHERE claims.expires_at <= ? OR claims.claimed_by = excluded.claimed_by`,
    mark: `INSERT INTO ${table} AS claims (key, expires_at) VALUES (?, ?)
      ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE claims.expires_at < excluded.expires_at`,
    seen: `SELECT 1 FROM ${table} WHERE key = ? AND expires_at > ?`,
    clean: `DELETE FROM ${table} WHERE key IN (SELECT key FROM ${table} WHERE expires_at < ? LIMIT 200)`,
  }
}
