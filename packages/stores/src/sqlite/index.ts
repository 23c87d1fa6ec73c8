/**
 * The replay store of jobpass on SQLite, for the processes of one machine.
 *
 * @module
 */

export type { SqliteDatabase, SqliteStatement } from './database.ts'
export { sqliteReplayStore } from './store.ts'
export type { SqliteReplayOptions } from './store.ts'
