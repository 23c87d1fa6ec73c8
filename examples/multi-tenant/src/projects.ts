/**
 * The projects of all tenants, in PostgreSQL. Rows contain the issuer and immutable ids, because
 * names can be reassigned and ids repeat between issuers.
 */

import { PGlite } from '@electric-sql/pglite'

/** A project, and which jobs may release it; columns are named like the conditions of a rule. */
export interface Project {
  readonly issuer: string
  readonly ownerId: string
  readonly repositoryId: string
  readonly branch: string
}

export interface Projects {
  add(slug: string, project: Project): Promise<void>
  /** Finds a project by its slug. */
  find(slug: string): Promise<Project | undefined>
  /** All projects of one owner; an id is unique only within its issuer. */
  ofOwner(issuer: string, ownerId: string): Promise<readonly Project[]>
  close(): Promise<void>
}

/** Opens a database in memory; a service has one on a server, for all of its processes. */
export async function openProjects(): Promise<Projects> {
  const db = await PGlite.create()
  await db.exec(`
    create table if not exists projects (
      slug            text primary key,
      "issuer"        text not null,
      "ownerId"       text not null,
      "repositoryId"  text not null,
      "branch"        text not null,
      unique ("issuer", "repositoryId")
    )`)
  const columns = '"issuer", "ownerId", "repositoryId", "branch"'
  return {
    add: async (slug, { issuer, ownerId, repositoryId, branch }) => {
      const values = [slug, issuer, ownerId, repositoryId, branch]
      await db.query('insert into projects values ($1, $2, $3, $4, $5) on conflict do nothing', values)
    },
    find: async (slug) => {
      const { rows } = await db.query<Project>(`select ${columns} from projects where slug = $1`, [slug])
      return rows[0]
    },
    ofOwner: async (issuer, ownerId) => {
      const where = `where "issuer" = $1 and "ownerId" = $2`
      const { rows } = await db.query<Project>(`select ${columns} from projects ${where}`, [issuer, ownerId])
      return rows
    },
    close: () => db.close(),
  }
}
