import { createTestIssuer } from '@jobpass/testing'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { fastify } from 'fastify'
import { expect, test } from 'vitest'
import type { VerdictEvent } from './index.ts'
import {
  createVerifier,
  either,
  endpoints,
  getMatched,
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
const authorization = `Bearer ${await issuer.mint({ aud: audience })}`
const feature = `Bearer ${await issuer.mint({ aud: audience, ref: 'refs/heads/dev' })}`
const headers = { authorization }

interface Answer {
  readonly status: number
  readonly body: unknown
  readonly challenge: unknown
}

async function call(app: FastifyInstance, url: string, sent: Record<string, string> = headers): Promise<Answer> {
  const response = await app.inject({ url, headers: sent })
  const { 'content-type': type, 'www-authenticate': challenge } = response.headers
  return { status: response.statusCode, body: /json/.test(String(type)) ? response.json() : response.body, challenge }
}

test('the guarded handler reads the workload', async () => {
  const app = fastify()
  app.register(workloadAuth(options))
  app.get('/deploy', { onRequest: requireWorkload(main) }, async (request) => {
    const { repository, runId } = getWorkload(request, main)
    return { repository, runId: runId.trim(), same: request.workload === getWorkload(request) }
  })

  expect((await call(app, '/deploy')).body).toEqual({ repository: 'acme/shop', runId: '19872285394', same: true })
})

test('a refused caller gets the documented answer, and the handler does not run', async () => {
  let runs = 0
  const app = fastify()
  app.register(workloadAuth(options))
  app.get('/deploy', { onRequest: requireWorkload(main) }, async () => ++runs)

  const refused = await call(app, '/deploy', { authorization: feature })

  expect([refused.status, refused.body, runs]).toMatchObject([403, { code: 'workload_forbidden' }, 0])
})

test('a guard that is a hook of the response is logged as an error, since the handler ran before it', async () => {
  const logged: string[] = []
  const app = fastify({ logger: { level: 'error', stream: { write: (line: string) => void logged.push(line) } } })
  app.register(workloadAuth(options))
  app.get('/deploy', { onResponse: requireWorkload(main) }, async () => 'deployed')

  await call(app, '/deploy')

  expect(logged.map((line) => JSON.parse(line).err.message)).toEqual([
    'requireWorkload() ran after the handler: make it the onRequest hook of the route',
  ])
})

test('routes of nested plugins are guarded, wherever the verifier is registered in their parent', async () => {
  let runs = 0
  const route = async (app: FastifyInstance): Promise<void> => {
    app.get('/', async () => ++runs)
  }
  const app = fastify()
  app.get('/declared-before', async () => ++runs)
  await app.register(workloadAuth(options))
  app.register(route, { prefix: '/nested' })
  app.register(async (outer) => outer.register(route, { prefix: '/inner' }), { prefix: '/outer' })
  const paths = ['/declared-before', '/nested', '/outer/inner', '/nowhere']

  const answers = await Promise.all(paths.map((path) => call(app, path, {})))

  expect([answers.map(({ status }) => status), runs]).toEqual([[401, 401, 401, 401], 0])
})

test('routes of a plugin that was registered before the verifier are guarded too', async () => {
  let runs = 0
  const app = fastify()
  app.register(async (early) => {
    early.get('/early', { onRequest: requireWorkload(main) }, async ({ workload }) => ({ runs: ++runs, ...workload }))
    early.get('/open', async () => ++runs)
  })
  app.register(workloadAuth(options))

  expect([(await call(app, '/early', {})).status, (await call(app, '/open', {})).status, runs]).toEqual([401, 401, 0])
  expect((await call(app, '/early')).body).toMatchObject({ runs: 1, repository: 'acme/shop' })
})

test('a guard without a verifier fails, and the handler does not run', async () => {
  let runs = 0
  const app = fastify()
  app.get('/', { onRequest: requireWorkload(main) }, async () => ++runs)

  expect([await call(app, '/'), runs]).toMatchObject([
    { status: 500, body: { message: 'requireWorkload() found no verifier: put workloadAuth() before it' } },
    0,
  ])
})

test('a verifier in a plugin guards that plugin only', async () => {
  const app = fastify()
  app.register(async (api) => {
    api.register(workloadAuth(options))
    api.get('/api', async (request) => request.workload)
  })
  app.get('/public', async (request) => ({ workload: request.workload ?? 'none' }))

  expect([await call(app, '/api', {}), await call(app, '/public', {})]).toMatchObject([
    { status: 401 },
    { status: 200, body: { workload: 'none' } },
  ])
})

test('an error handler and a handler of unknown paths run for verified callers only', async () => {
  let runs = 0
  const app = fastify()
  app.register(workloadAuth(options))
  app.setNotFoundHandler(async () => ++runs)
  app.get('/fails', async () => {
    throw new Error('broken')
  })

  expect((await call(app, '/nowhere', {})).status).toBe(401)
  expect(runs).toBe(0)
  expect((await call(app, '/nowhere')).status).toBe(200)
  expect((await call(app, '/fails', {})).status).toBe(401)
})

test('a handler that streams does not begin for a refused caller', async () => {
  let begun = false
  const app = fastify()
  app.register(workloadAuth(options))
  app.get('/', { onRequest: requireWorkload(main) }, async (_request, reply) => {
    begun = true
    return reply.send(new ReadableStream({ start: (controller) => controller.close() }))
  })

  expect((await call(app, '/', { authorization: feature })).status).toBe(403)
  expect(begun).toBe(false)
})

test('hooks and handlers after a refusal do not run, also where onSend takes its time', async () => {
  const ran: string[] = []
  const app = fastify()
  app.register(workloadAuth(options))
  app.addHook('onRequest', async () => void ran.push('onRequest'))
  app.addHook('preHandler', async () => void ran.push('preHandler'))
  app.addHook('onSend', async (_request, _reply, payload) => payload)
  app.get('/', async () => ran.push('handler'))

  expect((await call(app, '/', {})).status).toBe(401)
  expect(ran).toEqual([])
})

test('lesson K3: a guard believes no workload that it finds on the request', async () => {
  const app = fastify()
  app.addHook('onRequest', async (request) => {
    Object.defineProperty(request, 'workload', { value: { repository: 'acme/shop', branch: 'main' } })
  })
  app.get('/', { onRequest: requireWorkload(main) }, async () => 'in')

  expect((await call(app, '/')).status).toBe(500)
})

test('lesson L3: a name that another plugin has taken is an error at start, never a caller', async () => {
  const app = fastify()
  app.decorateRequest('workload')
  app.register(workloadAuth(options))
  await expect(app.ready()).rejects.toThrow("The decorator 'workload' has already been added!")
})

test('lesson L3: a workload that somebody else put on the request is a fault, never a caller', async () => {
  const app = fastify()
  app.addHook('onRequest', async (request) => {
    Object.defineProperty(request, 'workload', { value: { repository: 'acme/shop' } })
  })
  app.register(workloadAuth(options))
  app.get('/', async () => 'in')

  expect(await call(app, '/')).toMatchObject({
    status: 500,
    body: { message: 'request.workload is taken by another middleware' },
  })
})

test('the workload of a request cannot be replaced', async () => {
  const app = fastify()
  app.register(workloadAuth(options))
  app.get('/', async (request) => {
    expect(() => Object.assign(request, { workload: { owner: 'evil' } })).toThrow(TypeError)
    return request.workload?.owner
  })
  expect((await call(app, '/')).body).toBe('acme')
})

test("errors: 'throw' hands a WorkloadAuthError to the error handler", async () => {
  let caught: unknown
  const app = fastify()
  app.register(workloadAuth({ ...options, errors: 'throw' }))
  app.setErrorHandler((error, _request, reply) => {
    caught = error
    return reply.send(error)
  })
  app.get('/', async () => 'in')

  expect(await call(app, '/', {})).toMatchObject({ status: 401, challenge: 'Bearer realm="jobpass"' })
  expect(caught).toBeInstanceOf(WorkloadAuthError)
})

test('lesson I10: the challenge stands beside that of another scheme', async () => {
  const app = fastify()
  app.addHook('onRequest', async (_request, reply) => void reply.header('WWW-Authenticate', 'Basic realm="people"'))
  app.register(workloadAuth(options))
  app.get('/', async () => 'in')

  expect((await call(app, '/', {})).challenge).toEqual(['Basic realm="people"', 'Bearer realm="jobpass"'])
})

test('a verifier is shared, and its events have the request of Fastify', async () => {
  const events: VerdictEvent[] = []
  const verifier = createVerifier({ ...options, onVerdict: (event) => void events.push(event) })
  const requests: FastifyRequest[] = []
  const app = fastify()
  app.register(workloadAuth(verifier))
  app.get('/projects/:name', async (request) => requests.push(request))

  await call(app, '/projects/shop?x=1')

  expect(events[0]?.request).toMatchObject({ method: 'GET', path: '/projects/shop' })
  expect(events[0]?.request?.raw).toBe(requests[0])
})

test('a resolver gets the request with its parameters, and decides by what it asks for', async () => {
  const app = fastify()
  app.register(workloadAuth(options))
  const rules: Record<string, typeof main> = { shop: main, other: githubActions({ repository: 'acme/other' }) }
  const guard = requireWorkload((_workload, { params }) => rules[(params as { name: string }).name])
  app.get('/projects/:name', { onRequest: guard }, async () => 'ok')

  const answers = await Promise.all(['shop', 'other', 'none'].map((name) => call(app, `/projects/${name}`)))
  expect(answers.map(({ status }) => status)).toEqual([200, 403, 403])
})

test('a guard works as preHandler too, and getMatched returns its rule', async () => {
  const rule = githubActions({ repository: 'acme/shop' }, { data: { project: 7 } })
  const app = fastify()
  app.register(workloadAuth(options))
  app.post('/', { preHandler: requireWorkload(rule) }, async (request) => getMatched(request, rule).data)

  const response = await app.inject({ method: 'POST', url: '/', headers, payload: { x: 1 } })
  expect(response.json()).toEqual({ project: 7 })
})

test('getWorkload checks and narrows, and throws where the caller is somebody else or nobody', async () => {
  const app = fastify()
  app.register(workloadAuth({ ...options, optional: true }))
  app.get('/provider', async (request) => getWorkload(request, githubActions).claims.repository_visibility)
  app.get('/other', async (request) => getWorkload(request, gitlab))
  app.get('/nobody', async (request) => getWorkload(request))

  expect([await call(app, '/provider'), await call(app, '/other'), await call(app, '/nobody', {})]).toMatchObject([
    { body: 'private' },
    { status: 500, body: { message: /the caller is not/ } },
    { status: 500, body: { message: /found no caller/ } },
  ])
})

test('an endpoint answers before the verifier, reads the body, and leaves other paths', async () => {
  const app = fastify()
  app.register(
    endpoints({
      answer: (request) =>
        request.path === '/token'
          ? request.body().then((body) => ({ status: 201, headers: { 'x-read': String(body) }, body: '' }))
          : undefined,
    }),
  )
  app.register(workloadAuth(options))

  const token = await app.inject({
    method: 'POST',
    url: '/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: 'a=b',
  })
  expect([token.statusCode, token.headers['x-read']]).toEqual([201, 'a=b'])
  expect((await call(app, '/other', {})).status).toBe(401)
})

test('a body over the limit of an endpoint is answered 413', async () => {
  const app = fastify()
  app.register(
    endpoints({ answer: (request) => request.body().then(() => ({ status: 200, headers: {}, body: 'read' })) }),
  )
  const { statusCode } = await app.inject({ method: 'POST', url: '/', payload: 'x'.repeat(200_000) })
  expect(statusCode).toBe(413)
})

const people = { authorization: 'Basic cGVvcGxl' }

test.each([
  [
    'a hook with a callback',
    either(workloadAuth(options), (request, reply, done) => {
      if (request.headers.authorization === people.authorization) return done()
      void reply.code(401).header('WWW-Authenticate', 'Basic realm="people"').send({ who: 'nobody' })
    }),
  ],
  [
    'an async hook',
    either(workloadAuth(options), async (request: FastifyRequest, reply: FastifyReply) => {
      if (request.headers.authorization === people.authorization) return undefined
      return reply.code(401).header('WWW-Authenticate', 'Basic realm="people"').send({ who: 'nobody' })
    }),
  ],
])('either admits a job, or whom %s admits, and offers both challenges', async (_, plugin) => {
  let runs = 0
  const app = fastify()
  app.register(plugin)
  app.get('/', async (request) => ({ job: request.workload?.owner ?? null, runs: ++runs }))

  expect((await call(app, '/')).body).toEqual({ job: 'acme', runs: 1 })
  expect((await call(app, '/', people)).body).toEqual({ job: null, runs: 2 })
  const nobody = await call(app, '/', {})
  expect([nobody.status, [nobody.challenge].flat(), runs]).toEqual([
    401,
    ['Basic realm="people"', 'Bearer realm="jobpass"'],
    2,
  ])
  expect((await call(app, '/', { authorization: feature.slice(0, -9) })).status).toBe(401)
})

test('either hands on the error of an async hook', async () => {
  const app = fastify()
  app.register(either(workloadAuth(options), async () => Promise.reject(new Error('the database is down'))))
  app.get('/', async () => 'in')
  expect(await call(app, '/', people)).toMatchObject({ status: 500, body: { message: 'the database is down' } })
})

test.each([
  ['a provider that was not called', () => requireWorkload(githubActions as never)],
  ['no rule', () => requireWorkload(...([] as unknown as [never]))],
  ['no audience', () => workloadAuth({ trust } as never)],
  [
    'another plugin as the first of either()',
    () =>
      either(
        async () => {},
        async () => {},
      ),
  ],
])('%s is a TypeError at construction', (_, make) => {
  expect(make).toThrow(TypeError)
})
