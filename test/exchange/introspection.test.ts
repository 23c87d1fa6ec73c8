// Introspection (RFC 7662): APIs in other languages ask the exchange whether a token is good.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import * as onExpress from '@jobpass/express'
import type { ApiClient, ExchangeOptions } from '@jobpass/exchange'
import { createTestIssuer } from '@jobpass/testing'
import { createVerifier, kubernetes } from '@jobpass/core'
import { now } from '@jobpass/testing/internal'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'
import express from 'express'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { blocksOf } from '../documentation/pages.ts'
import { api, ask, ciToken, claimsOf, issuer, post, publish, service, tokenOf } from './service.ts'

const secret = 'n3T1h0pW5n9yqvTn0PVbqJ3bT0mZ2x1c'
const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
const client: ApiClient = { id: 'billing', secretDigest: digest(secret), audience: api }
const basic = (id: string, password: string): Readonly<Record<string, readonly string[]>> => ({
  authorization: [
    `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(password)}`).toString('base64')}`,
  ],
})
const credentials = basic('billing', secret)

const running = (options: Partial<ExchangeOptions> = {}) => service({ introspection: [client], ...options })

async function introspect(
  { exchange }: Pick<Awaited<ReturnType<typeof service>>, 'exchange'>,
  token: string,
  headers: Readonly<Record<string, readonly string[]>> = credentials,
  form: Readonly<Record<string, string>> = {},
): Promise<readonly [status: number, body: Readonly<Record<string, unknown>>]> {
  const { status, body } = await post(exchange, '/introspect', { token, ...form }, headers)
  return [status, JSON.parse(body) as Record<string, unknown>]
}

const inactive = [200, { active: false }]

test('an API reads the claims of a good token, and how it is presented', async () => {
  const given = await running()
  const token = await tokenOf(given.exchange)
  expect(await introspect(given, token)).toEqual([200, { ...claimsOf(token), active: true, token_type: 'Bearer' }])
})

test('authorization details are part of the answer (RFC 9396 §9.2)', async () => {
  const details = [{ type: 'upload', package: 'shop' }]
  const given = await running({ grants: [{ ...publish, details }] })
  const token = await tokenOf(given.exchange, { authorization_details: JSON.stringify(details) })
  expect((await introspect(given, token))[1]).toMatchObject({ active: true, authorization_details: details })
})

const otherApi = 'https://other-api.acme.dev'

describe('every other token is inactive, and the answer says nothing more', () => {
  test.each<[string, (given: Awaited<ReturnType<typeof running>>) => Promise<string> | string]>([
    ['text', () => 'x'],
    ['a CI token', () => ciToken()],
    [
      'a token with another signature',
      async ({ exchange }) => (await tokenOf(exchange, { audience: api })).slice(0, -8) + 'AAAAAAAA',
    ],
    [
      'a token of another exchange',
      async () => tokenOf((await service({ issuer: 'https://other.acme.dev' }, { audience: issuer })).exchange),
    ],
    [
      'a token that has expired',
      async ({ exchange, clock }) => {
        const token = await tokenOf(exchange, { audience: api })
        clock.advance(901)
        return token
      },
    ],
    [
      'a revoked token',
      async ({ exchange }) => {
        const token = await tokenOf(exchange, { audience: api })
        await exchange.revoke({ tokenId: String(claimsOf(token)['jti']) })
        return token
      },
    ],
    [
      'a token of a revoked run',
      async ({ exchange }) => {
        const token = await tokenOf(exchange, { audience: api })
        const { iss, run_id: runId } = claimsOf(token)['job'] as Readonly<Record<string, string>>
        await exchange.revoke({ run: { issuer: String(iss), runId: String(runId) } })
        return token
      },
    ],
    ['a token for another API', ({ exchange }) => tokenOf(exchange, { audience: otherApi })],
  ])('%s', async (_, make) => {
    const given = await running({ grants: [{ ...publish, audience: [api, otherApi] }] })
    const token = await make(given)
    expect(await introspect(given, token)).toEqual(inactive)
  })
})

describe('an API that does not authenticate learns nothing', () => {
  const challenge = 'Basic realm="jobpass", charset="UTF-8"'

  test.each<[string, Readonly<Record<string, readonly string[]>>, Readonly<Record<string, string>>]>([
    ['no credentials', {}, {}],
    ['another secret', basic('billing', `${secret}x`), {}],
    ['the digest as the secret', basic('billing', digest(secret)), {}],
    ['another name', basic('audit', secret), {}],
    ['the name of a member of every object', basic('constructor', secret), {}],
    ['a token', { authorization: ['Bearer x'] }, {}],
    ['no base64', { authorization: ['Basic ?'] }, {}],
    ['a broken escape', { authorization: [`Basic ${Buffer.from('billing:%').toString('base64')}`] }, {}],
    ['two headers', { authorization: [...(credentials['authorization'] ?? []), 'Basic eDp4'] }, {}],
    ['a header and a form', credentials, { client_id: 'billing', client_secret: secret }],
    ['a name without a secret', {}, { client_id: 'billing' }],
  ])('%s', async (_, headers, form) => {
    const given = await running()
    const token = await tokenOf(given.exchange)
    const answer = await post(given.exchange, '/introspect', { token, ...form }, headers)
    expect([answer.status, answer.headers['WWW-Authenticate'], JSON.parse(answer.body)]).toEqual([
      401,
      challenge,
      {
        error: 'invalid_client',
        error_description: 'An API authenticates here, with HTTP Basic, before it learns anything.',
      },
    ])
  })

  test('the credentials may be in the form instead (RFC 6749 §2.3.1)', async () => {
    const given = await running()
    const token = await tokenOf(given.exchange)
    const [status, body] = await introspect(given, token, {}, { client_id: 'billing', client_secret: secret })
    expect([status, body['active']]).toEqual([200, true])
  })
})

describe('a secret of any characters', () => {
  const encodings: Readonly<Record<string, (text: string) => string>> = {
    'as it is (curl --user)': (text) => text,
    'encoded as in a form (RFC 6749 §2.3.1)': (text) => new URLSearchParams({ '': text }).toString().slice(1),
    'escaped as in a URL': encodeURIComponent,
  }

  test.each(Object.entries(encodings))('is accepted %s, and no other one is', async (_, encode) => {
    const token = await tokenOf((await running()).exchange)
    const password = fc.oneof(
      fc.string({
        minLength: 32,
        maxLength: 60,
        unit: fc.constantFrom('a', 'Z', '0', '+', '/', '=', '%', ':', '&', '~', ' ', 'é', '€', '%2B', '%zz'),
      }),
      fc.base64String({ minLength: 32, maxLength: 60 }),
    )
    await fc.assert(
      fc.asyncProperty(password, async (text) => {
        const given = await running({ introspection: [{ ...client, secretDigest: digest(text) }] })
        const sent = (secretText: string): Readonly<Record<string, readonly string[]>> => ({
          authorization: [`Basic ${Buffer.from(`${encode('billing')}:${encode(secretText)}`).toString('base64')}`],
        })
        expect((await introspect(given, token, sent(text)))[0]).toBe(200)
        expect((await introspect(given, token, sent(`${text}x`)))[0]).toBe(401)
      }),
      { numRuns: 50 },
    )
  })

  test('is accepted by the command of the page, with curl itself', async () => {
    const apiSecret = 'q+8fPz/1b2C3d4E5f6G7h8J9k0L1%2B2N3o4P5q6R7s8='
    const given = await running({ introspection: [{ ...client, secretDigest: digest(apiSecret) }] })
    const server = express().use(onExpress.endpoints(given.exchange)).listen(0, '127.0.0.1')
    try {
      await once(server, 'listening')
      const block = blocksOf('docs/guides/exchange.md').find(({ code }) => code.includes('/introspect'))
      const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const { stdout } = await promisify(execFile)(
        'sh',
        ['-c', block?.code.replace('https://auth.acme.dev', address) ?? ''],
        {
          env: { ...process.env, API_SECRET: apiSecret, TOKEN: await tokenOf(given.exchange) },
        },
      )
      expect(JSON.parse(stdout)).toMatchObject({ active: true, aud: api })
    } finally {
      server.close()
    }
  })
})

test('an API without a secret authenticates by its own workload identity', async () => {
  const cluster = await createTestIssuer(kubernetes.at('https://oidc.cluster.acme.dev'))
  const billing = kubernetes.at('https://oidc.cluster.acme.dev')({
    namespace: 'billing',
    serviceAccount: 'api',
  })
  const callers = createVerifier({
    audience: `${issuer}/introspect`,
    trust: billing,
    fetch: cluster.fetch,
    onWarning: () => {},
  })
  const given = await running({
    introspection: async ({ headers }) => {
      const workload = await callers.authorize(headers('authorization')).catch(() => undefined)
      return workload && api
    },
  })
  const token = await tokenOf(given.exchange)
  const own = (name: string): Promise<string> =>
    cluster.mint({
      aud: [`${issuer}/introspect`],
      sub: `system:serviceaccount:billing:${name}`,
      'kubernetes.io': { namespace: 'billing', serviceaccount: { name, uid: '1' }, pod: { name: 'p', uid: '2' } },
    })
  expect((await introspect(given, token, { authorization: [`Bearer ${await own('api')}`] }))[1]['active']).toBe(true)
  for (const headers of [{ authorization: [`Bearer ${await own('other')}`] }, {}]) {
    const { status, headers: given401, body } = await post(given.exchange, '/introspect', { token }, headers)
    expect([status, given401['WWW-Authenticate'], body]).toEqual([
      401,
      'Bearer realm="jobpass"',
      '{"error":"invalid_client","error_description":"An API authenticates here before it learns anything."}',
    ])
  }
})

test('a function that fails is answered 503, and reported with its cause', async () => {
  const cause = new Error('no directory')
  const given = await running({ introspection: () => Promise.reject(cause) })
  const answer = await post(given.exchange, '/introspect', { token: await tokenOf(given.exchange) }, {})
  expect([answer.status, answer.headers['Retry-After']]).toEqual([503, '5'])
  expect(given.warnings.join()).toContain('could not be authenticated')
})

test('a store that fails is answered 503: a revoked token never counts as good', async () => {
  let down = false
  const given = await running()
  const { store } = given
  const failing = await service(
    { introspection: [client] },
    {
      replay: {
        store: {
          claim: (key, end) => store.claim(key, end),
          mark: (key, end) => store.mark?.(key, end),
          seen: (key) => {
            if (down) throw new Error('no store')
            return store.seen?.(key) ?? false
          },
        },
      },
    },
  )
  const token = await tokenOf(failing.exchange)
  down = true
  const [status, body] = await introspect(failing, token)
  expect([status, body['error'], body['active']]).toEqual([503, 'temporarily_unavailable', undefined])
})

test('without the option there is no such endpoint, and the metadata names none', async () => {
  const { exchange } = await service()
  expect(
    exchange.answer({ method: 'POST', path: '/introspect', headers: () => [], body: async () => '' }),
  ).toBeUndefined()
  const metadata = async (options: Partial<ExchangeOptions>): Promise<unknown> =>
    (
      await (await service(options)).exchange.fetch('https://auth.acme.dev/.well-known/oauth-authorization-server')
    ).json()
  expect(await metadata({})).not.toHaveProperty('introspection_endpoint')
  expect(await metadata({ introspection: [client] })).toMatchObject({ introspection_endpoint: `${issuer}/introspect` })
})

test('only POST is answered', async () => {
  const { exchange } = await running()
  const answer = await exchange.answer({ method: 'GET', path: '/introspect', headers: () => [], body: async () => '' })
  expect([answer?.status, answer?.headers['Allow']]).toEqual([405, 'POST'])
})

test('a token that is bound to a key names the key, so that the API can check the proof (RFC 9449 §6.2)', async () => {
  const { exchange } = await running()
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  const proof = await new SignJWT({ htm: 'POST', htu: `${issuer}/token`, jti: 'one', iat: now })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
    .sign(privateKey)
  const { body } = await ask(exchange, {}, { dpop: [proof] })
  expect((await introspect({ exchange }, String(body['access_token'])))[1]).toMatchObject({
    active: true,
    token_type: 'DPoP',
    cnf: { jkt: await calculateJwkThumbprint(jwk) },
  })
})

test.each<[string, unknown, string]>([
  ['an empty list', [], 'introspection is a list of APIs'],
  ['text', 'billing', 'introspection is a list of APIs'],
  ['no id', [{ ...client, id: '' }], 'id is a name'],
  ['the secret itself', [{ ...client, secretDigest: secret }], 'secretDigest is the SHA-256 of the secret'],
  ['no audience', [{ ...client, audience: [] }], 'needs the audience of the API'],
  ['one id twice', [client, client], 'Two APIs of introspection have one id'],
  ['an unknown member', [{ ...client, secret }], "has no 'secret'"],
])('%s is a TypeError that does not show the secret', async (_, introspection, message) => {
  const made = service({ introspection: introspection as readonly ApiClient[] })
  await expect(made).rejects.toThrow(message)
  await expect(made).rejects.not.toThrow(secret)
})
