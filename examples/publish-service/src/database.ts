/** The database of the registry: PostgreSQL on a server, or embedded with PGlite. */

import type { PGlite, Transaction } from '@electric-sql/pglite'
import { PGlite as Embedded } from '@electric-sql/pglite'
import { lockFolder } from './folder-lock.ts'
import type { Pause } from './retry.ts'
import { retrying } from './retry.ts'
import { schema } from './schema.ts'
import { connect } from './server.ts'

/** A connection that runs queries. */
export interface Session {
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the SQL decides the columns, and its author names their type
  query<R>(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly R[] }>
}

export interface Database extends Session {
  /** Runs a transaction; `run` is called again if the database aborted it because of a conflict. */
  transaction<T>(run: (tx: Session) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens a database in memory, or in a folder that it locks against other processes. */
export async function openDatabase(folder?: string, pause?: Pause): Promise<Database> {
  if (folder === undefined) return embedded(await create({}), pause)
  const unlock = lockFolder(folder)
  try {
    const db = await create({ dataDir: folder })
    return embedded(db, pause, unlock)
  } catch (failure) {
    unlock()
    throw failure
  }
}

/** Opens a database on a server: `postgres://user:password@host/database`. */
export async function openServer(url: string): Promise<Database> {
  const server = connect(url)
  try {
    await server.query(schema)
  } catch (failure) {
    await server.close()
    throw failure
  }
  return retrying(server)
}

async function create(options: { readonly dataDir?: string }): Promise<PGlite> {
  const db = await Embedded.create(options)
  await db.exec(schema)
  return db
}

function embedded(db: PGlite, pause?: Pause, unlock: () => void = () => {}): Database {
  const sessionOf = (engine: Pick<Transaction, 'query'>): Session => ({
    query: (text, values) => engine.query(text, values && [...values]),
  })
  return retrying(
    {
      ...sessionOf(db),
      transaction: (run) => db.transaction((tx) => run(sessionOf(tx))),
      close: () => db.close().finally(unlock),
    },
    pause,
  )
}
