/**
 * The three example APIs on free loopback ports, trusting the local issuers instead of the real
 * ones.
 */

import type { RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { createApp as createExpressApp } from '@jobpass-examples/express-deploy-api'
import { createApp as createHonoApp } from '@jobpass-examples/hono-deploy-api'
import { createApp as createKoaApp } from '@jobpass-examples/koa-artifact-store'
import type { Issuers } from './issuers.ts'

export type ApiName = 'express' | 'koa' | 'hono'

interface Api {
  readonly title: string
  /** Description of its rule. */
  readonly rule: string
  /** Audience of its tokens. */
  readonly audience: string
  readonly url: string
}

export interface Apis extends Readonly<Record<ApiName, Api>> {
  close(): Promise<void>
}

export async function startApis({ github, gitlab, circleci }: Issuers): Promise<Apis> {
  const providers = { githubActions: github.provider, gitlab: gitlab.provider, circleci: circleci.provider }
  const express = await boot(createExpressApp(providers))
  const koa = await boot(createKoaApp(providers).callback())
  const hono = await boot(getRequestListener(createHonoApp(providers).fetch, { overrideGlobalObjects: false }))
  return {
    express: {
      title: 'Deploy API on Express',
      rule: 'jobs of acme may call, those of acme/shop on main may deploy',
      audience: 'https://deploy.acme.dev',
      url: express.url,
    },
    koa: {
      title: 'Artifact store on Koa',
      rule: 'every run of acme downloads, main and the release tags of acme/shop upload',
      audience: 'https://artifacts.acme.dev',
      url: koa.url,
    },
    hono: {
      title: 'Deploy API on Hono',
      rule: 'acme/shop on main deploys to staging; to production in the production environment, or with the context',
      audience: 'https://deploy.acme.dev',
      url: hono.url,
    },
    close: async () => {
      await Promise.all([express.close(), koa.close(), hono.close()])
    },
  }
}

async function boot(listener: RequestListener): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
