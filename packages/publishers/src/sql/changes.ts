/** The log of what was done to publishers, in its table. Rows are only added. */

import type { Managed, PublisherChange } from '../model/publisher.ts'
import type { SqlSession } from './client.ts'
import type { StoredPublisher } from './stored-publisher.ts'
import { columns, publisherOf } from './stored-publisher.ts'

/**
 * A statement that changes publishers, and that logs each of them: neither happens alone. `by` and
 * `at` are the SQL of who did it, and when.
 */
export const logged = (action: PublisherChange['action'], statement: string, by: string, at: string): string =>
  `with changed as (${statement} returning *), logged as (
     insert into jobpass_publisher_changes (of_project, pending_of, action, by_account, at, publisher)
     select project, case when repository_id is null then account else '' end, '${action}', ${by},
       ${at}::timestamptz, to_jsonb(changed) from changed)
   select ${columns} from changed`

/** Ends what is shown of a project: who gets its name later does not see what was before. */
export const endChanges = `insert into jobpass_publisher_changes (of_project, action, by_account, at, publisher)
  values ($1, 'removed', '', $2, '{}')`

/** The last changes that an account may see. */
export async function readChanges(
  session: SqlSession,
  { project, account }: Managed,
): Promise<readonly PublisherChange[]> {
  const { rows } = await session.query<StoredPublisher & Omit<PublisherChange, 'publisher'>>(last, [project, account])
  return rows.map(({ action, by, at, ...row }) => ({ action, by, at, publisher: publisherOf(row) }))
}

const lastOf = (account: string): string =>
  `(select * from jobpass_publisher_changes where of_project = $1 and pending_of = ${account}
    and number > (select coalesce(max(number), 0) from jobpass_publisher_changes
      where of_project = $1 and pending_of is null) order by number desc limit 50)`

const last = `select action, by_account as by, at, ${columns}
  from (${lastOf("''")} union all ${lastOf('$2')} order by number desc limit 50) last,
    jsonb_populate_record(null::jobpass_publishers, publisher) order by number desc`
