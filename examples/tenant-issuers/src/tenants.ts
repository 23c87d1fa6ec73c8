/** The tenants, in PostgreSQL: each with the server that its jobs run on. */

import { PGlite } from '@electric-sql/pglite'

/** A tenant, and which jobs of its server may call. */
export interface Tenant {
  readonly id: string
  readonly platform: 'gitlab' | 'github'
  /** The issuer, exactly as its tokens have it in `iss`. */
  readonly issuer: string
  /** The id of the tenant's group or organization there. */
  readonly ownerId: string
}

export interface Tenants {
  add(tenant: Tenant): Promise<void>
  remove(id: string): Promise<void>
  /** The tenants whose jobs get their tokens from this issuer. */
  ofIssuer(issuer: string): Promise<readonly Tenant[]>
  close(): Promise<void>
}

/** Opens a database in memory; a service has one on a server, for all of its processes. */
export async function openTenants(): Promise<Tenants> {
  const db = await PGlite.create()
  await db.exec(`
    create table if not exists tenants (
      "id"        text primary key,
      "platform"  text not null check ("platform" in ('gitlab', 'github')),
      "issuer"    text not null,
      "ownerId"   text not null,
      unique ("issuer", "ownerId")
    )`)
  return {
    add: async ({ id, platform, issuer, ownerId }) => {
      const values = [id, platform, issuer, ownerId]
      await db.query('insert into tenants values ($1, $2, $3, $4) on conflict do nothing', values)
    },
    remove: async (id) => {
      await db.query('delete from tenants where "id" = $1', [id])
    },
    ofIssuer: async (issuer) => {
      const { rows } = await db.query<Tenant>('select * from tenants where "issuer" = $1', [issuer])
      return rows
    },
    close: () => db.close(),
  }
}
