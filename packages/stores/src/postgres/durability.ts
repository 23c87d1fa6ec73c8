/** How a server can lose claims in a crash. */

import type { Query } from './database.ts'

/** A way to lose claims: a `'crash'` of the server. */
export type PostgresRisk = 'crash'

/** Why each setting loses what was committed. */
const reasons = {
  table: 'the table is UNLOGGED, so that a crash empties it',
  fsync: 'fsync is off, so that a crash of the machine can lose or break the whole database',
  pages: 'full_page_writes is off, so that a crash of the machine can break the table',
  commit: 'synchronous_commit is off, so that a crash loses what was written in the last second',
  standby:
    'synchronous_commit is local or remote_write, so that claims succeed before the synchronous standby has them on disk, and a failover loses them',
} as const

/**
 * Reads the settings of the server and warns about those that could let a used token in again.
 * Source: https://www.postgresql.org/docs/current/runtime-config-wal.html
 */
export async function checkDurability(query: Query, table: string, warn: (message: string) => void): Promise<void> {
  const [found] = await query(
    `SELECT (SELECT relpersistence <> 'p' FROM pg_class WHERE oid = to_regclass($1)) AS table,
      current_setting('fsync') = 'off' AS fsync, current_setting('full_page_writes') = 'off' AS pages,
      current_setting('synchronous_commit') = 'off' AS commit,
      current_setting('synchronous_commit') IN ('local', 'remote_write')
        AND current_setting('synchronous_standby_names') <> '' AS standby`,
    table,
  )
  for (const [name, reason] of Object.entries(reasons))
    if ((found as Readonly<Record<string, unknown>> | undefined)?.[name] === true)
      warn(
        `PostgreSQL can lose claims: ${reason}. Used tokens are then admitted again, and revocations are forgotten. Change it, or write accept: ['crash']`,
      )
}
