import { getRequestListener } from '@hono/node-server'
import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { TRPCError } from '@trpc/server'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp, createRouter } from './app.ts'
import { requireWorkload, t } from './trpc.ts'

const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
const listenerOf = (app: ReturnType<typeof createApp>) => getRequestListener(app, { overrideGlobalObjects: false })
const server = listenerOf(createApp(issuer))
const deploy = (token: string) => request(server).post('/trpc/deploy').auth(token, { type: 'bearer' }).send({})
const callOf = (token?: string): Request =>
  new Request(`${aud}/trpc/deploy`, { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

describe('the deploy API over HTTP', () => {
  test('main deploys, and the procedure knows the commit', async () => {
    const response = await deploy(await issuer.mint({ aud, sha: 'c0ffee' }))
    expect([response.status, response.body]).toEqual([
      200,
      { result: { data: { deployed: 'acme/shop', commit: 'c0ffee' } } },
    ])
  })

  test('another branch may not deploy, and reads why', async () => {
    const response = await deploy(next)
    expect([response.status, response.body.error.data]).toMatchObject([
      403,
      {
        code: 'FORBIDDEN',
        problem: { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'next' }] },
      },
    ])
  })

  test('the refusal does not show what the rule expects', async () => {
    const { status, text } = await deploy(next)
    expect(status).toBe(403)
    expect(text).not.toContain('expected')
  })

  test('a call without a token is challenged', async () => {
    const { status, body, headers } = await request(server).post('/trpc/deploy').send({})
    expect([status, body.error.data.code, body.error.data.problem.code]).toEqual([401, 'UNAUTHORIZED', 'token_missing'])
    expect([headers['www-authenticate'], headers['cache-control'], headers['content-type']]).toEqual([
      'Bearer realm="jobpass"',
      'no-store',
      'application/json',
    ])
  })

  test('a malformed credential is a bad request', async () => {
    const { status, body } = await deploy('a b')
    expect([status, body.error.data.code]).toEqual([400, 'BAD_REQUEST'])
  })

  test('an outage of the issuer is no fault of the caller', async () => {
    const other = await createTestIssuer(githubActions)
    other.goOffline()
    const { status, body, headers } = await request(listenerOf(createApp(other)))
      .post('/trpc/deploy')
      .auth(main, { type: 'bearer' })
      .send({})
    expect([status, body.error.data.code]).toEqual([503, 'SERVICE_UNAVAILABLE'])
    expect(headers['retry-after']).toMatch(/^\d+$/)
  })

  test('a batch has a refusal for each call', async () => {
    const { status, body } = await request(server).post('/trpc/deploy,deploy?batch=1').send({})
    const codes = body.map(({ error }: { error: { data: { code: string } } }) => error.data.code)
    expect([status, codes]).toEqual([401, ['UNAUTHORIZED', 'UNAUTHORIZED']])
  })

  test('procedures without a guard need no token', async () => {
    expect((await request(server).get('/trpc/health')).body).toEqual({ result: { data: 'ok' } })
  })
})

describe('no procedure runs for a stranger', () => {
  const options = { audience: aud, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch } as const
  const verifier = createVerifier({ ...options, errors: 'throw' })
  const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
  const guarded = t.procedure.use(requireWorkload(fetchGuard(verifier, rule)))
  let runs = 0
  const ran = () => void runs++
  const caller = (router: ReturnType<typeof t.router>, token?: string) =>
    t.createCallerFactory(router)({ request: callOf(token) }) as never as Record<string, () => Promise<unknown>> & {
      admin: Record<string, () => Promise<unknown>>
    }

  async function refusalOf(call: () => Promise<unknown>): Promise<unknown> {
    runs = 0
    const error: unknown = await call().catch((thrown: unknown) => thrown)
    expect(runs).toBe(0)
    return error instanceof TRPCError ? error.code : error
  }

  test('called on the server', async () => {
    const router = createRouter(issuer)
    const to = t.createCallerFactory(router)
    await expect(to({ request: callOf(main) }).deploy()).resolves.toMatchObject({ deployed: 'acme/shop' })
    expect(await refusalOf(() => to({ request: callOf(next) }).deploy())).toBe('FORBIDDEN')
    expect(await refusalOf(() => to({ request: callOf() }).deploy())).toBe('UNAUTHORIZED')
  })

  test('in a nested router', async () => {
    const router = t.router({ admin: t.router({ deploy: guarded.mutation(ran) }) })
    expect(await refusalOf(() => caller(router, next).admin['deploy']!())).toBe('FORBIDDEN')
  })

  test('that is a subscription', async () => {
    const subscription = guarded.subscription(async function* () {
      ran()
      yield 1
    })
    expect(await refusalOf(() => caller(t.router({ logs: subscription }), next)['logs']!())).toBe('FORBIDDEN')
  })

  test('behind a middleware that continues after an error', async () => {
    const tolerant = t.middleware(async ({ next: proceed }) => {
      const result = await proceed()
      return result.ok ? result : { ...result, ok: true as const, data: 'sorry' }
    })
    const procedure = t.procedure
      .use(tolerant)
      .use(requireWorkload(fetchGuard(verifier, rule)))
      .mutation(ran)
    expect(await refusalOf(() => caller(t.router({ deploy: procedure }), next)['deploy']!())).toBe('sorry')
  })

  test("with a verifier that does not throw, no caller gets in: it is the program's fault", async () => {
    const procedure = t.procedure.use(requireWorkload(fetchGuard(createVerifier(options), rule))).mutation(ran)
    expect(await refusalOf(() => caller(t.router({ deploy: procedure }), next)['deploy']!())).toBe(
      'INTERNAL_SERVER_ERROR',
    )
  })

  test('with the request of a Node server, no caller gets in', async () => {
    const to = t.createCallerFactory(t.router({ deploy: guarded.mutation(ran) }))
    const node = { headers: { authorization: `Bearer ${main}` } } as never
    expect(await refusalOf(() => to({ request: node }).deploy())).toBe('INTERNAL_SERVER_ERROR')
  })
})
