import { createServer } from 'node:http'
import { createTestIssuer } from '@jobpass/testing'
import express from 'express'
import type { NextFunction, Request, Response } from 'express'
import request from 'supertest'
import { expect, test } from 'vitest'
import type { VerdictEvent } from './index.ts'
import {
  createVerifier,
  getWorkload,
  githubActions,
  gitlab,
  requireWorkload,
  WorkloadAuthError,
  workloadAuth,
} from './index.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const options = { audience, trust, fetch: issuer.fetch }
const token = `Bearer ${await issuer.mint({ aud: audience })}`
const feature = `Bearer ${await issuer.mint({ aud: audience, ref: 'refs/heads/feature' })}`

const messageOf = (error: unknown, _req: Request, res: Response, _next: NextFunction): void => {
  res.status(500).json({ message: (error as Error).message })
}

test('the guarded handler reads the workload, and keeps the type of its own parameters', async () => {
  const app = express()
  app.use(workloadAuth(options))
  app.post('/deploy/:stage', requireWorkload(main), (req, res) => {
    const { stage } = req.params
    const { repository, commit } = getWorkload(req)
    res.json({ stage: stage.toUpperCase(), repository, commit })
  })

  const { body } = await request(app).post('/deploy/live').set('authorization', token)

  expect(body).toEqual({ stage: 'LIVE', repository: 'acme/shop', commit: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310' })
})

test('the workload on the request is frozen and cannot be replaced', async () => {
  const app = express()
  app.use(workloadAuth(options))
  app.get('/', (req, res) => {
    const before = req.workload
    const replace = (): void => void Object.assign(req, { workload: { owner: 'evil' } })
    const change = (): void => void Object.assign(req.workload ?? {}, { owner: 'evil' })
    expect(replace).toThrow(TypeError)
    expect(change).toThrow(TypeError)
    res.json({ same: req.workload === before, deep: Object.isFrozen(before?.claims) })
  })

  expect((await request(app).get('/').set('authorization', token)).body).toEqual({ same: true, deep: true })
})

test('lesson L3: a request whose workload somebody else set is a fault, never a caller', async () => {
  const app = express()
  app.use((req, _res, next) => next(void Object.assign(req, { workload: { repository: 'acme/shop' } })))
  app.use(workloadAuth(options))
  app.use(messageOf)

  const { status, body } = await request(app).get('/').set('authorization', token)

  expect({ status, body: body as unknown }).toEqual({
    status: 500,
    body: { message: 'req.workload is taken by another middleware' },
  })
})

test('lesson K3: a guard believes no workload that it finds on the request', async () => {
  const app = express()
  app.use((req, _res, next) => next(void Object.assign(req, { workload: { repository: 'acme/shop', branch: 'main' } })))
  app.post('/deploy', requireWorkload(main), (_req, res) => void res.send('deployed'))
  app.use(messageOf)

  const { status, body } = await request(app).post('/deploy')

  expect({ status, body: body as unknown }).toEqual({
    status: 500,
    body: { message: 'requireWorkload() found no verifier: put workloadAuth() before it' },
  })
})

test('a second workloadAuth with the same verifier does nothing', async () => {
  const events: VerdictEvent[] = []
  const verifier = createVerifier({ ...options, onVerdict: (event) => events.push(event) })
  const app = express()
  app.use(workloadAuth(verifier), workloadAuth(verifier))
  app.get('/', (_req, res) => void res.send('ok'))

  expect((await request(app).get('/').set('authorization', token)).status).toBe(200)
  expect(events.map(({ layer, allowed }) => ({ layer, allowed }))).toEqual([{ layer: 'trust', allowed: true }])
})

test("errors: 'throw' hands a WorkloadAuthError to the error handler, without the token in it", async () => {
  let caught: unknown
  const app = express()
  app.use(workloadAuth({ ...options, errors: 'throw' }))
  app.post('/deploy', requireWorkload(main), (_req, res) => void res.send('deployed'))
  app.use((error: unknown, req: Request, res: Response, next: NextFunction) => {
    caught = error
    messageOf(error, req, res, next)
  })

  await request(app).post('/deploy').set('authorization', feature)

  expect(caught).toBeInstanceOf(WorkloadAuthError)
  expect(caught).toMatchObject({ code: 'workload_forbidden', status: 403, message: 'No rule allows this workload.' })
  expect(JSON.stringify(caught)).not.toContain(feature.slice(-40))
})

test('lesson I10: the challenge stands beside that of another scheme', async () => {
  const app = express()
  app.use((_req, res, next) => next(void res.setHeader('WWW-Authenticate', 'Basic realm="people"')))
  app.use(workloadAuth(options))

  const { headers } = await request(app).get('/')

  expect(headers['www-authenticate']).toBe('Basic realm="people", Bearer realm="jobpass"')
})

test('lesson L2: where an answer has begun already, nothing is written a second time', async () => {
  let caught: unknown
  const app = express()
  app.use((_req, res, next) => {
    res.write('begun')
    next()
  })
  app.use(workloadAuth(options))
  app.use((error: unknown, _req: Request, res: Response, _next: NextFunction) => {
    caught = error
    res.end()
  })

  expect((await request(app).get('/')).text).toBe('begun')
  expect(caught).toMatchObject({ code: 'token_missing' })
})

test('getWorkload checks and narrows, and throws where the caller is somebody else or nobody', async () => {
  const app = express()
  app.get('/before', (req, res) => void res.json(getWorkload(req)))
  app.use(workloadAuth(options))
  app.get(
    '/provider',
    (req, res) => void res.json({ visibility: getWorkload(req, githubActions).claims.repository_visibility }),
  )
  app.get('/rule', (req, res) => void res.json({ attempt: getWorkload(req, main).runAttempt }))
  app.get('/other', (req, res) => void res.json(getWorkload(req, gitlab)))
  app.use(messageOf)
  const read = async (path: string): Promise<unknown> =>
    (await request(app).get(path).set('authorization', token)).body as unknown

  expect(await read('/provider')).toEqual({ visibility: 'private' })
  expect(await read('/rule')).toEqual({ attempt: '1' })
  expect(await read('/other')).toEqual({ message: expect.stringContaining('the caller is not') as unknown })
  expect(await read('/before')).toEqual({ message: expect.stringContaining('put workloadAuth() before it') as unknown })
})

test('a resolver gets the request, and decides by what it asks for', async () => {
  const rules: Record<string, typeof main> = { shop: main, other: githubActions({ repository: 'acme/other' }) }
  const app = express()
  app.use(workloadAuth(options))
  app.get(
    '/projects/:name',
    requireWorkload((_workload, req) => rules[req.params['name'] as string]),
    (_req, res) => void res.send('ok'),
  )
  const read = async (name: string): Promise<number> =>
    (await request(app).get(`/projects/${name}`).set('authorization', token)).status

  expect([await read('shop'), await read('other'), await read('none')]).toEqual([200, 403, 403])
})

test('without an app of Express around it the workload stands on the request itself', async () => {
  const auth = workloadAuth(options)
  const server = createServer((req, res) => {
    auth(req, res, () => res.end(String((req as { workload?: { owner?: string } }).workload?.owner)))
  })

  expect((await request(server).get('/').set('authorization', token)).text).toBe('acme')
})

test('two apps show their own callers, and an app around one that is mounted asks for it', async () => {
  const inner = express()
  inner.use(workloadAuth(options)).use((req, _res, next) => next(req.workload?.owner === 'acme' ? undefined : 'none'))
  const outer = express()
  outer.use(inner).get('/', (req, res) => void res.send(getWorkload(req).owner))

  expect((await request(outer).get('/').set('authorization', token)).text).toBe('acme')
})
