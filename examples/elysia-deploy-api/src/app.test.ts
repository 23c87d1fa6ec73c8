import { getRequestListener } from '@hono/node-server'
import { createVerifier, fetchGuard, getWorkload, githubActions } from '@jobpass/core'
import { createTestIssuer, expectGuarded } from '@jobpass/testing/node'
import { Elysia, t } from 'elysia'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { guardHook } from './guard-hook.ts'

const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
const app = createApp(issuer)
const server = getRequestListener(app.fetch, { overrideGlobalObjects: false })
const deploy = (token: string) => request(server).post('/deploy').auth(token, { type: 'bearer' })

describe('the deploy API', () => {
  test('main deploys, and the handler knows the commit', async () => {
    const response = await deploy(await issuer.mint({ aud, sha: 'c0ffee' }))
    expect([response.status, response.body]).toEqual([200, { deployed: 'acme/shop', commit: 'c0ffee' }])
  })

  test('another branch may not deploy, and reads why', async () => {
    const response = await deploy(next)
    expect([response.status, response.body]).toMatchObject([
      403,
      { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'next' }] },
    ])
  })

  test('a call without a token is challenged', async () => {
    const response = await request(server).post('/deploy')
    expect([response.status, response.headers['www-authenticate']]).toEqual([401, 'Bearer realm="jobpass"'])
  })

  test('an outage of the issuer is no fault of the caller', async () => {
    const other = await createTestIssuer(githubActions)
    other.goOffline()
    const listener = getRequestListener(createApp(other).fetch, { overrideGlobalObjects: false })
    const response = await request(listener).post('/deploy').auth(main, { type: 'bearer' })
    expect([response.status, response.body.code]).toEqual([503, 'issuer_unavailable'])
  })

  test('the health check needs no token, and an unknown path is 404', async () => {
    expect((await request(server).get('/healthz')).text).toBe('ok')
    expect((await request(server).post('/nothing')).status).toBe(404)
  })

  test('the route that deploys has a guard', async () => {
    const called = { request: async (url: string, init?: RequestInit) => app.handle(new Request(url, init)) }
    await expectGuarded(called, ['POST /deploy'], { stranger: next })
  })
})

const options = { audience: aud, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }
const verifier = createVerifier(options)
const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
const hook = guardHook(fetchGuard(verifier, rule))

/** The status that a stranger gets, and whether the handler ran. */
async function outcomeOf(build: (ran: () => string) => unknown, path = '/deploy') {
  let runs = 0
  const built = build(() => {
    runs++
    return 'deployed'
  }) as Elysia
  const headers = { authorization: `Bearer ${next}` }
  const { status } = await built.handle(new Request(`${aud}${path}`, { method: 'POST', headers }))
  return { status, runs }
}
const refused = { status: 403, runs: 0 }
const open = { status: 200, runs: 1 }

// With `aot: false`, Elysia runs hooks by other code than that which it generates.
describe.each([true, false])('with aot: %s, no handler runs for a stranger', (aot) => {
  const elysia = () => new Elysia({ aot })

  test('on a route', async () => {
    expect(await outcomeOf((ran) => elysia().post('/deploy', ran, { beforeHandle: hook }))).toEqual(refused)
  })

  test('behind a hook of the app', async () => {
    expect(await outcomeOf((ran) => elysia().onBeforeHandle(hook).post('/deploy', ran))).toEqual(refused)
    expect(await outcomeOf((ran) => elysia().onRequest(hook).post('/deploy', ran))).toEqual(refused)
  })

  test('in a plugin that guards its own routes', async () => {
    const plugin = (ran: () => string) => elysia().onBeforeHandle(hook).post('/deploy', ran)
    expect(await outcomeOf((ran) => elysia().use(plugin(ran)))).toEqual(refused)
    expect(await outcomeOf((ran) => elysia().use(elysia().use(plugin(ran))))).toEqual(refused)
  })

  test('in a group, in a guard', async () => {
    expect(
      await outcomeOf(
        (ran) => elysia().group('/shop', (g) => g.onBeforeHandle(hook).post('/deploy', ran)),
        '/shop/deploy',
      ),
    ).toEqual(refused)
    expect(await outcomeOf((ran) => elysia().guard({ beforeHandle: hook }, (g) => g.post('/deploy', ran)))).toEqual(
      refused,
    )
  })

  test('behind a plugin with a scoped hook, or two plugins with a global one', async () => {
    const scoped = () => elysia().onBeforeHandle({ as: 'scoped' }, hook)
    const global = () => elysia().use(elysia().onBeforeHandle({ as: 'global' }, hook))
    expect(await outcomeOf((ran) => elysia().use(scoped()).post('/deploy', ran))).toEqual(refused)
    expect(await outcomeOf((ran) => elysia().use(global()).post('/deploy', ran))).toEqual(refused)
  })

  test('behind another guard that admits them', async () => {
    const anyJob = guardHook(fetchGuard(verifier))
    expect(
      await outcomeOf((ran) => elysia().onBeforeHandle(anyJob).post('/deploy', ran, { beforeHandle: hook })),
    ).toEqual(refused)
  })

  test('that streams', async () => {
    const stream = (ran: () => string) =>
      function* () {
        yield ran()
      }
    expect(await outcomeOf((ran) => elysia().post('/deploy', stream(ran), { beforeHandle: hook }))).toEqual(refused)
  })

  test('of an app behind `mount`, where the hook is `onRequest`', async () => {
    const mounted = (ran: () => string) => () => new Response(ran())
    expect(await outcomeOf((ran) => elysia().onRequest(hook).mount('/shop', mounted(ran)), '/shop/deploy')).toEqual(
      refused,
    )
  })

  test('where an error handler answers 200 for what a guard throws', async () => {
    const throwing = guardHook(fetchGuard({ ...options, errors: 'throw' }, rule))
    const recovering = () => elysia().onError(() => new Response('sorry', { status: 200 }))
    // The status is Elysia's matter, and differs between its two modes.
    expect((await outcomeOf((ran) => recovering().post('/deploy', ran, { beforeHandle: throwing }))).runs).toBe(0)
  })

  test('where the body is invalid, which Elysia checks before the hook of a route', async () => {
    const body = t.Object({ commit: t.String() })
    expect(await outcomeOf((ran) => elysia().post('/deploy', ran, { body, beforeHandle: hook }))).toEqual({
      status: 422,
      runs: 0,
    })
    expect(await outcomeOf((ran) => elysia().onRequest(hook).post('/deploy', ran, { body }))).toEqual(refused)
  })
})

describe('what looks like a guard in Elysia, and lets a stranger in', () => {
  const guard = fetchGuard(verifier, rule)
  const wrong: readonly (readonly [how: string, build: (ran: () => string) => unknown])[] = [
    [
      'a Response from `resolve`',
      (ran) =>
        new Elysia().resolve(async ({ request: given }) => (await guard(given)) as never).post('/deploy', ran as never),
    ],
    [
      'a Response from `derive`',
      (ran) => new Elysia().derive(async ({ request: given }) => (await guard(given)) as never).post('/deploy', ran),
    ],
    ['the local hook of a plugin', (ran) => new Elysia().use(new Elysia().onBeforeHandle(hook)).post('/deploy', ran)],
    [
      'a scoped hook, two plugins away',
      (ran) =>
        new Elysia().use(new Elysia().use(new Elysia().onBeforeHandle({ as: 'scoped' }, hook))).post('/deploy', ran),
    ],
    ['a hook after the route', (ran) => new Elysia().post('/deploy', ran).onBeforeHandle(hook)],
    ['a bound hook', (ran) => new Elysia().post('/deploy', ran, { beforeHandle: hook.bind(undefined) })],
    [
      'a second plugin of the same name',
      (ran) => {
        const named = (guarded: typeof guard) =>
          new Elysia({ name: 'guard' }).onBeforeHandle({ as: 'scoped' }, guardHook(guarded))
        return new Elysia()
          .use(named(fetchGuard(verifier)))
          .use(named(guard))
          .post('/deploy', ran)
      },
    ],
    [
      'a macro that no plugin of the app defines',
      (ran) => new Elysia().post('/deploy', ran, { workload: rule } as object),
    ],
  ]
  test.each(wrong)('%s', async (_how, build) => {
    expect(await outcomeOf(build)).toEqual(open)
  })

  test('with aot: false, a hook of an app before `mount`', async () => {
    const build = (ran: () => string) =>
      new Elysia({ aot: false }).onBeforeHandle(hook).mount('/shop', () => new Response(ran()))
    expect(await outcomeOf(build, '/shop/deploy')).toEqual(open)
  })
})

test('the handler knows the caller by the request', async () => {
  const known = new Elysia().post('/deploy', ({ request: given }) => getWorkload(given, rule).branch, {
    beforeHandle: hook,
  })
  const response = await known.handle(
    new Request(`${aud}/deploy`, { method: 'POST', headers: { authorization: `Bearer ${main}` } }),
  )
  expect(await response.text()).toBe('main')
})
