// A job or a person: one API that both may call, in each framework.

import * as onExpress from '@jobpass/express'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { createTestIssuer } from '@jobpass/testing'
import { getRequestListener } from '@hono/node-server'
import { Router } from '@koa/router'
import express from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import { basicAuth } from 'hono/basic-auth'
import { HTTPException } from 'hono/http-exception'
import type { RequestListener } from 'node:http'
import Koa from 'koa'
import supertest from 'supertest'
import { describe, expect, test } from 'vitest'

const { githubActions } = onExpress
const aud = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const stranger = await createTestIssuer(githubActions, { issuer: 'https://login.acme.example' })
const token = await issuer.mint({ aud })
const expired = await issuer.mint({ aud, exp: 1, iat: 0 })
const personal = await stranger.mint({ aud })
const options = { audience: aud, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }

/** What the authentication of people does: each by the value of a header. */
const behaviours = [
  'admits',
  'refuses',
  'refuses with a challenge',
  'throws',
  'throws with a challenge',
  'forbids',
  'rejects',
] as const
type Behaviour = (typeof behaviours)[number]

const ours = 'Bearer realm="jobpass"'
const theirs = 'Basic realm="people"'
let asked = 0

/** The error of people's authentication, as the framework's error handling reads it. */
const fault = (headers?: Record<string, string>): Error =>
  Object.assign(new Error('no session'), { status: 401, expose: true, ...(headers && { headers }) })

const expressApp = (make: typeof express): RequestListener => {
  const app = make()
  app.set('env', 'test')
  const people: express.RequestHandler = (req, res, next) => {
    asked++
    const does = req.get('person') as Behaviour | undefined
    if (does === 'admits') {
      ;(req as { user?: string }).user = 'ines'
      return next()
    }
    if (does === 'throws') return next(fault())
    if (does === 'throws with a challenge') return next(fault({ 'WWW-Authenticate': theirs }))
    if (does === 'rejects') throw fault()
    if (does === 'forbids') return void res.status(403).end()
    if (does === 'refuses with a challenge') return void res.writeHead(401, { 'www-authenticate': theirs }).end()
    return void res.status(401).send('no session')
  }
  app.use(onExpress.either(onExpress.workloadAuth(options), people))
  app.get('/', (req, res) => void res.json({ job: req.workload?.repository, person: (req as { user?: string }).user }))
  app.get('/later', (_req, res) => void res.status(401).end())
  app.use(((error: { status?: number; headers?: Record<string, string> }, _req, res, _next) => {
    res
      .status(error.status ?? 500)
      .set(error.headers ?? {})
      .end()
  }) satisfies express.ErrorRequestHandler)
  return app
}

const koaApp = (): RequestListener => {
  const app = new Koa()
  app.silent = true
  const people: Koa.Middleware<{ user: string }> = async (ctx, next) => {
    asked++
    const does = ctx.get('person') as Behaviour
    if (does === 'admits') {
      ctx.state.user = 'ines'
      await next()
      return
    }
    if (does === 'throws' || does === 'rejects') throw fault()
    if (does === 'throws with a challenge') throw fault({ 'WWW-Authenticate': theirs })
    ctx.status = does === 'forbids' ? 403 : 401
    if (does === 'refuses with a challenge') ctx.set('WWW-Authenticate', theirs)
    ctx.body = 'no session'
  }
  app.use(onKoa.either(onKoa.workloadAuth(options), people))
  const router = new Router<{ workload?: { repository: string }; user?: string }>()
  router.get('/', (ctx) => {
    ctx.body = { job: ctx.state.workload?.repository, person: ctx.state.user }
  })
  router.get('/later', (ctx) => {
    ctx.status = 401
  })
  app.use(router.routes())
  return app.callback()
}

const honoApp = (): RequestListener => {
  const app = new Hono<{ Variables: { user?: string } }>()
  const people: Parameters<typeof onHono.either>[1] = async (c, next) => {
    asked++
    const does = c.req.header('person') as Behaviour
    if (does === 'admits') {
      c.set('user' as never, 'ines' as never)
      return next()
    }
    if (does === 'throws' || does === 'rejects') throw new HTTPException(401, { message: 'no session' })
    if (does === 'throws with a challenge')
      throw new HTTPException(401, {
        res: new Response('no session', { status: 401, headers: { 'WWW-Authenticate': theirs } }),
      })
    if (does === 'refuses with a challenge') c.header('WWW-Authenticate', theirs)
    return c.text('no session', does === 'forbids' ? 403 : 401)
  }
  app.use(onHono.either(onHono.workloadAuth(options), people))
  app.get('/', (c) =>
    c.json({ job: (c.var as { workload?: { repository: string } }).workload?.repository, person: c.var.user }),
  )
  app.get('/later', (c) => c.body(null, 401))
  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

const apps: Readonly<Record<string, RequestListener>> = {
  'Express 5': expressApp(express),
  'Express 4': expressApp(express4),
  Koa: koaApp(),
  Hono: honoApp(),
}

describe.each(Object.entries(apps))('either() on %s', (_, app) => {
  const get = async (
    headers: Record<string, string>,
    path = '/',
  ): Promise<[number, unknown, string | undefined, number]> => {
    asked = 0
    const { status, body, headers: answered } = await supertest(app).get(path).set(headers)
    return [status, body.code ?? body, answered['www-authenticate'], asked]
  }
  const bearer = (text: string, person?: Behaviour): Record<string, string> => ({
    authorization: `Bearer ${text}`,
    ...(person && { person }),
  })

  test('a job is admitted by its token, and is not asked for a session', async () => {
    expect(await get(bearer(token, 'refuses'))).toEqual([200, { job: 'acme/shop' }, undefined, 0])
  })

  test('a person is admitted without a token', async () => {
    expect(await get({ person: 'admits' })).toEqual([200, { person: 'ines' }, undefined, 1])
  })

  test('a person’s own token, of an issuer that is not trusted here, is left to the other', async () => {
    expect(await get(bearer(personal, 'admits'))).toEqual([200, { person: 'ines' }, undefined, 1])
    expect(await get(bearer('opaque', 'admits'))).toEqual([200, { person: 'ines' }, undefined, 1])
    expect(await get({ authorization: 'Basic aW5lczp4', person: 'admits' })).toEqual([
      200,
      { person: 'ines' },
      undefined,
      1,
    ])
  })

  test('a bad token of a trusted issuer is refused, and is not asked for a session', async () => {
    const [status, code, challenge, times] = await get(bearer(expired, 'admits'))
    expect([status, code, times]).toEqual([401, 'token_expired', 0])
    expect(challenge).toMatch(/^Bearer realm="jobpass", error="invalid_token"/)
    expect((await get(bearer(`${token.slice(0, -8)}AAAAAAAA`, 'admits'))).slice(0, 2)).toEqual([
      401,
      'signature_invalid',
    ])
  })

  test.each<[Behaviour, string]>([
    ['refuses', ours],
    ['refuses with a challenge', `${theirs}, ${ours}`],
    ['throws', ours],
    ['throws with a challenge', `${theirs}, ${ours}`],
    ['rejects', ours],
  ])('if the other %s, the 401 has the challenges of both', async (person, challenge) => {
    const [status, , answered, times] = await get({ person })
    expect([status, answered, times]).toEqual([401, challenge, 1])
  })

  test('another refusal has no challenge', async () => {
    const [status, , challenge] = await get({ person: 'forbids' })
    expect([status, challenge]).toEqual([403, undefined])
  })

  test('a 401 of a route behind has no challenge', async () => {
    const [status, , challenge] = await get({ person: 'admits' }, '/later')
    expect([status, challenge]).toEqual([401, undefined])
  })
})

test('Hono’s own basicAuth is challenged next to a job’s token', async () => {
  const app = new Hono()
  app.use(onHono.either(onHono.workloadAuth(options), basicAuth({ username: 'ines', password: 'x' })))
  app.get('/', (c) => c.text('in'))
  const refused = await app.request('/')
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, `Basic realm="Secure Area", ${ours}`])
  expect((await app.request('/', { headers: { authorization: 'Basic aW5lczp4' } })).status).toBe(200)
  expect((await app.request('/', { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
})

test('on Express, headers in any form of writeHead() keep their place', async () => {
  const forms: readonly ((res: express.Response) => unknown)[] = [
    (res) => res.writeHead(401, 'No', { 'www-authenticate': theirs, 'x-a': '1' }),
    (res) => res.writeHead(401, ['www-authenticate', theirs, 'x-a', '1']),
    (res) =>
      res.writeHead(401, [
        ['www-authenticate', theirs],
        ['x-a', '1'],
      ] as never),
    (res) => res.set('www-authenticate', 'Old').writeHead(401, { 'WWW-Authenticate': [theirs], 'X-A': 1 }),
    (res) => res.set({ 'www-authenticate': theirs, 'x-a': '1' }).writeHead(401),
  ]
  for (const write of forms) {
    const app = express()
    app.use(onExpress.either(onExpress.workloadAuth(options), (_req, res) => void (write(res), res.end())))
    const { status, headers } = await supertest(app).get('/')
    expect([status, headers['www-authenticate'], headers['x-a']]).toEqual([401, `${theirs}, ${ours}`, '1'])
  }
})

test('with errors thrown, a bad token of a trusted issuer is the framework’s error', async () => {
  const app = express()
  app.use(onExpress.either(onExpress.workloadAuth({ ...options, errors: 'throw' }), (_req, _res, next) => next()))
  app.use(
    ((error: { code?: string }, _req, res, _next) =>
      void res.status(418).send(error.code)) satisfies express.ErrorRequestHandler,
  )
  const { status, text } = await supertest(app).get('/').auth(expired, { type: 'bearer' })
  expect([status, text]).toEqual([418, 'token_expired'])
})

test.each([
  ['Express', onExpress.either],
  ['Koa', onKoa.either],
  ['Hono', onHono.either],
] as const)('on %s, workloadAuth() comes first', (_, either) => {
  const other = (): void => {}
  expect(() => (either as unknown as (...args: unknown[]) => void)(other, other)).toThrow(
    new TypeError('either() takes workloadAuth(…) first, not a function'),
  )
})
