// Endpoints in every adapter, over real sockets, whatever read the body before them.

import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import { resourceMetadata } from '@jobpass/exchange'
import type { ResourceMetadata } from '@jobpass/exchange'
import { EventEmitter, once } from 'node:events'
import type { IncomingHttpHeaders, RequestListener, Server } from 'node:http'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { getRequestListener } from '@hono/node-server'
import type { Endpoint, EndpointAnswer, TrustRule, VerifierOptions } from '@jobpass/core'
import { BodyTooLarge, githubActions } from '@jobpass/core'
import * as onExpress from '@jobpass/express'
import * as onFastify from '@jobpass/fastify'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { Router } from '@koa/router'
import express5 from 'express'
import express4 from 'express4'
import { fastify } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { Hono } from 'hono'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import * as oauth from 'oauth4webapi'
import serverless from 'serverless-http'
import { afterAll, describe, expect, test } from 'vitest'

/** The environment of the endpoints of an app. */
interface Surroundings {
  /** A body parser before them. */
  readonly parsing?: boolean
  /** A middleware before them that reads the body and discards it. */
  readonly swallowing?: boolean
  /** A path prefix that they are mounted below. */
  readonly prefix?: string
  /** The verifier behind them. */
  readonly auth?: VerifierOptions<TrustRule<GitHubActionsWorkload>, false>
}

type MakeApp = (endpoints: readonly Endpoint[], surroundings?: Surroundings) => RequestListener

const expressApp =
  (express: typeof express5): MakeApp =>
  (endpoints, { parsing, swallowing, prefix = '/', auth } = {}) => {
    const app = express()
    app.set('env', 'test')
    if (parsing) app.use(express.urlencoded({ extended: false }), express.json({ limit: '1mb' }), express.text())
    if (swallowing) app.use((req, _res, next) => void text(req).then(() => next(), next))
    app.use(prefix, onExpress.endpoints(...endpoints))
    if (auth) app.use(onExpress.workloadAuth(auth))
    app.use((_req, res) => void res.send('next'))
    app.use((error: Error & { status?: number }, _req: unknown, res: express5.Response, _next: unknown) => {
      res.status(error.status ?? 500).send(`handled: ${error.message}`)
    })
    return app
  }

const koaApp =
  (Koa: typeof Koa3): MakeApp =>
  (endpoints, { parsing, swallowing, prefix, auth } = {}) => {
    const app = new Koa()
    app.silent = true
    app.use(async (ctx, next) => {
      try {
        await next()
      } catch (error) {
        ctx.status = (error as { status?: number }).status ?? 500
        ctx.body = `handled: ${(error as Error).message}`
      }
    })
    if (parsing) {
      // Like koa-bodyparser: an empty object for a body of another type.
      app.use(async (ctx, next) => {
        const type = ctx.is('json', 'urlencoded', 'text')
        const read = type === null || type === false ? undefined : await text(ctx.req)
        const parsed =
          type === 'text'
            ? read
            : type === 'json'
              ? JSON.parse(read ?? '')
              : Object.fromEntries(new URLSearchParams(read))
        Object.assign(ctx.request, { body: parsed as unknown })
        await next()
      })
    }
    if (swallowing) app.use((ctx, next) => text(ctx.req).then(next))
    if (prefix === undefined) app.use(onKoa.endpoints(...endpoints))
    else
      app.use(
        new Router()
          .use(prefix, onKoa.endpoints(...endpoints))
          .all('{/*rest}', (_ctx, next) => next())
          .routes(),
      )
    if (auth) app.use(onKoa.workloadAuth(auth))
    app.use((ctx) => {
      ctx.body = 'next'
    })
    return app.callback()
  }

const honoApp: MakeApp = (endpoints, { parsing, swallowing, prefix, auth } = {}) => {
  const app = new Hono()
  if (parsing) {
    app.use(async (c, next) => {
      const type = c.req.header('content-type') ?? ''
      if (type.includes('json')) await c.req.json()
      else if (type.includes('urlencoded')) await c.req.parseBody()
      else if (type.includes('text')) await c.req.text()
      await next()
    })
  }
  if (swallowing) app.use((c, next) => c.req.raw.text().then(next))
  if (prefix === undefined) app.use(onHono.endpoints(...endpoints))
  else app.route(prefix, new Hono().use(onHono.endpoints(...endpoints)))
  if (auth) app.use(onHono.workloadAuth(auth))
  app.all('*', (c) => c.text('next'))
  app.onError((error, c) => {
    const { status = 500 } = error as { status?: number }
    return c.text(`handled: ${error.message}`, status as 500)
  })
  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

const fastifyApp: MakeApp = (endpoints, { parsing, swallowing, prefix, auth } = {}) => {
  const app = fastify()
  // Fastify has parsers of its own, and they run after the hooks that answer.
  if (parsing) app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async () => ({}))
  else app.addContentTypeParser('*', async (_request: unknown, payload: Readable) => text(payload))
  if (swallowing) app.addHook('onRequest', async ({ raw }) => void (await text(raw)))
  const mount = async (context: FastifyInstance): Promise<void> => {
    context.register(onFastify.endpoints(...endpoints))
    context.all('/*', async () => 'next')
  }
  app.register(prefix === undefined ? onFastify.endpoints(...endpoints) : mount, { prefix: prefix ?? '' })
  if (auth) app.register(onFastify.workloadAuth(auth))
  app.all('/*', async () => 'next')
  app.setErrorHandler((error: Error & { status?: number }, _request, reply) =>
    reply.code(error.status ?? 500).send(`handled: ${error.message}`),
  )
  const ready = app.ready()
  return (request, response) => void ready.then(() => app.routing(request, response))
}

const apps: Readonly<Record<string, MakeApp>> = {
  'Express 5': expressApp(express5),
  'Express 4': expressApp(express4),
  'Koa 3': koaApp(Koa3),
  'Koa 2': koaApp(Koa2),
  Hono: honoApp,
  Fastify: fastifyApp,
}

interface Sent {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Sent in chunks, without a length, if it is a list. */
  readonly body?: string | readonly string[]
}

interface Received {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

const servers: Server[] = []
// One connection: leftovers of a request would affect the next.
const agent = new Agent({ keepAlive: true, maxSockets: 1 })

afterAll(async () => {
  agent.destroy()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function call(port: number, path: string, { method = 'POST', headers = {}, body = '' }: Sent = {}): Promise<Received> {
  return new Promise((resolve, reject) => {
    const length = typeof body === 'string' && body !== '' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
    const sent = request(
      { port, host: '127.0.0.1', path, method, agent, headers: { ...headers, ...length } },
      (response) => {
        text(response).then(
          (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
          reject,
        )
      },
    )
    sent.on('error', reject)
    for (const piece of typeof body === 'string' ? [body] : body) if (piece !== '') sent.write(piece)
    sent.end()
  })
}

const json = (status: number, value: unknown): EndpointAnswer => ({
  status,
  headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  body: JSON.stringify(value),
})

const ends = (suffix: string, answer: Endpoint['answer']): Endpoint => ({
  answer: (request) => (request.path.endsWith(suffix) ? answer(request) : undefined),
})

/** Returns what it receives. */
const echo = ends('/echo', async (request) => {
  try {
    return json(200, {
      method: request.method,
      path: request.path,
      types: request.headers('content-type'),
      none: request.headers('dpop'),
      body: await request.body(),
      again: (await request.body()) === (await request.body()),
    })
  } catch (error) {
    if (error instanceof BodyTooLarge) return json(413, { error: error.message })
    throw error
  }
})

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const limit = 65_536

describe.each(Object.entries(apps))('endpoints() in %s', (_name, app) => {
  test('endpoints() answers with the first endpoint that returns an answer, and passes other requests on', async () => {
    const first = ends('/both', () => json(200, 'first'))
    const second = ends('/both', () => json(200, 'second'))
    const other = ends('/other', () => Promise.resolve(json(201, 'other')))
    const port = await listen(app([first, second, other]))

    expect(await call(port, '/both')).toMatchObject({
      status: 200,
      body: '"first"',
      headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'content-length': '7' },
    })
    expect(await call(port, '/other')).toMatchObject({ status: 201, body: '"other"' })
    expect(await call(port, '/elsewhere')).toMatchObject({ status: 200, body: 'next' })
  })

  test('an endpoint gets the method, the path as sent, the headers and the text of the body', async () => {
    const port = await listen(app([echo]))
    const { body } = await call(port, '/a%2Fb/%C3%BC//echo?path=/no', { headers: form, body: 'a=%26&b=ü' })

    expect(JSON.parse(body)).toEqual({
      method: 'POST',
      path: '/a%2Fb/%C3%BC//echo',
      types: ['application/x-www-form-urlencoded'],
      none: [],
      body: 'a=%26&b=ü',
      again: true,
    })
  })

  test('an endpoint gets empty text if there is no body', async () => {
    const port = await listen(app([echo]))

    expect(JSON.parse((await call(port, '/echo')).body)).toMatchObject({ method: 'POST', body: '' })
    expect(JSON.parse((await call(port, '/echo', { method: 'GET' })).body)).toMatchObject({ method: 'GET', body: '' })
  })

  test('endpoints() answers HEAD with headers only', async () => {
    const seen: string[] = []
    const port = await listen(app([ends('/head', ({ method }) => (seen.push(method), json(200, 'body')))]))
    const { status, headers, body } = await call(port, '/head', { method: 'HEAD' })

    expect({ status, type: headers['content-type'], body, seen }).toEqual({
      status: 200,
      type: 'application/json',
      body: '',
      seen: ['HEAD'],
    })
  })

  test('endpoints() sends no body for a status without one', async () => {
    const port = await listen(app([ends('/204', () => ({ status: 204, headers: { 'X-Kept': 'yes' }, body: '' }))]))

    expect(await call(port, '/204')).toMatchObject({ status: 204, body: '', headers: { 'x-kept': 'yes' } })
  })

  test('an endpoint gets the whole path below a prefix', async () => {
    const port = await listen(app([echo], { prefix: '/api' }))

    expect(JSON.parse((await call(port, '/api/v1/echo?x')).body)).toMatchObject({ path: '/api/v1/echo' })
    expect(await call(port, '/echo')).toMatchObject({ body: 'next' })
  })

  test.each([
    ['a form', form, 'grant=a%26b&grant_type=c', { grant: 'a&b', grant_type: 'c' }],
    ['JSON', { 'content-type': 'application/json' }, '{"a":["b"]}', { a: ['b'] }],
    ['text', { 'content-type': 'text/plain' }, 'plain ü', 'plain ü'],
  ])('an endpoint gets the result of a body parser for %s', async (_, headers, body, expected) => {
    const port = await listen(app([echo], { parsing: true }))
    const { body: seen } = JSON.parse((await call(port, '/echo', { headers, body })).body) as { body: unknown }

    // Hono's methods keep the text, and each of them parses it again.
    const parsed =
      typeof seen === 'string' && typeof expected === 'object' ? parse(headers['content-type'], seen) : seen
    expect(parsed).toEqual(expected)
  })

  test('an endpoint can read a body that an earlier parser ignored', async () => {
    const port = await listen(app([echo], { parsing: true }))
    const headers = { 'content-type': 'application/jwt' }

    expect(JSON.parse((await call(port, '/echo', { headers, body: 'a.b.c' })).body)).toMatchObject({ body: 'a.b.c' })
  })

  test('an endpoint accepts up to 64 KiB, with or without a length; the connection stays usable', async () => {
    const port = await listen(app([echo]))
    const most = 'x'.repeat(limit)
    const sent: (string | string[])[] = [
      most,
      [most.slice(1), 'x'],
      `${most}x`,
      [most, 'x'],
      [most, most, most],
      ['é', most],
    ]
    const statuses: number[] = []
    for (const body of sent) {
      const { status } = await call(port, '/echo', { body, headers: { 'content-type': 'application/jwt' } })
      statuses.push(status)
    }

    expect(statuses).toEqual([200, 200, 413, 413, 413, 413])
    expect(await call(port, '/echo', { body: 'small' })).toMatchObject({ status: 200 })
  })

  test('an endpoint refuses more than 64 KiB even from a body parser', async () => {
    const port = await listen(app([echo], { parsing: true }))
    const body = JSON.stringify({ a: 'x'.repeat(limit) })

    expect(await call(port, '/echo', { body, headers: { 'content-type': 'application/json' } })).toMatchObject({
      status: 413,
    })
  })

  test('an aborted upload rejects the body', async () => {
    const outcomes = new EventEmitter()
    const outcome = once(outcomes, 'settled')
    const upload = ends('/upload', async (request) => {
      const body = request.body()
      sent.destroy()
      await body.catch((error: unknown) => outcomes.emit('settled', error))
      return json(200, 'the body must not be read')
    })
    const port = await listen(app([upload]))
    const sent = request({
      port,
      host: '127.0.0.1',
      path: '/upload',
      method: 'POST',
      headers: { 'content-length': '9' },
    })
    sent.on('error', () => {})
    sent.write('half')

    expect(await outcome).toMatchObject([{ status: 400, message: 'The request ended before its body did.' }])
  })

  test('endpoints() passes exceptions and rejections to the framework', async () => {
    const late = ends('/late', () => Promise.reject(new Error('late fault')))
    const thrown = ends('/thrown', () => {
      throw new Error('thrown fault')
    })
    const tooMuch = ends('/much', async (request) => json(200, await request.body()))
    const port = await listen(app([late, thrown, tooMuch]))

    expect(await call(port, '/late')).toMatchObject({ status: 500, body: 'handled: late fault' })
    expect(await call(port, '/thrown')).toMatchObject({ status: 500, body: 'handled: thrown fault' })
    expect(await call(port, '/much', { body: 'x'.repeat(limit + 1) })).toMatchObject({ status: 413 })
  })

  test('a consumed body is a programming error, not an empty body', async () => {
    const port = await listen(app([echo], { swallowing: true }))
    const { status, body } = await call(port, '/echo', { body: 'gone' })

    expect({ status, body }).toEqual({
      status: 500,
      body: expect.stringContaining('mount endpoints() before the middleware that reads it'),
    })
  })
})

describe.each(Object.entries(apps))('RFC 9728 metadata in %s', (_name, app) => {
  const insecure = { [oauth.allowInsecureRequests]: true }

  /** An API whose resource contains its port. */
  async function api(path: string): Promise<{ port: number; metadata: ResourceMetadata }> {
    let listener: RequestListener | undefined
    const port = await listen((req, res) => listener?.(req, res))
    const metadata: ResourceMetadata = {
      resource: `http://127.0.0.1:${port}${path}`,
      authorizationServers: ['https://auth.acme.dev'],
      scopes: ['deploy'],
      name: 'Deploy API',
      insecureLoopback: true,
    }
    const trust = githubActions({ ownerId: '1234567' })
    const document = resourceMetadata(metadata)
    const auth = { audience: 'https://api.acme.dev', trust, resourceMetadata: document }
    listener = app([document], { auth })
    return { port, metadata }
  }

  test.each(['', '/', '/v1', '/v1/'])('a client finds the metadata from the resource at %j', async (path) => {
    const { resource } = (await api(path)).metadata
    const url = new URL(resource)
    const answer = await oauth.resourceDiscoveryRequest(url, insecure)

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'max-age=3600',
      'access-control-allow-origin': '*',
    })
    expect(await oauth.processResourceDiscoveryResponse(url, answer)).toEqual({
      resource,
      authorization_servers: ['https://auth.acme.dev'],
      scopes_supported: ['deploy'],
      bearer_methods_supported: ['header'],
      resource_name: 'Deploy API',
    })
  })

  test('a client finds the metadata from the challenge to a refused token', async () => {
    const { resource } = (await api('/v1')).metadata
    const refused: unknown = await oauth
      .protectedResourceRequest('no-jwt', 'POST', new URL(`${resource}/deploy`), undefined, null, insecure)
      .catch((error: unknown) => error)
    const [challenge] = (refused as oauth.WWWAuthenticateChallengeError).cause
    const { resource_metadata: address = '', ...parameters } = challenge?.parameters ?? {}

    expect(parameters).toEqual({
      realm: 'jobpass',
      error: 'invalid_token',
      error_description: 'The token is not a well-formed signed JWT.',
      scope: 'deploy',
    })
    const document = await oauth.processResourceDiscoveryResponse(new URL(resource), await fetch(address))
    expect(document.resource).toBe(resource)
  })

  test('the challenge to a call without a token has the URL, whatever its Host header', async () => {
    const { port } = await api('')
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' }
    const { status, headers: answered } = await call(port, '/deploy', { headers })

    expect({ status, challenge: answered['www-authenticate'] }).toEqual({
      status: 401,
      challenge: `Bearer realm="jobpass", scope="deploy", resource_metadata="http://127.0.0.1:${port}/.well-known/oauth-protected-resource"`,
    })
  })

  test('the metadata endpoint answers GET and HEAD at its path only', async () => {
    const { port } = await api('/v1')
    const path = '/.well-known/oauth-protected-resource/v1'
    const head = await call(port, path, { method: 'HEAD' })

    expect(head).toMatchObject({ status: 200, body: '', headers: { 'content-type': 'application/json' } })
    expect(await call(port, `${path}?a`, { method: 'GET' })).toMatchObject({ status: 200 })
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(await call(port, path, { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } })
    for (const other of [`${path}/`, `${path}1`, path.slice(0, -3), `/v1${path}`, path.replace('v1', '%761')])
      expect(await call(port, other, { method: 'GET' })).toMatchObject({ status: 401 })
  })
})

test.each(Object.entries(apps).filter(([name]) => name !== 'Hono'))(
  '%s reads requests that a Lambda shim made from events',
  async (_name, app) => {
    const handler = serverless(app([echo]))
    const event = {
      version: '2.0',
      rawPath: '/echo',
      rawQueryString: '',
      headers: form,
      requestContext: { http: { method: 'POST', path: '/echo', sourceIp: '127.0.0.1' } },
    }
    for (const body of ['a=%26', undefined]) {
      const { body: answered } = (await handler({ ...event, body }, {})) as { body: string }
      expect(JSON.parse(answered)).toMatchObject({ path: '/echo', body: body ?? '' })
    }
  },
)

function parse(type: string, body: string): unknown {
  return type.includes('json') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body))
}

test.each([onExpress, onKoa, onHono])('endpoints() throws for anything except an endpoint', ({ endpoints }) => {
  expect(() => endpoints()).toThrow(new TypeError('endpoints() needs an endpoint, such as resourceMetadata({ … })'))
  expect(() => endpoints({} as Endpoint)).toThrow(
    new TypeError('endpoints() takes endpoints, which have answer(request), not an object'),
  )
  expect(() => endpoints(undefined as unknown as Endpoint)).toThrow(TypeError)
})
