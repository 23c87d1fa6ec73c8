/** How a file of SQLite keeps claims when a process or the machine stops. */

import { isInMemory } from './database.ts'
import type { SqliteDatabase } from './database.ts'

/**
 * Lets each commit be on disk when it returns, for the database of a table. Throws if a process
 * that is killed could break the file.
 */
export function keepOnDisk(database: SqliteDatabase, table: string): void {
  const schema = table.includes('.') ? table.slice(0, table.indexOf('.')) : 'main'
  // FULL leaves the end of a rollback journal to the operating system, so that a power cut can undo
  // the last commit: https://www.sqlite.org/pragma.html#pragma_synchronous
  database.exec(`PRAGMA ${schema}.synchronous = EXTRA`)
  // For macOS only, where a sync else ends in the cache of the disk.
  database.exec('PRAGMA fullfsync = ON')
  const { journal_mode: mode } = database.prepare(`PRAGMA ${schema}.journal_mode`).get() as { journal_mode: string }
  if ((mode === 'off' || mode === 'memory') && !isInMemory(database))
    throw new Error(
      `A process that is killed can break the file of the replay store (PRAGMA journal_mode = ${mode}), and nothing is admitted: write PRAGMA journal_mode = WAL`,
    )
}
