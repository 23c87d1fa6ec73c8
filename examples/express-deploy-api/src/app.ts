/**
 * A deploy API without secrets: jobs of acme may call it, and those of acme/shop on main may
 * deploy.
 */

import type { Workloads } from '@jobpass/express'
import * as ci from '@jobpass/express'
import { getWorkload, requireWorkload, workloadAuth } from '@jobpass/express'
import type { IssuerProvider } from '@jobpass/express'
import cors from 'cors'
import type { Express } from 'express'
import express from 'express'

/** The CI systems whose jobs may call: the real ones, or local ones in tests. */
export interface Providers {
  readonly githubActions: IssuerProvider<Workloads['github-actions']>
  readonly gitlab: IssuerProvider<Workloads['gitlab']>
  readonly circleci: IssuerProvider<Workloads['circleci'], 'ownerId'>
}

export function createApp({ githubActions, gitlab, circleci }: Providers = ci): Express {
  const app = express()
  const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' // acme at CircleCI

  // Routes without authentication go before workloadAuth.
  app.get('/healthz', (_req, res) => {
    res.send('ok')
  })
  app.use(cors({ origin: 'https://dashboard.acme.dev' }))

  // The owners whose jobs may call at all. Ids, because a freed name can be taken by someone else.
  app.use(
    workloadAuth({
      audience: 'https://deploy.acme.dev',
      trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' }), circleci({ ownerId: organization })],
    }),
  )

  // One argument per route: which repository and branch. No rule names pull requests, so they are
  // refused.
  app.post(
    '/deploy',
    requireWorkload(
      githubActions({ repository: 'acme/shop', branch: 'main' }),
      gitlab({ repository: 'acme/shop', branch: 'main', refProtected: true }),
      circleci({ ownerId: organization, repository: 'github.com/acme/shop', branch: 'main' }),
    ),
    (req, res) => {
      const { repository, branch, commit, actor } = getWorkload(req)
      res.json({ deployed: repository, branch, commit, by: actor })
    },
  )
  return app
}
