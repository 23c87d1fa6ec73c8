// The app as `astro build` makes it and @astrojs/node serves it, over HTTP.

import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { deployApiCases, programsOf } from '@jobpass/testing/internal'
import { createTestIssuer } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'

const { run, serve, stop } = programsOf(fileURLToPath(new URL('..', import.meta.url)))
const astro = 'node_modules/astro/astro.js'
const buildOf = (app: string) => run([astro, 'build'], { APP: app, ASTRO_TELEMETRY_DISABLED: '1' })

const issuer = await createTestIssuer(githubActions)
const away = await createTestIssuer(githubActions)
away.goOffline()
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
afterAll(stop)

const builds = await Promise.all(['src', 'src/cases', 'src/prerendered'].map(buildOf))
const start = (app: string, keys = issuer) => serve(['server.mjs'], keys, { APP: app, PORT: '0' })
const [api, offline, cases] = await Promise.all([start('src'), start('src', away), start('src/cases')])
const bearer = { type: 'bearer' } as const
const deploy = (token: string, url = api) => request(url).post('/deploy').auth(token, bearer).send({})

describe('the deploy API', () => {
  const mint = (claims: object = {}) => issuer.mint({ aud, ...claims })
  test.each(deployApiCases)('%s', async (_, call, outcome) => {
    expect(await call({ url: api, offline, mint })).toEqual(outcome)
  })

  test('Astro refuses a form, and what has no type, before the guard', async () => {
    const without = request(api).post('/deploy').auth(main, bearer)
    for (const call of [without, deploy(main).type('form').send('version=1')]) {
      const response = await call
      expect([response.status, response.text]).toEqual([403, 'Cross-site POST form submissions are forbidden'])
    }
  })
})

/** What ran on the server since the last call of this. */
const ranSince = async () => (await request(cases).get('/runs')).body as readonly string[]

/** The status that a caller gets, and what ran on the server meanwhile. */
async function outcomeOf(method: 'get' | 'head' | 'options' | 'post' | 'put', path: string, token = next) {
  const { status } = await request(cases)[method](path).auth(token, bearer).type('json')
  return { status, ran: await ranSince() }
}
const refused = { status: 403, ran: [] }

describe('no handler runs for a stranger', () => {
  test('of any method', async () => {
    for (const method of ['get', 'head', 'options', 'post', 'put'] as const)
      expect(await outcomeOf(method, '/guarded')).toEqual(refused)
    expect(await outcomeOf('put', '/guarded', main)).toEqual({ status: 200, ran: ['all'] })
  })

  test('that streams', async () => {
    expect(await outcomeOf('get', '/guarded/stream')).toEqual(refused)
    expect(await outcomeOf('get', '/guarded/stream', main)).toEqual({ status: 200, ran: ['stream'] })
  })

  test('of a nested route with a parameter, however its path is spelled', async () => {
    for (const path of ['/guarded/production/deploy', '/gu%61rded/production/deploy', '//guarded/production/deploy'])
      expect((await outcomeOf('post', path)).ran).toEqual([])
    expect(await outcomeOf('post', '/gu%61rded/production/deploy')).toEqual(refused)
    expect(await outcomeOf('post', '/guarded/production/deploy', main)).toEqual({
      status: 200,
      ran: ['deploy to production'],
    })
  })

  test('that another endpoint rewrites to', async () => {
    expect(await outcomeOf('post', '/inner')).toEqual(refused)
    expect(await outcomeOf('post', '/inner', main)).toEqual({ status: 200, ran: ['post'] })
  })

  test("where the guard has `errors: 'throw'`, which the page for errors answers", async () => {
    expect(await outcomeOf('get', '/guarded/throws')).toEqual({ status: 500, ran: ['500.astro'] })
  })
})

describe('what looks like a guard in Astro, and lets a stranger in', () => {
  test('a middleware that compares paths, which callers can spell in another way', async () => {
    expect(await outcomeOf('post', '/traps/middleware')).toEqual(refused)
    expect(await outcomeOf('post', '//traps/middleware')).toEqual({
      status: 200,
      ran: ['endpoint behind a middleware'],
    })
  })

  test('a Response of a layout, which comes after the page ran', async () => {
    const response = await fetch(`${cases}/traps/layout`, { headers: { authorization: `Bearer ${next}` } })
    expect([response.status, await ranSince()]).toEqual([200, ['page in a layout']])
    await expect(response.text()).rejects.toThrow('terminated')
  })

  test('a middleware in front of a prerendered endpoint, which is a file', async () => {
    const response = await request(cases).get('/traps/prerendered')
    expect([response.status, String(response.body)]).toEqual([200, 'made when the app was built'])
  })

  test('a middleware that guards at build time, whose refusal becomes that file', async () => {
    const response = await request(cases).get('/traps/refused-at-build').auth(main, bearer)
    expect([response.status, JSON.parse(String(response.body))]).toMatchObject([200, { code: 'token_missing' }])
  })
})

test('a prerendered endpoint with a guard does not build', () => {
  expect(builds.map(({ code }) => code)).toEqual([0, 0, 1])
  expect(builds[2]?.output).toContain('The endpoint /deploy has a guard')
})
