/**
 * Trusted publishers, as rows: which jobs may publish a project. Rows contain the issuer and
 * immutable ids, because names can be reassigned and ids repeat between issuers.
 */

import type { Database } from './database.ts'

/** An owner of repositories; columns are named like the conditions of a rule. */
export interface Owner {
  readonly provider: 'github-actions' | 'gitlab'
  readonly issuer: string
  readonly ownerId: string
}

/** Common columns of both tables. */
interface Row extends Owner, Conditions {
  readonly id: number
  readonly project: string
}

/** Further conditions on a job. */
interface Conditions {
  /**
   * The file that defines the run: `release.yml` on GitHub, its path in the project on GitLab.
   * `null` allows every file.
   */
  readonly workflow: string | null
  readonly environment: string | null
}

/** A repository that may publish a project. */
export interface Publisher extends Row {
  readonly repositoryId: string
}

/**
 * A repository that does not exist yet, so that only the id of its owner is known; its first upload
 * makes it a `Publisher`.
 */
export interface PendingPublisher extends Row {
  readonly account: string
  /** Full name, such as `acme/shop`. */
  readonly repository: string
}

/** A row to add; the conditions are optional. */
type New<R extends Row> = Omit<R, 'id' | 'account' | 'workflow' | 'environment'> & Partial<Conditions>

export interface Publishers {
  /** Adds a publisher to a project of an account. Creates the project if it does not exist. */
  add(account: string, publisher: New<Publisher>): Promise<void>
  /** Adds a pending publisher for 30 days; adding it again renews it. */
  addPending(account: string, pending: New<PendingPublisher>): Promise<void>
  ofProject(project: string): Promise<readonly Publisher[]>
  ofRepository(issuer: string, repositoryId: string | undefined): Promise<readonly Publisher[]>
  /** The unexpired pending publishers of an owner. */
  pendingOfOwner(issuer: string, ownerId: string | undefined): Promise<readonly PendingPublisher[]>
  /** An owner, if it has a publisher or pending publisher here. */
  owner(issuer: string, ownerId: string | undefined): Promise<Owner | undefined>
  /**
   * Binds the pending publisher of a project that matches the caller to the caller's repository:
   * once, even with concurrent calls.
   */
  bind(project: string, matches: (pending: PendingPublisher) => boolean, repositoryId: string): Promise<void>
}

const month = 30 * 24 * 60 * 60 * 1000

const columns = 'id, project, provider, issuer, "ownerId", workflow, environment'
const publishers = `select ${columns}, "repositoryId" from publishers`
const pendings = `select ${columns}, account, repository from pending_publishers`

/** A transferred repository is added again with its new owner. */
const insertPublisher = `
  insert into publishers (project, provider, issuer, "ownerId", "repositoryId", workflow, environment)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (project, issuer, "repositoryId", workflow, environment) do update set "ownerId" = excluded."ownerId"`

/** Plain file names on both platforms, without characters that have a meaning in a pattern. */
const workflowFile = /^[\w.-]+(?:\/[\w.-]+)*\.ya?ml$/

export function publishersIn(db: Database, clock: { now(): number }): Publishers {
  const now = () => new Date(clock.now())
  return {
    add: (account, row) =>
      db.transaction(async (tx) => {
        await tx.query('insert into projects values ($1, $2) on conflict do nothing', [row.project, account])
        const { rows } = await tx.query<{ account: string }>('select account from projects where name = $1', [
          row.project,
        ])
        if (rows[0]?.account !== account) throw new Error('The project belongs to another account')
        await tx.query(insertPublisher, [
          row.project,
          row.provider,
          row.issuer,
          row.ownerId,
          row.repositoryId,
          ...conditionsOf(row),
        ])
      }),
    addPending: async (account, row) => {
      const until = new Date(clock.now() + month)
      await db.query(
        `insert into pending_publishers
           (project, account, provider, issuer, "ownerId", repository, workflow, environment, expires_at)
         values ($1, $2, $3, $4, $5, lower($6), $7, $8, $9)
         on conflict (project, account, issuer, "ownerId", repository) do update
           set workflow = excluded.workflow, environment = excluded.environment, expires_at = excluded.expires_at`,
        [row.project, account, row.provider, row.issuer, row.ownerId, row.repository, ...conditionsOf(row), until],
      )
    },
    ofProject: async (project) => {
      const { rows } = await db.query<Publisher>(`${publishers} where project = $1`, [project])
      return rows
    },
    ofRepository: async (issuer, repositoryId) => {
      const where = `where issuer = $1 and "repositoryId" = $2`
      const { rows } = await db.query<Publisher>(`${publishers} ${where}`, [issuer, repositoryId])
      return rows
    },
    pendingOfOwner: async (issuer, ownerId) => {
      const where = `where issuer = $1 and "ownerId" = $2 and expires_at > $3`
      const { rows } = await db.query<PendingPublisher>(`${pendings} ${where}`, [issuer, ownerId, now()])
      return rows
    },
    owner: async (issuer, ownerId) => {
      const { rows } = await db.query<Owner>(
        `select provider, issuer, "ownerId" from publishers where issuer = $1 and "ownerId" = $2
         union select provider, issuer, "ownerId" from pending_publishers
           where issuer = $1 and "ownerId" = $2 and expires_at > $3`,
        [issuer, ownerId, now()],
      )
      return rows[0]
    },
    bind: (project, matches, repositoryId) =>
      db.transaction(async (tx) => {
        // Locks all rows of the project in one order: concurrent calls wait here, and later ones
        // find that the row is gone.
        const { rows } = await tx.query<PendingPublisher>(
          `${pendings} where project = $1 and expires_at > $2 order by id for update`,
          [project, now()],
        )
        const row = rows.find(matches)
        if (row === undefined) return
        await tx.query('insert into projects values ($1, $2) on conflict do nothing', [project, row.account])
        const found = await tx.query<{ account: string }>('select account from projects where name = $1', [project])
        // Several accounts may wait for one name. The first one gets the project, and the pending
        // publishers of the others are void.
        if (found.rows[0]?.account === row.account) {
          await tx.query(insertPublisher, [
            project,
            row.provider,
            row.issuer,
            row.ownerId,
            repositoryId,
            row.workflow,
            row.environment,
          ])
        }
        await tx.query('delete from pending_publishers where id = $1', [row.id])
      }),
  }
}

/** Throws for a file name that would be a pattern, because rules are made from it. */
function conditionsOf({
  workflow = null,
  environment = null,
}: Partial<Conditions>): readonly [string | null, string | null] {
  if (workflow !== null && !workflowFile.test(workflow)) throw new TypeError(`'${workflow}' is not a workflow file`)
  return [workflow, environment]
}
