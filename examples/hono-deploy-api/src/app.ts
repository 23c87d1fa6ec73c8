/**
 * A deploy API for Node and Workers, without secrets: main deploys to staging, and a protected
 * environment to production.
 */

import type { Workloads } from '@jobpass/hono'
import * as ci from '@jobpass/hono'
import { requireWorkload, workloadAuth } from '@jobpass/hono'
import type { IssuerProvider } from '@jobpass/hono'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

/** The CI systems whose jobs may call: the real ones, or local ones in tests. */
export interface Providers {
  readonly githubActions: IssuerProvider<Workloads['github-actions']>
  readonly gitlab: IssuerProvider<Workloads['gitlab']>
  readonly circleci: IssuerProvider<Workloads['circleci'], 'ownerId'>
}

export function createApp({ githubActions, gitlab, circleci }: Providers = ci): Hono {
  const app = new Hono()
  const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' // acme at CircleCI

  // One branch of one repository, on each of the three.
  const onGitHub = { repository: 'acme/shop', branch: 'main' }
  const onGitLab = { repository: 'acme/shop', branch: 'main', refProtected: true }
  const onCircleCI = { ownerId: organization, repository: 'github.com/acme/shop', branch: 'main' }

  // Routes without authentication go before workloadAuth.
  app.get('/healthz', (c) => c.text('ok'))
  app.use(cors({ origin: 'https://dashboard.acme.dev' }))

  // The owners whose jobs may call at all.
  app.use(
    workloadAuth({
      audience: 'https://deploy.acme.dev',
      trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' }), circleci({ ownerId: organization })],
    }),
  )

  app.post('/deploy/staging', requireWorkload(githubActions(onGitHub), gitlab(onGitLab), circleci(onCircleCI)), (c) => {
    const { repository, branch, commit } = c.var.workload
    return c.json({ deployed: repository, branch, commit, to: 'staging' })
  })

  // Production needs human approval: an environment with reviewers, or a restricted context on
  // CircleCI.
  app.post(
    '/deploy/production',
    requireWorkload(
      githubActions({ ...onGitHub, environment: 'production' }),
      gitlab({ ...onGitLab, environment: 'production', environmentProtected: true }),
      circleci({ ...onCircleCI, contextIds: 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f' }),
    ),
    (c) => {
      const { repository, branch, commit } = c.var.workload
      return c.json({ deployed: repository, branch, commit, to: 'production' })
    },
  )
  return app
}
