import { createTestIssuer } from '@jobpass/testing'
import { Hono } from 'hono'
import { bearerAuth } from 'hono/bearer-auth'
import { some } from 'hono/combine'
import { HTTPException } from 'hono/http-exception'
import { expect, test, vi } from 'vitest'
import {
  getWorkload,
  githubActions,
  gitlab,
  requireWorkload,
  endpoints,
  WorkloadAuthError,
  workloadAuth,
} from './index.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const options = { audience, trust, fetch: issuer.fetch }
const headers = { authorization: `Bearer ${await issuer.mint({ aud: audience })}` }

test('the guarded handler reads the workload, typed by the rule', async () => {
  const app = new Hono()
  app.use(workloadAuth(options))
  app.post('/deploy', requireWorkload(main), (c) => {
    const { repository, runId } = c.var.workload
    return c.json({ repository, runId: runId.trim(), same: getWorkload(c) === c.var.workload })
  })

  const response = await app.request('/deploy', { method: 'POST', headers })

  expect(await response.json()).toEqual({ repository: 'acme/shop', runId: '19872285394', same: true })
})

test('lesson K3: a guard believes no workload that it finds in the context', async () => {
  const app = new Hono<{ Variables: { workload: unknown } }>()
  app.use(async (c, next) => {
    c.set('workload', { repository: 'acme/shop', branch: 'main' })
    await next()
  })
  app.get('/', requireWorkload(main), (c) => c.text('in'))
  app.onError((error, c) => c.text(error.message, 500))

  const response = await app.request('/')

  expect([response.status, await response.text()]).toEqual([
    500,
    'requireWorkload() found no verifier: put workloadAuth() before it',
  ])
})

test('a guard and getWorkload read the verified caller, whatever is set over it', async () => {
  const app = new Hono()
  app.use(workloadAuth(options))
  app.use(async (c, next) => {
    c.set('workload' as never, { repository: 'evil/shop' })
    await next()
  })
  app.get('/', requireWorkload(main), (c) => c.text(getWorkload(c).repository ?? ''))

  expect(await (await app.request('/', { headers })).text()).toBe('acme/shop')
})

test('lesson L3: a context whose workload somebody else set is a fault, never a caller', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    c.set('workload' as never, { repository: 'acme/shop' })
    await next()
  })
  app.use(workloadAuth(options))
  app.onError((error, c) => c.text(error.message, 500))

  expect(await (await app.request('/', { headers })).text()).toBe('c.var.workload is taken by another middleware')
})

test("errors: 'throw' throws an HTTPException with the answer in it, and the error as its cause", async () => {
  let caught: unknown
  const app = new Hono()
  app.use(workloadAuth({ ...options, errors: 'throw' }))
  app.onError((error) => {
    caught = error
    return (error as HTTPException).getResponse()
  })

  const response = await app.request('/')

  expect(response.status).toBe(401)
  expect(response.headers.get('www-authenticate')).toBe('Bearer realm="jobpass"')
  expect(await response.json()).toMatchObject({ code: 'token_missing' })
  expect(caught).toBeInstanceOf(HTTPException)
  expect((caught as HTTPException).cause).toBeInstanceOf(WorkloadAuthError)
})

test('R15: beside another check of hono/combine, a refusal leaves nothing on the answer', async () => {
  const app = new Hono()
  app.use(some(workloadAuth({ ...options, errors: 'throw' }), bearerAuth({ token: 'static-operator-token' })))
  app.get('/', (c) => c.text('in'))

  const byJob = await app.request('/', { headers })
  const byOperator = await app.request('/', { headers: { authorization: 'Bearer static-operator-token' } })
  const byNobody = await app.request('/', { headers: { authorization: 'Bearer other' } })

  expect([byJob.status, byOperator.status, byNobody.status]).toEqual([200, 200, 401])
  expect(byOperator.headers.get('www-authenticate')).toBeNull()
  expect(byOperator.headers.get('cache-control')).toBeNull()
})

test('R15: the thrown HTTPException has the message of the refusal', async () => {
  const app = new Hono()
  app.use(workloadAuth({ ...options, errors: 'throw' }))
  app.onError((error, c) => c.text(error.message, 500))
  expect(await (await app.request('/')).text()).toBe('This API needs the OIDC token of a CI job as Bearer token.')
})

test('O9: a body that was cut off is answered, and Hono logs no stack', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const app = new Hono()
  app.use(endpoints({ answer: (request) => request.body().then(() => ({ status: 200, headers: {}, body: 'read' })) }))
  const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('socket hang up')) })
  const response = await app.request('/', { method: 'POST', body: stream, duplex: 'half' } as RequestInit)
  expect([response.status, log.mock.calls]).toEqual([400, []])
  log.mockRestore()
})

test('lesson I10: the challenge stands beside that of another scheme', async () => {
  const app = new Hono()
  app.use(async (c, next) => {
    c.header('WWW-Authenticate', 'Basic realm="people"')
    await next()
  })
  app.use(workloadAuth(options))

  expect((await app.request('/')).headers.get('www-authenticate')).toBe('Basic realm="people", Bearer realm="jobpass"')
})

test('getWorkload narrows to a provider, and throws for another one', async () => {
  const app = new Hono()
  app.use(workloadAuth(options))
  app.get('/', (c) => {
    expect(() => getWorkload(c, gitlab)).toThrow('the caller is not')
    return c.text(getWorkload(c, githubActions).claims.repository_visibility ?? 'unknown')
  })

  expect(await (await app.request('/', { headers })).text()).toBe('private')
})

test('a resolver gets the context, and decides by what it asks for', async () => {
  const app = new Hono()
  app.use(workloadAuth(options))
  app.get(
    '/:name',
    requireWorkload((_workload, c) => (c.req.param('name') === 'shop' ? main : undefined)),
    (c) => c.text('ok'),
  )

  expect([(await app.request('/shop', { headers })).status, (await app.request('/other', { headers })).status]).toEqual(
    [200, 403],
  )
})
