// A job on GitHub calls a real API, directly and through a real exchange, over HTTP.

import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createClient, RefusedError } from '@jobpass/client'
import { createExchange, serviceTokens, viaExchange } from '@jobpass/exchange'
import {
  createVerifier,
  endpoints,
  githubActions,
  memoryReplayStore,
  oneTime,
  requireWorkload,
  workloadAuth,
} from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import express from 'express'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'

const audience = 'https://api.acme.dev'
const ci = await (await createTestIssuer(githubActions)).listen()
const servers: Server[] = []
afterAll(async () => {
  for (const server of servers) server.closeAllConnections()
  for (const server of servers) server.close()
  await ci.close()
})

const calls: string[] = []
beforeEach(() => void calls.splice(0))

let origin: string
beforeAll(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const rule = ci.provider({ repository: 'acme/shop', branch: 'main' })
  const trust = ci.provider({ ownerId: '1234567' })
  const replay = { store: memoryReplayStore() }
  const exchange = await createExchange({
    issuer: 'https://auth.acme.dev',
    verifier: createVerifier({ audience: 'https://auth.acme.dev', trust, replay, onWarning: () => {} }),
    grants: [{ name: 'publish', rule, scopes: ['publish'], audience, lifetime: 900 }],
    singleProcess: true,
    audit: () => {},
  })
  const app = express()
  app.use(({ method, path }, _res, next) => {
    calls.push(`${method} ${path}`)
    next()
  })
  app.use(endpoints({ ...exchange, answer: (request) => exchange.answer(request) }))
  const ours = createVerifier({ audience, trust, replay, onWarning: () => {} })
  const service = serviceTokens('https://auth.acme.dev', { jobs: ci.provider, fetch: exchange.fetch })
  app.put(
    '/packages/:name',
    workloadAuth({ audience, trust: service }),
    requireWorkload(viaExchange(rule, { scope: 'publish' })),
    (req, res) => void res.json({ name: req.params['name'], provider: req.workload?.provider }),
  )
  app.post('/deploy', workloadAuth(ours), requireWorkload(rule), (_req, res) => void res.send('deployed'))
  app.post('/once', workloadAuth(ours), requireWorkload(oneTime(rule)), (_req, res) => void res.send('once'))
  server.on('request', app)
})

const jobOf = async (claims: Readonly<Record<string, unknown>>) =>
  createClient({ env: (await ci.startJob(claims)).env, print: () => {} })
const options = () => ({ audience, origin, insecureLoopback: true })

test('a job of main is admitted', async () => {
  const api = (await jobOf({ branch: 'main' })).jobFetch(options())
  expect(await (await api('/deploy', { method: 'POST' })).text()).toBe('deployed')
})

test('a job of another branch reads which check failed, and does not call again', async () => {
  const api = (await jobOf({ branch: 'feature' })).jobFetch(options())
  const error: unknown = await api('/deploy', { method: 'POST' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RefusedError)
  expect((error as Error).message).toBe('403 workload_forbidden: No rule allows this workload. branch is "feature"')
  expect(calls).toEqual(['POST /deploy'])
})

test('a token that was used up is replaced by a new one, and the call is made again', async () => {
  const api = (await jobOf({ branch: 'main' })).jobFetch(options())
  expect((await api('/once', { method: 'POST' })).status).toBe(200)
  expect(calls).toEqual(['POST /once'])
  // The client keeps its token, which the API admits once.
  expect((await api('/once', { method: 'POST' })).status).toBe(200)
  expect(calls).toEqual(['POST /once', 'POST /once', 'POST /once'])
})

test('a job exchanges its token once, and calls with the service token', async () => {
  const exchange = { url: `${origin}/token`, scope: 'publish', audience: 'https://auth.acme.dev' }
  const api = (await jobOf({ branch: 'main' })).jobFetch({ ...options(), exchange })
  const answers = await Promise.all(['a', 'b', 'c'].map((name) => api(`/packages/${name}`, { method: 'PUT' })))
  expect(await Promise.all(answers.map((answer) => answer.json()))).toEqual(
    ['a', 'b', 'c'].map((name) => ({ name, provider: 'service-token' })),
  )
  expect(calls.filter((call) => call === 'POST /token')).toHaveLength(1)
})

test('a job without a grant reads why the exchange refused it', async () => {
  const exchange = { url: `${origin}/token`, scope: 'publish', audience: 'https://auth.acme.dev' }
  const api = (await jobOf({ branch: 'feature' })).jobFetch({ ...options(), exchange })
  const error: unknown = await api('/packages/a', { method: 'PUT' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(RefusedError)
  expect((error as RefusedError).checks).toEqual([{ field: 'branch', operator: 'equals', actual: 'feature' }])
  expect(calls).toEqual(['POST /token'])
})

test('an issuer that is down delays the call by Retry-After, and then it is admitted', async () => {
  const fresh = await (await createTestIssuer(githubActions)).listen()
  const app = express()
  const rule = fresh.provider({ repository: 'acme/shop', branch: 'main' })
  let now = Date.now()
  const clock = { now: () => now, after: () => () => {} }
  app.use(workloadAuth({ audience, trust: rule, clock, onWarning: () => {} }))
  app.post('/deploy', (_req, res) => void res.send('deployed'))
  const server = app.listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const slept: number[] = []
  const client = createClient({
    env: (await fresh.startJob({ branch: 'main' })).env,
    print: () => {},
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        if (milliseconds === 30_000) return new Promise(() => {})
        slept.push(milliseconds)
        now += milliseconds
        fresh.misbehave(undefined)
        return undefined
      },
    },
  })
  fresh.misbehave('error')
  const { port } = server.address() as AddressInfo
  const api = client.jobFetch({ audience, origin: `http://127.0.0.1:${port}`, insecureLoopback: true })
  expect(await (await api('/deploy', { method: 'POST' })).text()).toBe('deployed')
  expect(slept).toHaveLength(1)
  await fresh.close()
})
