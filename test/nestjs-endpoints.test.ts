// Endpoints in a Nest application are middleware of its platform, before the guards of the module.

import 'reflect-metadata'
import { createExchange } from '@jobpass/exchange'
import { endpoints } from '@jobpass/express'
import { createVerifier, githubActions, memoryReplayStore, WorkloadModule } from '@jobpass/nestjs'
import { createTestIssuer } from '@jobpass/testing'
import type { INestApplication } from '@nestjs/common'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { afterAll, beforeAll, expect, test } from 'vitest'

const issuer = 'https://auth.acme.dev'
const github = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const common = { fetch: github.fetch, onWarning: () => {} }
const exchange = await createExchange({
  issuer,
  verifier: createVerifier({ audience: issuer, trust, replay: { store: memoryReplayStore() }, ...common }),
  grants: [{ name: 'deploy', rule: trust, scopes: ['deploy'], audience: 'https://api.acme.dev' }],
  singleProcess: true,
})

let app: INestApplication
let origin: string
beforeAll(async () => {
  class AppModule {}
  const auth = WorkloadModule.forRoot({ audience: 'https://api.acme.dev', trust, ...common })
  Module({ imports: [auth] })(AppModule)
  app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false })
  app.use(endpoints(exchange))
  await app.listen(0, '127.0.0.1')
  origin = await app.getUrl()
})
afterAll(() => app.close())

test('an exchange answers with a service token, and its documents need no token', async () => {
  const body = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await github.mint({ aud: issuer }),
    scope: 'deploy',
  })
  const answer = await fetch(`${origin}/token`, { method: 'POST', body })
  const keys = await fetch(`${origin}/jwks`)

  expect([answer.status, await answer.json()]).toMatchObject([200, { token_type: 'Bearer', scope: 'deploy' }])
  expect([keys.status, ((await keys.json()) as { keys: unknown[] }).keys.length]).toEqual([200, 1])
})
