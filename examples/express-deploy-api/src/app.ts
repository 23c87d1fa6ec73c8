/** A deploy API that holds no secret: jobs of acme may call it, and those of acme/shop on main may deploy. */

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

  // What must stay open comes before the line.
  app.get('/healthz', (_req, res) => {
    res.send('ok')
  })
  app.use(cors({ origin: 'https://dashboard.acme.dev' }))

  // The line: whose jobs may call at all. Ids, because a name can be given up and taken by somebody else.
  app.use(
    workloadAuth({
      audience: 'https://deploy.acme.dev',
      trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' }), circleci({ ownerId: organization })],
    }),
  )

  // One argument per route: which repository, which branch. Pull requests and their kin are out, since no rule names them.
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
