/** Projects, each of one account. */

import type { Managed, SqlSession } from '@jobpass/publishers'

/** Creates a project, unless it exists. Whether it is of the account. */
export async function claimProject(session: SqlSession, { project, account }: Managed): Promise<boolean> {
  await session.query('insert into projects values ($1, $2) on conflict do nothing', [project, account])
  const { rows } = await session.query<{ account: string }>('select account from projects where name = $1', [project])
  return rows[0]?.account === account
}
