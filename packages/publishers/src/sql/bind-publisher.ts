/** Binds a pending publisher to the repository of its first job. */

import type { ProjectClaim, Publisher } from '../model/publisher.ts'
import type { SqlSession } from './client.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { columns } from './stored-publisher.ts'

/** Whether an account may have a project; creates the project if it does not exist. */
export type ClaimProject = (session: SqlSession, claim: ProjectClaim) => Promise<boolean>

/** A pending publisher, and the repository of its first job. */
interface Binding {
  readonly pending: Publisher
  readonly repositoryId: string
  readonly now: Date
  readonly claimProject: ClaimProject
}

/** Binds a pending publisher in a transaction, if it is still there. */
export async function bindOne(tx: SqlSession, { pending, repositoryId, now, claimProject }: Binding): Promise<void> {
  const { id, project, account } = pending
  // Locks all pending rows of the project in one order: concurrent calls wait here, and later ones
  // find that the row is gone.
  const { rows } = await tx.query<StoredPublisher>(
    `select ${columns} from jobpass_publishers
     where project = $1 and repository_id is null order by id for update`,
    [project],
  )
  const row = rows.find((each) => each.id === id && each.expiresAt !== null && each.expiresAt > now)
  if (row === undefined) return
  const mayHave = await claimProject(tx, { project, account, when: 'published' })
  const bound = mayHave
    ? await tx.query(
        `update jobpass_publishers pending set repository_id = $2, expires_at = null
         where id = $1 and not exists (
           select from jobpass_publishers other where other.project = pending.project
             and other.issuer = pending.issuer and other.repository_id = $2
             and other.workflow_file = pending.workflow_file and other.environment = pending.environment)
         returning id`,
        [id, repositoryId],
      )
    : { rows: [] }
  // The account may not have the project, or the repository is a publisher already.
  if (bound.rows.length === 0) await tx.query('delete from jobpass_publishers where id = $1', [id])
  if (mayHave)
    await tx.query('delete from jobpass_publishers where project = $1 and account <> $2 and repository_id is null', [
      project,
      account,
    ])
}
