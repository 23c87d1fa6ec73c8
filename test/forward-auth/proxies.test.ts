// Real proxies with the configurations of examples/forward-auth, before a real guard: what reaches
// the upstream, what the client reads, and what happens when the guard is gone.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { identityHeaders } from '@jobpass/cli/internal'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Program } from '../cli/program.ts'
import { bundleProgram } from '../cli/program.ts'
import type { Running } from '../cli/running.ts'
import { start } from '../cli/running.ts'
import { freePort } from '../replay/redis-server.ts'
import { lacks } from '../snippets/programs.ts'
import type { Got, Proxy, Sent, Upstream } from './rig.ts'
import { examples, send, startProxy, startUpstream, startWire } from './rig.ts'

const audience = 'https://api.acme.dev'
const issuer = await (await createTestIssuer(githubActions)).listen()
const tokens = {
  main: await issuer.mint({ aud: audience }),
  dev: await issuer.mint({ aud: audience, branch: 'dev' }),
}
const policy = readFileSync(join(examples, 'policy.yaml'), 'utf8')

let program: Program
beforeAll(async () => {
  program = await bundleProgram()
})
afterAll(async () => {
  program.remove()
  await issuer.close()
})

const startGuard = (port: number, ...args: readonly string[]): Promise<Running> =>
  start(
    program,
    ['serve', 'policy.yaml', '--audience', audience, '--issuer', issuer.issuer, '--port', String(port), ...args],
    '/trust',
  )

/** What each proxy answers where the guard does not. */
const unanswered = { nginx: 503, caddy: 502, haproxy: 503 } as const

/** What each answers to a path with dot segments: HAProxy's configuration refuses them. */
const dotted = { nginx: 403, caddy: 403, haproxy: 400 } as const

/** What each answers for a guard that the policy no longer has. */
const unknownGuard = { nginx: 503, caddy: 404, haproxy: 404 } as const

const proxies = (['nginx', 'caddy', 'haproxy'] as const).filter((name) => !lacks(name))

describe.each(proxies)('%s', (name) => {
  let upstream: Upstream
  let guard: Running
  let proxy: Proxy
  const ports = { guard: 0, upstream: 0, proxy: 0 }

  beforeAll(async () => {
    upstream = await startUpstream()
    Object.assign(ports, { guard: await freePort(), upstream: upstream.port, proxy: await freePort() })
    proxy = await startProxy(name, ports)
  })
  afterAll(async () => {
    await proxy.stop()
    upstream.close()
  })
  beforeEach(async () => {
    program.write('policy.yaml', policy)
    upstream.received.length = 0
    guard = await startGuard(ports.guard)
  })
  afterEach(async () => {
    issuer.misbehave(undefined)
    await guard.stop('SIGKILL')
  })

  const call = (sent: Partial<Sent>, token?: string): Promise<Got> =>
    send(ports.proxy, {
      path: '/deploy',
      ...sent,
      headers: { ...(token !== undefined && { authorization: `Bearer ${token}` }), ...sent.headers },
    })
  /** The identity that the upstream got, without the facts that are absent. */
  const identityReceivedIn = ({ headers }: Upstream['received'][number]): Readonly<Record<string, string>> =>
    Object.fromEntries(
      headers
        .map(([header, value]) => [header.toLowerCase(), value] as const)
        .filter(([header, value]) => header.startsWith('jobpass') && value !== ''),
    )
  const identityReceived = (): Readonly<Record<string, string>> => upstream.received.map(identityReceivedIn)[0] ?? {}

  test('passes an admitted request on, with the identity of the caller', async () => {
    const got = await call({ path: '/deploy/eu?dry=1', method: 'POST' }, tokens.main)
    expect([got.status, got.body, upstream.received[0]?.url]).toEqual([200, 'reached', '/deploy/eu?dry=1'])
    expect(identityReceived()).toMatchObject({
      'jobpass-guard': 'deploy',
      'jobpass-provider': 'github-actions',
      'jobpass-repository': 'acme/shop',
      'jobpass-repository-id': '74205118',
      'jobpass-branch': 'main',
      'jobpass-event': 'push',
    })
  })

  test.each<[string, (header: string) => string]>([
    ['as it is documented', (header) => header],
    ['in lower case', (header) => header.toLowerCase()],
    ['in upper case', (header) => header.toUpperCase()],
    ['with underscores', (header) => header.replaceAll('-', '_')],
    ['with one underscore', (header) => header.replace('-', '_')],
    ['with underscores in upper case', (header) => header.replaceAll('-', '_').toUpperCase()],
  ])('a forged identity never reaches the upstream, with each name %s', async (_, spell) => {
    const honest = await call({}, tokens.main)
    const identity = identityReceived()
    upstream.received.length = 0
    const headers = Object.fromEntries(identityHeaders.map((header) => [spell(header), 'forged']))
    const got = await call({ headers }, tokens.main)
    expect([honest.status, got.status]).toEqual([200, 200])
    expect(identityReceived()).toEqual(identity)
    expect(JSON.stringify(upstream.received)).not.toContain('forged')
  })

  // A proxy removes the headers that Connection names (RFC 9110 §7.6.1).
  test.each<[string, readonly string[]]>([
    ['one line', [['close', ...identityHeaders].join(', ')]],
    ['several lines', ['keep-alive', identityHeaders.join(','), 'JOBPASS-BRANCH']],
  ])('a client cannot remove the identity by naming its headers in Connection, in %s', async (_, lines) => {
    await call({}, tokens.main)
    const identity = identityReceived()
    upstream.received.length = 0
    const rawHeaders = [
      'Host',
      `127.0.0.1:${ports.proxy}`,
      'Authorization',
      `Bearer ${tokens.main}`,
      ...lines.flatMap((line) => ['Connection', line]),
    ]
    const { status } = await send(ports.proxy, { path: '/deploy', rawHeaders })
    expect(status).toBe(name === 'caddy' ? 400 : 200)
    expect(upstream.received.map(identityReceivedIn)).toEqual(status === 200 ? [identity] : [])
  })

  test.each<[string, Partial<Sent>, string | undefined, number, string, string]>([
    ['without a token', {}, undefined, 401, 'token_missing', 'Bearer realm="jobpass"'],
    ['of another branch', {}, tokens.dev, 403, 'workload_forbidden', 'error="insufficient_scope"'],
    ['with two words for a token', {}, 'a b', 400, 'request_malformed', 'error="invalid_request"'],
  ])('a request %s is refused as by the guard', async (_, sent, token, status, code, challenge) => {
    const got = await call({ method: 'POST', ...sent }, token)
    expect([got.status, JSON.parse(got.body)]).toMatchObject([status, { status, code }])
    expect(got.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      'www-authenticate': expect.stringContaining(challenge) as string,
    })
    // One challenge: nginx would add its own.
    expect(got.headers['www-authenticate']?.match(/realm=/g)).toHaveLength(1)
    expect(upstream.received).toEqual([])
  })

  test('two credentials are refused', async () => {
    const authorization = ['Authorization', `Bearer ${tokens.main}`]
    const rawHeaders = ['Host', `127.0.0.1:${ports.proxy}`, ...authorization, ...authorization]
    expect((await send(ports.proxy, { path: '/deploy', rawHeaders })).status).toBe(400)
    expect(upstream.received).toEqual([])
  })

  test('while the keys of the issuer cannot be fetched, the client reads 503 and when to retry', async () => {
    await guard.stop('SIGKILL')
    issuer.misbehave('error')
    guard = await startGuard(ports.guard)
    const got = await call({}, tokens.main)
    expect([got.status, JSON.parse(got.body)]).toMatchObject([503, { status: 503, code: 'issuer_unavailable' }])
    expect(Number(got.headers['retry-after'])).toBeGreaterThan(0)
    expect([got.headers['content-type'], got.headers['www-authenticate']]).toEqual([
      'application/problem+json',
      undefined,
    ])
    expect(upstream.received).toEqual([])
  })

  test('nothing reaches the upstream once the guard was killed', async () => {
    expect((await call({}, tokens.main)).status).toBe(200)
    await guard.stop('SIGKILL')
    for (const token of [tokens.main, undefined]) {
      const got = await call({}, token)
      expect([got.status, upstream.received.length]).toEqual([unanswered[name], 1])
    }
  })

  test('nothing reaches the upstream by a guard that the policy does not have', async () => {
    program.write('policy.yaml', policy.replace('  deploy:', '  release:'))
    guard.signal('SIGHUP')
    await guard.logged('/guards/release')
    const got = await call({}, tokens.main)
    expect([got.status, upstream.received]).toEqual([unknownGuard[name], []])
  })

  test.each(['/status/../deploy', '/status/%2e%2e/deploy', '/status/.%2E/deploy'])(
    'the path %s is not a way past a guard',
    async (path) => {
      expect((await call({ path: '/status' }, tokens.dev)).status).toBe(200)
      const got = await call({ path }, tokens.dev)
      expect(got.status).toBe(dotted[name])
      expect(upstream.received.map(({ url }) => url)).toEqual(['/status'])
    },
  )

  test('the log names method and path of the request, escaped, and never the query', async () => {
    await call({ path: '/deploy/::error::%0aX?key=secret', method: 'PUT' })
    await guard.logged('token_missing')
    const lines = guard.err.trimEnd().split('\n')
    expect(lines.filter((line) => line.includes('token_missing'))).toEqual([
      String.raw`deploy: refused 401 token_missing PUT /deploy/:\u003aerror:\u003a%0aX: This API needs the OIDC token of a CI job as Bearer token.`,
    ])
    expect(guard.err).not.toContain('secret')
  })

  test('no client can call the guard through the proxy', async () => {
    for (const path of ['/_jobpass/guards/deploy', '/guards/deploy', '/healthz', '/metrics'])
      expect((await call({ path }, tokens.main)).status).toBe(404)
    expect(upstream.received).toEqual([])
  })

  describe('with a body', () => {
    const body = Array.from({ length: 90 }, (_, index) => `upload-${index};`.padEnd(10_000, '.'))

    test.each<[string, string | undefined, number, readonly string[]]>([
      ['an admitted upload reaches the upstream whole, and the guard not at all', tokens.main, 200, [body.join('')]],
      ['a refused upload reaches neither', undefined, 401, []],
    ])('%s', async (_, token, status, received) => {
      const wire = await startWire(ports.guard)
      const wired = { ...ports, guard: wire.port, proxy: await freePort() }
      const other = await startProxy(name, wired)
      const headers = { ...(token !== undefined && { authorization: `Bearer ${token}` }) }
      const sent = { path: '/deploy', method: 'POST', headers, body }
      const got = await send(wired.proxy, sent).finally(async () => {
        await other.stop()
        wire.close()
      })
      expect(got.status).toBe(status)
      expect(upstream.received.map((each) => each.body)).toEqual(received)
      expect(wire.sent()).toContain('/guards/deploy')
      expect(wire.sent()).not.toContain('upload-')
      expect(wire.sent()).not.toMatch(/transfer-encoding|content-length: [1-9]/i)
    })
  })
})
