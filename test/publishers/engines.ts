/** Databases for tests of publishers: PGlite always, PostgreSQL if it is installed. */

import { PGlite } from '@electric-sql/pglite'
import type { SqlClient, SqlDatabase } from '@jobpass/publishers'
import { sqlDatabase } from '@jobpass/publishers'
import { Pool } from 'pg'
import { createTestCluster } from '../../examples/publish-service/src/test-cluster.ts'

/** An open database. */
export interface Engine {
  readonly database: SqlDatabase
  /** A second client of the same database, such as another process has. */
  another(): SqlClient
  close(): Promise<void>
}

async function openEmbedded(): Promise<Engine> {
  const client = await PGlite.create()
  return { database: sqlDatabase(client), another: () => client, close: () => client.close() }
}

async function openServer(isolation: string): Promise<Engine | undefined> {
  const cluster = createTestCluster()
  if (cluster === undefined) return undefined
  const pools: Pool[] = []
  const another = (): Pool => {
    const pool = new Pool({ connectionString: cluster.url(isolation), max: 20 })
    pool.on('error', () => {})
    pools.push(pool)
    return pool
  }
  return {
    database: sqlDatabase(another()),
    another,
    close: async () => {
      await Promise.all(pools.map((pool) => pool.end()))
      cluster.remove()
    },
  }
}

/** The databases to test on. PostgreSQL is undefined where it is not installed. */
export const engines: readonly (readonly [name: string, open: () => Promise<Engine | undefined>])[] = [
  ['PGlite', openEmbedded],
  ['PostgreSQL', () => openServer('read committed')],
  ['PostgreSQL, serializable', () => openServer('serializable')],
]
