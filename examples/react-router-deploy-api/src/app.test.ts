// The app as `react-router build` makes it and @react-router/express serves it, over HTTP.

import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { deployApiCases, programsOf, sendHead } from '@jobpass/testing/internal'
import { createTestIssuer } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, describe, expect, test } from 'vitest'

const { run, serve, stop } = programsOf(fileURLToPath(new URL('..', import.meta.url)))
const reactRouter = 'node_modules/@react-router/dev/bin.js'
const buildOf = (app: string) => run([reactRouter, 'build'], { APP: app })

const issuer = await createTestIssuer(githubActions)
const away = await createTestIssuer(githubActions)
away.goOffline()
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]
afterAll(stop)

const builds = await Promise.all(['src', 'src/cases', 'src/middleware', 'src/prerendered'].map(buildOf))
const start = (app: string, keys = issuer) => serve(['server.mjs'], keys, { APP: app, PORT: '0' })
const [api, offline, cases, behindMiddleware, behindExpress] = await Promise.all([
  start('src'),
  start('src', away),
  start('src/cases'),
  start('src/middleware'),
  serve(['src/cases/server.mjs'], issuer),
])
const bearer = { type: 'bearer' } as const

describe('the deploy API', () => {
  const mint = (claims: object = {}) => issuer.mint({ aud, ...claims })
  test.each(deployApiCases)('%s', async (_, call, outcome) => {
    expect(await call({ url: api, offline, mint })).toEqual(outcome)
  })
})

type Method = 'get' | 'head' | 'options' | 'post' | 'put'

/** The status that a caller gets of an app, and what ran on the server meanwhile. */
async function outcomeOf(method: Method, path: string, token = next, app = cases) {
  const { status } = await request(app)[method](path).auth(token, bearer)
  return { status, ran: (await request(app).get('/runs')).body as readonly string[] }
}
const refused = { status: 403, ran: [] }

describe('no loader and no action runs for a stranger', () => {
  test('of a resource route, by any method and by the URL that ends in .data', async () => {
    for (const path of ['/guarded/resource', '/guarded/resource.data'])
      for (const method of ['get', 'head', 'options', 'post', 'put'] as const)
        expect(await outcomeOf(method, path)).toEqual(refused)
    expect(await outcomeOf('get', '/guarded/resource.data', main)).toEqual({ status: 200, ran: ['loader'] })
    expect(await outcomeOf('put', '/guarded/resource', main)).toEqual({ status: 200, ran: ['action'] })
  })

  test('that streams', async () => {
    expect(await outcomeOf('get', '/guarded/stream')).toEqual(refused)
    expect(await outcomeOf('get', '/guarded/stream', main)).toEqual({ status: 200, ran: ['stream'] })
  })

  test('of a nested route with a parameter, however its path is spelled', async () => {
    for (const path of ['/guarded/production/deploy', '/gu%61rded/production/deploy', '/guarded/production/deploy/'])
      expect(await outcomeOf('post', path)).toEqual(refused)
    expect(await outcomeOf('post', '/guarded/production/deploy', main)).toEqual({
      status: 200,
      ran: ['deploy to production'],
    })
  })

  test('of a page, whose component does not run either', async () => {
    for (const path of ['/guarded/page', '/guarded/page.data', '/guarded/page.data?_routes=guarded/page'])
      for (const method of ['get', 'head', 'post', 'put'] as const)
        expect(await outcomeOf(method, path)).toEqual(refused)
    expect(await outcomeOf('get', '/guarded/page', main)).toEqual({ status: 200, ran: ['loader of the page', 'page'] })
  })

  test("where the guard has `errors: 'throw'`, which `handleError` sees as an error of the app", async () => {
    expect(await outcomeOf('get', '/guarded/throws')).toEqual({
      status: 500,
      ran: ['handleError WorkloadAuthError: No rule allows this workload.'],
    })
  })

  test('behind a middleware with `future.v8_middleware`', async () => {
    const paths = ['resource', 'resource.data', 'page', 'page.data', 'page.data?_routes=../cases/traps/page']
    for (const path of paths)
      for (const method of ['get', 'post'] as const)
        expect(await outcomeOf(method, `/guarded/${path}`, next, behindMiddleware)).toEqual(refused)
    expect(await outcomeOf('post', '/guarded/resource', main, behindMiddleware)).toEqual({
      status: 200,
      ran: ['action'],
    })
  })
})

describe('the refusal', () => {
  test('of a resource route is the problem document, although the app has an error page', async () => {
    const response = await request(cases).get('/guarded/resource')
    expect([response.status, response.type, response.headers['www-authenticate']]).toEqual([
      401,
      'application/problem+json',
      'Bearer realm="jobpass"',
    ])
  })

  test('of a page is its error page, with the status and without the challenge', async () => {
    const response = await request(cases).get('/guarded/page')
    expect([response.status, response.type, response.text]).toMatchObject([
      401,
      'text/html',
      expect.stringContaining('An error page'),
    ])
    expect(response.headers).not.toHaveProperty('www-authenticate')
  })
})

describe('what looks like a guard in React Router, and lets a stranger in', () => {
  test('the loader of a parent, which does not run for resource routes', async () => {
    expect(await outcomeOf('get', '/traps/parent')).toEqual(refused)
    expect(await outcomeOf('get', '/traps/parent/resource')).toEqual({ status: 200, ran: ['loader'] })
    expect(await outcomeOf('post', '/traps/parent/resource')).toEqual({ status: 200, ran: ['action'] })
  })

  test('the loader of a parent, which runs together with that of a page, and after its action', async () => {
    expect(await outcomeOf('get', '/traps/parent/page')).toEqual({ status: 403, ran: ['loader of the page'] })
    expect(await outcomeOf('post', '/traps/parent/page')).toEqual({
      status: 403,
      ran: ['action of the page', 'loader of the page'],
    })
  })

  test('the loader of a parent, which callers can leave out of a URL that ends in .data', async () => {
    const path = '/traps/parent/page.data'
    expect(await outcomeOf('get', `${path}?_routes=traps/page`)).toEqual({ status: 200, ran: ['loader of the page'] })
    expect(await outcomeOf('post', path)).toEqual({ status: 200, ran: ['action of the page'] })
  })

  test('a guard of Express by path, which the URL that ends in .data passes', async () => {
    const outcomeAt = (path: string) => outcomeOf('post', path, next, behindExpress)
    expect(await outcomeAt('/traps/express')).toEqual(refused)
    expect(await outcomeAt('/traps/express.data')).toEqual({ status: 200, ran: ['action'] })
  })

  test('a second line of Authorization, which Node drops without `joinDuplicateHeaders`', async () => {
    const statusOf = async (...tokens: readonly string[]) => {
      const lines = tokens.map((token) => `authorization: Bearer ${token}`)
      const answer = await sendHead(behindExpress, ['GET /guarded/resource HTTP/1.1', ...lines])
      return Number(answer.split(' ')[1])
    }
    expect([await statusOf(main, next), await statusOf(next, main)]).toEqual([200, 403])
  })

  test('a middleware without `future.v8_middleware`, which React Router 7 ignores', async () => {
    expect(await outcomeOf('post', '/traps/middleware')).toEqual({
      status: 200,
      ran: ['action behind a middleware'],
    })
  })
})

test('a prerendered route with a guard does not build', () => {
  expect(builds.map(({ code }) => code)).toEqual([0, 0, 0, 1])
  expect(builds[3]?.output).toMatch(/Received a 401 status code .* while prerendering the `\/deploy` path/)
})
