/** The settings page of a project: who publishes it. */

import type { Endpoint } from '@jobpass/express'
import type { Publishers, SqlSession } from '@jobpass/publishers'
import { publisherPage } from '@jobpass/publishers'

interface SettingsOptions {
  readonly db: SqlSession
  readonly publishers: Publishers
  /** Origin of the registry, as browsers see it. */
  readonly origin: string
  /** Key of the tokens of forms. */
  readonly secret: string | Uint8Array
  /** Account of a session cookie. Stands in for the sign-in of the registry. */
  readonly accountOf: (session: string) => string | undefined
}

export function settingsPage({ db, publishers, origin, secret, accountOf }: SettingsOptions): Endpoint {
  return publisherPage({
    publishers,
    origin,
    secret,
    authorize: async (request, project) => {
      const session = /(?:^|; )session=([\w-]+)/.exec(request.headers('cookie').join('; '))?.[1] ?? ''
      const account = accountOf(session)
      if (account === undefined) return undefined
      // Any account may add a pending publisher for a name that is free.
      const { rows } = await db.query<{ account: string }>('select account from projects where name = $1', [project])
      return (rows[0]?.account ?? account) === account ? { account, session } : undefined
    },
  })
}
