/**
 * Finds publishers. Each part of a query reads one range of one index, up to a limit, so that what
 * others add makes no call slower.
 */

import { columns } from './stored-publisher.ts'

/** More rows of one project than its limits allow. */
const most = 1_000

const rows = (where: string, order: string): string =>
  `(select ${columns} from jobpass_publishers where ${where} ${order})`

const boundFirst = `order by "repositoryId" is null, "createdAt", id`

/** For an issuer, the ids of repository and owner, and the key of a name. */
const byId = 'issuer = $1 and repository_id = $2'
const byName = 'issuer = $1 and owner_id = $3 and repository_key = $4'

/** The publishers of a caller in the projects `$5`. */
export const inProjects: string = `select * from (
  ${rows(`${byId} and project = any($5)`, `limit ${most}`)}
  union ${rows(`${byName} and project = any($5)`, `limit ${most}`)}) found ${boundFirst}`

/**
 * Publishers of a caller in all projects: one with both of its ids; some with the id of its
 * repository, of which those of another owner are of before a transfer; and some with its name,
 * pending ones that end last before others.
 */
export const inAll: string = `select * from (
  ${rows(`${byId} and owner_id = $3`, 'order by id limit 1')}
  union ${rows(byId, 'order by owner_id, id limit 50')}
  union ${rows(byName, 'order by expires_at desc nulls last, id limit 50')}) found ${boundFirst}`

/** The publishers of the project `$1` that the account `$2` may see. */
export const ofProject: string = `select * from (
  ${rows('project = $1 and repository_id is not null', `limit ${most}`)}
  union ${rows('project = $1 and account = $2 and repository_id is null', `limit ${most}`)}) found
  order by "createdAt", id`
