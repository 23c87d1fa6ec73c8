// The app as `vite build` makes it and adapter-node serves it, over HTTP.

import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { deployApiCases, programsOf } from '@jobpass/testing/internal'
import { createTestIssuer } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'

const { run, serve, stop } = programsOf(fileURLToPath(new URL('..', import.meta.url)))
const vite = 'node_modules/vite/bin/vite.js'
const buildOf = (app: string) => run([vite, 'build'], { APP: app })

const issuer = await createTestIssuer(githubActions)
const away = await createTestIssuer(githubActions)
away.goOffline()
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
afterAll(stop)

const builds = await Promise.all(['src', 'src/cases', 'src/prerendered'].map(buildOf))
const start = (app: string, keys = issuer) =>
  serve(['server.mjs'], keys, { APP: app, PORT: '0', PROTOCOL_HEADER: 'x-forwarded-proto' })
const [api, offline, cases] = await Promise.all([start('src'), start('src', away), start('src/cases')])
const bearer = { type: 'bearer' } as const
const deploy = (token: string, url = api) => request(url).post('/deploy').auth(token, bearer)

describe('the deploy API', () => {
  const mint = (claims: object = {}) => issuer.mint({ aud, ...claims })
  test.each(deployApiCases)('%s', async (_, call, outcome) => {
    expect(await call({ url: api, offline, mint })).toEqual(outcome)
  })

  test('SvelteKit refuses a form, as that of `curl --data`, before the guard', async () => {
    const response = await deploy(main).type('form').send('version=1')
    expect([response.status, response.text]).toEqual([403, 'Cross-site POST form submissions are forbidden'])
  })
})

/** What ran on the server since the last call of this. */
const ranSince = async () => (await request(cases).get('/runs')).body as readonly string[]

/** The status that a caller gets, and what ran on the server meanwhile. */
async function outcomeOf(method: 'get' | 'head' | 'options' | 'post' | 'put', path: string, token = next) {
  const { status } = await request(cases)[method](path).auth(token, bearer)
  return { status, ran: await ranSince() }
}
const refused = { status: 403, ran: [] }

describe('no handler runs for a stranger', () => {
  test('of any method', async () => {
    for (const method of ['get', 'head', 'options', 'post', 'put'] as const)
      expect(await outcomeOf(method, '/guarded')).toEqual(refused)
    expect(await outcomeOf('put', '/guarded', main)).toEqual({ status: 200, ran: ['fallback'] })
  })

  test('that streams', async () => {
    expect(await outcomeOf('get', '/guarded/stream')).toEqual(refused)
    expect(await outcomeOf('get', '/guarded/stream', main)).toEqual({ status: 200, ran: ['stream'] })
  })

  test('of a nested route with a parameter, however its path is spelled', async () => {
    expect(await outcomeOf('post', '/guarded/production/deploy')).toEqual(refused)
    expect(await outcomeOf('post', '/gu%61rded/production/deploy')).toEqual(refused)
    expect(await outcomeOf('post', '/guarded/production/deploy', main)).toEqual({
      status: 200,
      ran: ['deploy to production'],
    })
  })

  test('that another endpoint calls on the server', async () => {
    expect(await outcomeOf('post', '/inner')).toEqual(refused)
    expect(await outcomeOf('post', '/inner', main)).toEqual({ status: 200, ran: ['post'] })
  })

  test("where the guard has `errors: 'throw'`, which `handleError` sees as an error of the app", async () => {
    expect(await outcomeOf('get', '/guarded/throws')).toEqual({ status: 500, ran: ['handleError /guarded/throws'] })
  })
})

describe('what looks like a guard in SvelteKit, and lets a stranger in', () => {
  test('the load of a layout, which does not run for endpoints', async () => {
    expect(await outcomeOf('get', '/traps/layout')).toEqual({ status: 403, ran: ['load of the page'] })
    expect(await outcomeOf('post', '/traps/layout/deploy')).toEqual({ status: 200, ran: ['endpoint below a layout'] })
  })

  test('the load of a layout, which runs after a form action, or not at all', async () => {
    const submit = (accept: string) =>
      request(cases)
        .post('/traps/layout')
        .auth(next, bearer)
        .type('form')
        .set({ accept, origin: cases, 'x-forwarded-proto': 'http' })
        .send('version=1')
    expect([(await submit('text/html')).status, await ranSince()]).toEqual([403, ['form action', 'load of the page']])
    expect([(await submit('application/json')).status, await ranSince()]).toEqual([200, ['form action']])
  })

  test('a hook that compares paths, which callers can spell in another way', async () => {
    expect(await outcomeOf('post', '/traps/hook')).toEqual(refused)
    expect(await outcomeOf('post', '/traps/h%6fok')).toEqual({ status: 200, ran: ['endpoint behind a hook'] })
  })

  test('a hook in front of a prerendered endpoint, which is a file', async () => {
    const response = await request(cases).get('/traps/prerendered')
    expect([response.status, response.text]).toEqual([200, 'made when the app was built'])
  })
})

test('a prerendered endpoint with a guard does not build', () => {
  expect(builds.map(({ code }) => code)).toEqual([0, 0, 1])
  expect(builds[2]?.output).toContain('Error: 401 /deploy')
})
