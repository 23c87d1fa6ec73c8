/**
 * The replay store of jobpass on PostgreSQL or PGlite.
 *
 * @module
 */

export type { PostgresDatabase } from './database.ts'
export type { PostgresRisk } from './durability.ts'
export { postgresReplayStore } from './store.ts'
export type { PostgresReplayOptions } from './store.ts'
