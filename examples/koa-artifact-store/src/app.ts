/**
 * An artifact store without secrets: main and the release tags of acme/shop upload, and every run
 * of acme downloads.
 */

import type { Workloads } from '@jobpass/koa'
import cors from '@koa/cors'
import * as ci from '@jobpass/koa'
import { anyEvent, getWorkload, glob, requireWorkload, workloadAuth } from '@jobpass/koa'
import type { IssuerProvider } from '@jobpass/koa'
import { Router } from '@koa/router'
import Koa from 'koa'
import readBody from 'raw-body'
import { createArtifacts } from './artifacts.ts'

/** The CI systems whose jobs may call: the real ones, or local ones in tests. */
export interface Providers {
  readonly githubActions: IssuerProvider<Workloads['github-actions']>
  readonly gitlab: IssuerProvider<Workloads['gitlab']>
  readonly circleci: IssuerProvider<Workloads['circleci'], 'ownerId'>
}

export function createApp({ githubActions, gitlab, circleci }: Providers = ci): Koa {
  const app = new Koa()
  const artifacts = createArtifacts({ count: 100 })
  const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' // acme at CircleCI
  const shop = { ownerId: organization, repository: 'github.com/acme/shop' }

  // Routes without authentication go before workloadAuth.
  const open = new Router().get('/healthz', (ctx) => {
    ctx.body = 'ok'
  })
  app.use(cors({ origin: 'https://dashboard.acme.dev' })).use(open.routes())

  // Every run of acme may call. anyEvent() also admits pull requests, which may download.
  app.use(
    workloadAuth({
      audience: 'https://artifacts.acme.dev',
      trust: [
        githubActions({ ownerId: '1234567', event: anyEvent() }),
        gitlab({ ownerId: '99', event: anyEvent() }),
        circleci({ ownerId: organization }),
      ],
    }),
  )
  const guarded = new Router()
  guarded.get('/artifacts/:name', (ctx) => {
    const { name = '' } = ctx.params
    const artifact = artifacts.get(name)
    if (artifact === undefined) return // Koa answers 404
    ctx.set('X-Built-From', encodeURI(artifact.builtFrom)) // tags may contain characters that headers may not
    ctx.body = artifact.content
  })

  // Uploads decide what others run. These rules name no event, so they refuse pull requests,
  // whatever trust admits.
  const release = requireWorkload(
    githubActions({ repository: 'acme/shop', branch: 'main' }),
    githubActions({ repository: 'acme/shop', tag: glob('v*') }),
    gitlab({ repository: 'acme/shop', branch: 'main', refProtected: true }),
    gitlab({ repository: 'acme/shop', tag: glob('v*'), refProtected: true }),
    circleci({ ...shop, branch: 'main' }),
    circleci({ ...shop, tag: glob('v*') }),
  )
  guarded.put('/artifacts/:name', release, async (ctx) => {
    const { name = '' } = ctx.params
    const { repository, ref } = getWorkload(ctx)
    const builtFrom = `${repository}@${ref}`
    const content = await readBody(ctx.req, { limit: '1mb' })
    artifacts.set(name, { content, builtFrom })
    ctx.status = 201
    ctx.body = { stored: name, bytes: content.length, builtFrom }
  })
  app.use(guarded.routes())
  return app
}
