/** The drivers of SQLite that this machine has. */

import { createRequire } from 'node:module'
import type { SqliteDatabase } from '@jobpass/stores/sqlite'
import type Database from 'better-sqlite3'

type OpenDatabase = SqliteDatabase & { close(): unknown }
interface Driver {
  readonly name: 'better-sqlite3' | 'node:sqlite'
  readonly open: (file: string) => OpenDatabase
}

const load = createRequire(import.meta.url)

/** A driver; or nothing, where its addon is for another Node or this Node has no SQLite. */
function driver(name: Driver['name'], makeOpen: () => Driver['open']): readonly Driver[] {
  try {
    const open = makeOpen()
    open(':memory:').close()
    return [{ name, open }]
  } catch (failure) {
    const [reason = ''] = (failure as Error).message.split('\n')
    process.stdout.write(`${name} does not load on Node ${process.version}: its tests are skipped (${reason})\n`)
    return []
  }
}

export const drivers: readonly Driver[] = [
  ...driver('better-sqlite3', () => {
    const BetterSqlite = load('better-sqlite3') as typeof Database
    return (file) => new BetterSqlite(file)
  }),
  // From Node 22.
  ...driver('node:sqlite', () => {
    const { DatabaseSync } = load('node:sqlite') as { DatabaseSync: new (file: string) => OpenDatabase }
    return (file) => new DatabaseSync(file)
  }),
]
