/** Binds a pending publisher to the repository of its first job. */

import type { ProjectClaim, Publisher } from '../model/publisher.ts'
import { logged } from './changes.ts'
import type { SqlSession } from './client.ts'

/** Whether an account may have a project; creates the project if it does not exist. */
export type ClaimProject = (session: SqlSession, claim: ProjectClaim) => Promise<boolean>

/** A pending publisher, and the repository of its first job. */
interface Binding {
  readonly pending: Publisher
  readonly repositoryId: string
  readonly now: Date
  readonly claimProject: ClaimProject
}

/**
 * Binds a pending publisher in a transaction, if it is still there, and if no other account waits
 * for the same repository. One that is void ends; its row stays, so that no publisher of another
 * account takes the jobs of its repository silently.
 */
export async function bindOne(tx: SqlSession, { pending, repositoryId, now, claimProject }: Binding): Promise<void> {
  const { id, project, account } = pending
  // Locks all pending rows of the project in one order: concurrent calls wait here, and later ones
  // find that the row is gone.
  const { rows } = await tx.query<Waiting>(
    `select id, account, concat_ws(' ', issuer, owner_id, repository_key) as name, expires_at > $2 as "isLive"
     from jobpass_publishers where project = $1 and repository_id is null order by id for update`,
    [project, now],
  )
  const row = rows.find((each) => each.id === id && each.isLive)
  if (row === undefined || rows.some((each) => each.account !== account && each.name === row.name)) return
  if (!(await claimProject(tx, { project, account, when: 'published' }))) {
    await tx.query(end('id = $1'), [id, account, now])
    return
  }
  const bound = await tx.query(bind, [id, repositoryId, account, now])
  // The repository is a publisher already.
  if (bound.rows.length === 0) await tx.query('delete from jobpass_publishers where id = $1', [id])
  await tx.query(end('project = $1 and account <> $2 and repository_id is null'), [project, account, now])
}

/** A pending row of the project, with what names its repository. */
interface Waiting {
  readonly id: string
  readonly account: string
  readonly name: string
  readonly isLive: boolean
}

const bind = logged(
  'bound',
  `update jobpass_publishers pending set repository_id = $2, expires_at = null
   where id = $1 and not exists (
     select from jobpass_publishers other where other.project = pending.project
       and other.issuer = pending.issuer and other.repository_id = $2
       and other.workflow_file = pending.workflow_file and other.environment = pending.environment)`,
  '$3',
  '$4',
)

const end = (where: string): string =>
  logged('void', `update jobpass_publishers set expires_at = $3 where ${where} and expires_at > $3`, '$2', '$3')
