/** Trusted publishers, as rows: which jobs may publish a project. Names change hands, and ids repeat between issuers, so a row holds the issuer and immutable ids. */

import type { Database } from './database.ts'

/** An owner of repositories; the columns are named like the conditions of a rule. */
export interface Owner {
  readonly provider: 'github-actions' | 'gitlab'
  readonly issuer: string
  readonly ownerId: string
}

/** What a row of either table says. */
interface Row extends Owner, Conditions {
  readonly id: number
  readonly project: string
}

/** What else a job must meet. */
interface Conditions {
  /** The file that defines the run: `release.yml` at GitHub, its path in the project at GitLab. `null`: any. */
  readonly workflow: string | null
  readonly environment: string | null
}

/** A repository that may publish a project. */
export interface Publisher extends Row {
  readonly repositoryId: string
}

/** A repository that does not exist yet, so that only its owner's id is known; it becomes a `Publisher` by its first upload. */
export interface PendingPublisher extends Row {
  readonly account: string
  /** Its whole name, `acme/shop`. */
  readonly repository: string
}

/** What to add: the conditions may be left out. */
type New<R extends Row> = Omit<R, 'id' | 'account' | 'workflow' | 'environment'> & Partial<Conditions>

export interface Publishers {
  /** Adds a publisher to a project of an account, which is made if there is none of that name. */
  add(account: string, publisher: New<Publisher>): Promise<void>
  /** Adds a pending publisher, for 30 days from now; adding it again renews it. */
  addPending(account: string, pending: New<PendingPublisher>): Promise<void>
  ofProject(project: string): Promise<readonly Publisher[]>
  ofRepository(issuer: string, repositoryId: string | undefined): Promise<readonly Publisher[]>
  /** Those that may still be used, of one owner. */
  pendingOfOwner(issuer: string, ownerId: string | undefined): Promise<readonly PendingPublisher[]>
  /** An owner, if it has any publisher here, pending or not. */
  owner(issuer: string, ownerId: string | undefined): Promise<Owner | undefined>
  /** Binds the pending publisher of a project that the caller matches to the caller's repository: once, whoever calls at the same time. */
  bind(project: string, matches: (pending: PendingPublisher) => boolean, repositoryId: string): Promise<void>
}

const month = 30 * 24 * 60 * 60 * 1000

const columns = 'id, project, provider, issuer, "ownerId", workflow, environment'
const publishers = `select ${columns}, "repositoryId" from publishers`
const pendings = `select ${columns}, account, repository from pending_publishers`

/** A repository that was transferred is added again, with its new owner. */
const insertPublisher = `
  insert into publishers (project, provider, issuer, "ownerId", "repositoryId", workflow, environment)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (project, issuer, "repositoryId", workflow, environment) do update set "ownerId" = excluded."ownerId"`

/** Takes names as they are on both platforms: without anything that would mean something in a pattern. */
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
        // All rows of the project, in one order: calls at the same time wait here for each other, and the later ones find the row gone.
        const { rows } = await tx.query<PendingPublisher>(
          `${pendings} where project = $1 and expires_at > $2 order by id for update`,
          [project, now()],
        )
        const row = rows.find(matches)
        if (row === undefined) return
        await tx.query('insert into projects values ($1, $2) on conflict do nothing', [project, row.account])
        const found = await tx.query<{ account: string }>('select account from projects where name = $1', [project])
        // Several accounts may wait for one name. Whoever came first has the project, and what the others wait for is void.
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

/** Throws for a file that would be a pattern: rules are made of it. */
function conditionsOf({
  workflow = null,
  environment = null,
}: Partial<Conditions>): readonly [string | null, string | null] {
  if (workflow !== null && !workflowFile.test(workflow)) throw new TypeError(`'${workflow}' is no workflow file`)
  return [workflow, environment]
}
