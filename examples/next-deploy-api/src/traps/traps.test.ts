// What looks like a guard in Next.js, and what `withWorkload` does in the same places.

import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { githubActions } from '@jobpass/core'
import { conformanceCases } from '@jobpass/testing/conformance'
import { createTestIssuer } from '@jobpass/testing/node'
import request from 'supertest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nextAt } from '../next-server.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const issuer = await createTestIssuer(githubActions)
const aud = 'https://deploy.acme.dev'
const main = await issuer.mint({ aud })
const next = await issuer.mint({ aud, ref: 'refs/heads/next' })

const { build, start, printed, stop } = nextAt(folder)
let url = ''
beforeAll(async () => {
  expect(await build()).toBe(0)
  url = await start(issuer)
}, 300_000)
afterAll(stop)

const get = (path: string, token: string, origin = url) => request(origin).get(path).auth(token, { type: 'bearer' })
const post = (path: string, token: string) => request(url).post(path).auth(token, { type: 'bearer' })
const prints = (line: string) => expect.poll(() => printed).toContain(line)

/** Calls the Server Action of the page at a path, as a browser does. */
function callAction(path: string) {
  const manifest = readFileSync(`${folder}/.next/server/server-reference-manifest.json`, 'utf8')
  const [id = ''] = Object.keys((JSON.parse(manifest) as { readonly node: object }).node)
  return request(url).post(path).set('next-action', id).type('text').send('[]')
}

describe('a guard in `proxy.ts`', () => {
  test('refuses a stranger at its own path', async () => {
    expect((await post('/behind-proxy', next)).status).toBe(403)
  })

  test('cannot be skipped by the header of CVE-2025-29927 in this version', async () => {
    const skip = Array(5).fill('proxy').join(':')
    expect((await post('/behind-proxy', next).set('x-middleware-subrequest', skip)).status).toBe(403)
  })

  test('lets a stranger in by a path that is rewritten to the guarded one', async () => {
    const response = await post('/elsewhere', next)
    expect([response.status, response.text]).toEqual([200, 'deployed'])
    await prints('deploying behind the proxy')
  })
})

describe('a Server Action', () => {
  test('is called without a token, by a path that nothing guards', async () => {
    expect((await callAction('/')).status).toBe(200)
    await prints('deploying by an action')
  })

  test('is not called by the path of a guarded route', async () => {
    expect((await callAction('/out-of-order')).status).toBe(401)
  })
})

describe('a route handler behind `withWorkload`', () => {
  test('admits no caller where it is static: Next.js hides the headers, and keeps no refusal', async () => {
    for (const token of [next, main]) {
      const { status, headers } = await get('/static', token)
      expect([status, headers['cache-control']]).toEqual([401, 'no-store'])
    }
    expect(printed).not.toContain('reading the report')
  })

  test('runs as for no caller where it is static and its verifier is optional, and that is kept', async () => {
    const { status, body, headers } = await get('/static-optional', main)
    expect([status, body, headers['x-nextjs-cache']]).toEqual([200, { caller: null }, 'HIT'])
  })

  test('answers 500 when it throws, and goes on', async () => {
    const statuses = []
    for (const token of [next, main, next]) statuses.push((await post('/out-of-order', token)).status)
    expect(statuses).toEqual([403, 500, 403])
  })

  test('with `fetchCache`, trusts keys that the issuer has withdrawn, even after a restart', async () => {
    rmSync(`${folder}/.next/cache/fetch-cache`, { recursive: true, force: true })
    const statusesWith = async (keys: typeof issuer, ...tokens: readonly string[]): Promise<readonly number[]> => {
      const again = nextAt(folder)
      const started = await again.start(keys)
      const statuses = []
      for (const token of tokens) statuses.push((await get('/fetch-cache', token, started)).status)
      await again.stop()
      return statuses
    }
    expect(await statusesWith(issuer, main)).toEqual([200])
    const rotated = await createTestIssuer(githubActions)
    expect(await statusesWith(rotated, await rotated.mint({ aud }), main)).toEqual([401, 200])
  })
})

test('the catch-all route of the app passes the conformance suite, in a process of its own', async () => {
  const program = fileURLToPath(new URL('../../../../test/runtimes/conformance.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@jobpass/source', '--import', 'tsx', program, 'next'],
    { env: { ...process.env, NODE_ENV: 'production' } },
  )
  const outcome = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as object
  const skipped = 7
  expect(outcome).toEqual({ mount: 'Next.js 16', passed: conformanceCases.length - skipped, skipped, failed: [] })
})
