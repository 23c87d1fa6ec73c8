/** The database of the registry: PostgreSQL on a server, or embedded with PGlite. */

import { PGlite } from '@electric-sql/pglite'
import type { SqlClient, SqlDatabase } from '@jobpass/publishers'
import { sqlDatabase } from '@jobpass/publishers'
import { Pool } from 'pg'
import { lockFolder } from './folder-lock.ts'
import { schema } from './schema.ts'

export interface Database extends SqlDatabase {
  close(): Promise<void>
}

/** Opens a database in memory, or in a folder that it locks against other processes. */
export async function openDatabase(folder?: string): Promise<Database> {
  if (folder === undefined) return open(await PGlite.create(), (client) => client.close())
  const unlock = lockFolder(folder)
  try {
    return await open(await PGlite.create(folder), (client) => client.close().finally(unlock))
  } catch (failure) {
    unlock()
    throw failure
  }
}

/** Time limits in milliseconds, for a connection and for a query. */
const timeouts = { connectionTimeoutMillis: 3_000, query_timeout: 10_000 }

/** Opens a database on a server: `postgres://user:password@host/database`. */
export async function openServer(url: string): Promise<Database> {
  const pool = new Pool({ connectionString: url, ...timeouts })
  // Without a listener, losing a connection would end the process. The pool makes another.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return open(pool, () => pool.end())
}

async function open<C extends SqlClient>(client: C, close: (client: C) => Promise<void>): Promise<Database> {
  const database = sqlDatabase(client)
  try {
    await database.transaction(async (tx) => {
      for (const statement of schema) await tx.query(statement)
    })
  } catch (failure) {
    await close(client)
    throw failure
  }
  return { ...database, close: () => close(client) }
}
