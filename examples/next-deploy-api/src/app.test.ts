// The output of `next build`, served over HTTP by a process of its own.

import { fileURLToPath } from 'node:url'
import { githubActions } from '@jobpass/core'
import { sendHead } from '@jobpass/testing/internal'
import { createTestIssuer } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nextAt } from './next-server.ts'

const { build, start, printed, stop } = nextAt(fileURLToPath(new URL('..', import.meta.url)))
const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const [main, next] = [await issuer.mint({ aud }), await issuer.mint({ aud, ref: 'refs/heads/next' })]

let url = ''
beforeAll(async () => {
  expect(await build()).toBe(0)
  url = await start(issuer)
}, 300_000)
afterAll(stop)

const call = (method: 'get' | 'head' | 'post' | 'put' | 'options', path: string, token?: string) => {
  const sent = request(url)[method](path)
  return token === undefined ? sent : sent.auth(token, { type: 'bearer' })
}

/** What handlers print during calls. */
async function printedDuring(calls: () => Promise<unknown>): Promise<readonly string[]> {
  const before = printed.length
  await calls()
  const last = `deploying ${'f'.repeat(40)}`
  await call('post', '/deploy', await issuer.mint({ aud, sha: 'f'.repeat(40) }))
  await expect.poll(() => printed.slice(before)).toContain(last)
  return printed.slice(before).filter((line) => line !== last)
}

describe('the deploy API', () => {
  test('main deploys, and the handler knows the commit', async () => {
    const response = await call('post', '/deploy', await issuer.mint({ aud, sha: 'c0ffee' }))
    expect([response.status, response.body]).toEqual([200, { deployed: 'acme/shop', commit: 'c0ffee' }])
  })

  test('another branch may not deploy, and reads why', async () => {
    const { status, body, type } = await call('post', '/deploy', next)
    expect([status, type, body]).toMatchObject([
      403,
      'application/problem+json',
      { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'next' }] },
    ])
  })

  test('a call without a token is challenged', async () => {
    const { status, headers } = await call('post', '/deploy')
    expect([status, headers['www-authenticate'], headers['cache-control']]).toEqual([
      401,
      'Bearer realm="jobpass"',
      'no-store',
    ])
  })

  test('an outage of the issuer is no fault of the caller', async () => {
    const other = await createTestIssuer(githubActions)
    other.goOffline()
    const response = await request(await start(other))
      .post('/deploy')
      .auth(main, { type: 'bearer' })
    expect([response.status, response.body.code]).toEqual([503, 'issuer_unavailable'])
  })

  test('each environment has a rule of its own, which the path cannot spell another way', async () => {
    const production = await issuer.mint({ aud, environment: 'production', ref: 'refs/heads/next' })
    const statusOf = async (name: string, token: string) =>
      (await call('post', `/environments/${name}/deploy`, token)).status
    expect([await statusOf('staging', main), await statusOf('production', main)]).toEqual([200, 403])
    expect([await statusOf('production', production), await statusOf('staging', production)]).toEqual([200, 403])
    for (const name of ['%70roduction', 'Production', 'constructor', 'staging%2f..%2fproduction', 'staging%00'])
      expect([name, await statusOf(name, main)]).toEqual([name, 403])
  })

  test('the log is streamed to main', async () => {
    expect((await call('get', '/logs', main)).text).toBe('building\ndeployed\n')
  })

  test('the health check needs no token, and an unknown path is 404', async () => {
    expect((await call('get', '/healthz')).text).toBe('ok')
    expect((await call('post', '/nothing')).status).toBe(404)
  })
})

describe('no handler runs', () => {
  test.each([
    ['without a token', undefined, 401],
    ['with text that is not a token', 'x', 401],
    ['for a stranger', next, 403],
  ])('%s, also none that streams', async (_, token, status) => {
    const statuses: number[] = []
    const printed = await printedDuring(async () => {
      for (const path of ['/deploy', '/environments/staging/deploy', '/environments/production/deploy'])
        statuses.push((await call('post', path, token)).status)
      statuses.push((await call('get', '/logs', token)).status, (await call('head', '/logs', token)).status)
    })
    expect([statuses, printed]).toEqual([Array(5).fill(status), []])
  })

  test('for OPTIONS and for methods without a handler, which Next.js answers without the guard', async () => {
    const answers: unknown[] = []
    const printed = await printedDuring(async () => {
      for (const method of ['options', 'head', 'put'] as const) {
        const { status, headers } = await call(method, '/deploy')
        answers.push([status, headers['allow']])
      }
    })
    expect([answers, printed]).toEqual([
      [
        [204, 'OPTIONS, POST'],
        [405, undefined],
        [405, undefined],
      ],
      [],
    ])
  })

  test('for a stranger who calls a route handler as a Server Action', async () => {
    const printed = await printedDuring(async () => {
      const response = await call('post', '/deploy', next).set('next-action', '0'.repeat(42)).type('text').send('[]')
      expect(response.status).toBe(403)
    })
    expect(printed).toEqual([])
  })
})

describe('two Authorization headers', () => {
  /** The status line of a call with several of these headers, which no client sends. */
  const statusOf = async (origin: string, ...tokens: readonly string[]): Promise<string | undefined> => {
    const lines = tokens.map((token) => `authorization: Bearer ${token}`)
    return (await sendHead(origin, ['GET /logs HTTP/1.1', ...lines])).split('\r\n', 1)[0]
  }

  test('are refused by the server of this example', async () => {
    const own = await start(issuer, ['server.mjs'])
    expect(await statusOf(own, main)).toBe('HTTP/1.1 200 OK')
    expect(await statusOf(own, main, next)).toBe('HTTP/1.1 400 Bad Request')
    expect(await statusOf(own, next, main)).toBe('HTTP/1.1 400 Bad Request')
    expect(await statusOf(own, main, main)).toBe('HTTP/1.1 400 Bad Request')
  })

  test('count as the first one with `next start`, which shows guards no other', async () => {
    expect(await statusOf(url, main, next)).toBe('HTTP/1.1 200 OK')
    expect(await statusOf(url, next, main)).toBe('HTTP/1.1 403 Forbidden')
  })
})
