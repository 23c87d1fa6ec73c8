import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'
import { createTestIssuer, expectGuarded } from '@jobpass/testing/node'
import { H3, toNodeHandler } from 'h3'
import request from 'supertest'
import { describe, expect, test } from 'vitest'
import { createApp } from './app.ts'
import { requireWorkload } from './require-workload.ts'

const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
const server = toNodeHandler(createApp(issuer))
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
    const response = await request(toNodeHandler(createApp(other)))
      .post('/deploy')
      .auth(main, { type: 'bearer' })
    expect([response.status, response.body.code]).toEqual([503, 'issuer_unavailable'])
  })

  test('the health check needs no token, and an unknown path is 404', async () => {
    expect((await request(server).get('/healthz')).text).toBe('ok')
    expect((await request(server).post('/nothing')).status).toBe(404)
  })

  test('the route that deploys has a guard', async () => {
    await expectGuarded(server, ['POST /deploy'], { stranger: next })
  })
})

const options = { audience: aud, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }
const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
const guard = fetchGuard(createVerifier(options), rule)
const step = requireWorkload(guard)

/** The status that a stranger gets, and whether the handler ran. */
async function outcomeOf(build: (ran: () => string) => H3, path = '/deploy') {
  let runs = 0
  const app = build(() => {
    runs++
    return 'deployed'
  })
  const headers = { authorization: `Bearer ${next}` }
  const { status } = await app.fetch(new Request(aud + path, { method: 'POST', headers }))
  return { status, runs }
}
const refused = { status: 403, runs: 0 }

describe('no handler runs for a stranger', () => {
  test('on a route, and behind a middleware of the app', async () => {
    expect(await outcomeOf((ran) => new H3().post('/deploy', ran, { middleware: [step] }))).toEqual(refused)
    expect(await outcomeOf((ran) => new H3().use(step).post('/deploy', ran))).toEqual(refused)
  })

  test('behind a middleware that is added after the route', async () => {
    expect(await outcomeOf((ran) => new H3().post('/deploy', ran).use(step))).toEqual(refused)
  })

  test('in an app that is mounted, which guards itself or is guarded by its parent', async () => {
    const shop = (ran: () => string) => new H3().post('/deploy', ran)
    const path = '/shop/deploy'
    expect(await outcomeOf((ran) => new H3().mount('/shop', shop(ran).use(step)), path)).toEqual(refused)
    expect(await outcomeOf((ran) => new H3().use(step).mount('/shop', shop(ran)), path)).toEqual(refused)
    expect(await outcomeOf((ran) => new H3().mount('/shop', shop(ran)).use('/shop/**', step), path)).toEqual(refused)
  })

  test('behind a middleware that answers errors', async () => {
    const recovering = new H3().use((_event, proceed) => Promise.resolve(proceed()).catch(() => 'sorry'))
    const throwing = requireWorkload(fetchGuard({ ...options, errors: 'throw' }, rule))
    expect(await outcomeOf((ran) => recovering.use(throwing).post('/deploy', ran))).toEqual({ status: 200, runs: 0 })
  })

  test('where an error is thrown, which `onError` answers', async () => {
    const app = new H3({ silent: true, onError: () => 'sorry' })
    const throwing = requireWorkload(fetchGuard({ ...options, errors: 'throw' }, rule))
    const { runs } = await outcomeOf((ran) => app.post('/deploy', ran, { middleware: [throwing] }))
    expect(runs).toBe(0)
  })

  test('that streams', async () => {
    const app = (ran: () => string) =>
      new H3().post('/deploy', () => new ReadableStream({ pull: (stream) => stream.enqueue(ran()) }), {
        middleware: [step],
      })
    expect(await outcomeOf(app)).toEqual(refused)
  })
})

describe('what looks like a guard in h3, and lets a stranger in', () => {
  test('a Response from `onRequest`, which h3 ignores', async () => {
    const onRequest = async ({ req }: { req: Request }) => (await guard(req)) as never
    expect(await outcomeOf((ran) => new H3({ onRequest }).post('/deploy', ran))).toEqual({ status: 200, runs: 1 })
  })

  test('a middleware that does not return the Response', async () => {
    const app = (ran: () => string) => new H3().use(async ({ req }) => void (await guard(req))).post('/deploy', ran)
    expect(await outcomeOf(app)).toEqual({ status: 200, runs: 1 })
  })
})
