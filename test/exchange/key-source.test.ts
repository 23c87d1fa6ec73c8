// O5, S20: keys from a source that several processes poll, and how early a key must be published.

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import type { IssuingKey } from '@jobpass/exchange'
import * as onExpress from '@jobpass/express'
import express from 'express'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { codeOf, manualClock, now } from '@jobpass/testing/internal'
import { apiOf, ask, ciToken, issuer, jwtType, makeKey, service, tokenExchange, tokenOf } from './service.ts'

const [first, second] = [await makeKey(), await makeKey()]
const kidsOf = async (running: Awaited<ReturnType<typeof service>>): Promise<readonly string[]> => {
  const { keys } = (await (await running.exchange.fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}
/** The key id in the header of a token. */
const kidOf = (token: string): unknown =>
  (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid?: unknown }).kid

const pair = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(pair.publicKey)
/** A proof for the token endpoint. */
const proofOf = async (claims: object): Promise<string> =>
  new SignJWT({ jti: randomUUID(), htm: 'POST', htu: `${issuer}/token`, iat: now, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .sign(pair.privateKey)

const late = 'A key of the exchange signs sooner than 15 minutes after it was published'

test('O5: two processes with one source rotate without a refused token', async () => {
  const clock = manualClock(now)
  let keys: readonly IssuingKey[] = [{ privateKey: first, kid: 'a' }]
  const find = async (): Promise<readonly IssuingKey[]> => keys
  const [one, two] = [await service({ keys: find }, { clock }), await service({ keys: find }, { clock })]
  const api = apiOf({ ...one, clock }, {}, { fetch: two.exchange.fetch })
  keys = [...keys, { privateKey: second, kid: 'b', from: now + 1200 }]
  const kids = new Set<unknown>()
  for (let elapsed = 0; elapsed < 2400; elapsed += 60) {
    // One process gets all token requests, the other one all requests for keys.
    const running = elapsed % 120 === 0 ? one : two
    const at = now + elapsed
    const token = await issueAt(running.exchange, at)
    kids.add(kidOf(token))
    expect(await codeOf(api.verify(token))).toBe('allowed')
    clock.advance(60)
  }
  expect([...kids]).toEqual(['a', 'b'])
  expect([one, two].flatMap(({ warnings }) => warnings).filter((text) => text.startsWith(late))).toEqual([])
})

async function issueAt(exchange: Parameters<typeof tokenOf>[0], at: number): Promise<string> {
  return tokenOf(exchange, { subject_token: ciToken({ iat: at, nbf: at, exp: at + 300 }) })
}

test('O5: a source is called about once a minute, and once for concurrent requests', async () => {
  const clock = manualClock(now)
  let asked = 0
  const keys = (): readonly IssuingKey[] => (asked++, [{ privateKey: first, kid: 'a' }])
  const running = await service({ keys }, { clock })
  clock.advance(44)
  await Promise.all([kidsOf(running), kidsOf(running)])
  expect(asked).toBe(1)
  clock.advance(1)
  await Promise.all([kidsOf(running), kidsOf(running), ask(running.exchange)])
  expect(asked).toBe(2)
})

test('O5: while a source fails, the current keys stay, and the outage is reported', async () => {
  const clock = manualClock(now)
  const answers: (() => readonly IssuingKey[])[] = [
    () => [{ privateKey: first, kid: 'a' }],
    () => {
      throw new Error('the vault is sealed')
    },
    () => [],
    () => [{ privateKey: second, kid: 'b' }],
  ]
  const running = await service({ keys: () => answers.shift()?.() ?? [] }, { clock })
  const seen: unknown[] = []
  for (let turn = 0; turn < 3; turn++) {
    clock.advance(60)
    seen.push(await kidsOf(running))
  }
  expect(seen).toEqual([['a'], ['a'], ['b']])
  const warning = 'The keys of the exchange could not be read again within 5 s; those before stay'
  expect(running.warnings.filter((text) => text.startsWith(warning))).toEqual([
    `${warning}: Error: the vault is sealed`,
    `${warning}: TypeError: An exchange needs keys: a list of them, such as [{ privateKey }]`,
  ])
})

test('O5: a process that was idle for an hour signs with the keys of now, and publishes them', async () => {
  const clock = manualClock(now)
  let keys: readonly IssuingKey[] = [{ privateKey: first, kid: 'a' }]
  const running = await service({ keys: async () => keys }, { clock })
  clock.advance(1800)
  keys = [{ privateKey: second, kid: 'b' }]
  clock.advance(1800)
  expect(kidOf(await issueAt(running.exchange, now + 3600))).toBe('b')
  clock.advance(3600)
  keys = [{ privateKey: first, kid: 'a' }]
  clock.advance(3600)
  expect(await kidsOf(running)).toEqual(['a'])
})

test('O5: while its source hangs, an exchange that is used answers at once, over HTTP', async () => {
  const clock = manualClock(now)
  let found: object = { keys: [{ privateKey: first, kid: 'a' }], nonceSecrets: ['A'.repeat(43)] }
  const find = (): never => found as never
  const running = await service({ keys: find, nonceSecret: find }, { clock })
  const app = express().use(onExpress.endpoints(running.exchange))
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    found = new Promise(() => {})
    // No question ends while the clock of the exchange stands still, so no answer waits for one.
    for (let elapsed = 0; elapsed <= 600; elapsed += 10) {
      const at = now + elapsed
      const exchangeToken = (headers: HeadersInit = {}): Promise<Response> => {
        const subject_token = ciToken({ iat: at, nbf: at, exp: at + 300 })
        const form = { grant_type: tokenExchange, subject_token_type: jwtType, scope: 'publish', subject_token }
        return fetch(`${base}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })
      }
      const [token, set, unproven] = await Promise.all([
        exchangeToken(),
        fetch(`${base}/jwks`),
        exchangeToken({ dpop: await proofOf({ iat: at }) }),
      ])
      expect([token.status, set.status]).toEqual([200, 200])
      expect(await unproven.json()).toMatchObject({ error: 'use_dpop_nonce' })
      clock.advance(10)
    }
    // It answers again: the first request still does not wait.
    found = [{ privateKey: second, kid: 'b' }]
    clock.advance(60)
    expect(await kidsOf(running)).toEqual(['a'])
    await expect.poll(() => kidsOf(running)).toEqual(['b'])
  } finally {
    server.close()
  }
})

test('O5: a source that fails at start rejects createExchange(), and useKeys() rejects with a source', async () => {
  const failing = service({ keys: () => Promise.reject(new Error('the vault is sealed')) })
  await expect(failing).rejects.toThrow('the vault is sealed')
  const { exchange } = await service({ keys: () => [{ privateKey: first }] })
  await expect(exchange.useKeys([{ privateKey: second }])).rejects.toThrow(TypeError)
})

test.each([
  [0, true],
  [now + 899, true],
  [now + 900, false],
])(
  'S20: a new key that signs from %i is too late: %s, since caches keep the document five minutes',
  async (from, warns) => {
    const { exchange, warnings } = await service({ keys: [{ privateKey: first, kid: 'a' }] })
    const before = from === 0 ? [] : [{ privateKey: first, kid: 'a' }]
    await exchange.useKeys([...before, { privateKey: second, kid: 'b', from }])
    expect(warnings.some((text) => text.startsWith(late))).toBe(warns)
  },
)

test('O5: a source that answers an older document, and a key that is withdrawn, are reported once a minute', async () => {
  const gone = 'A key of the exchange is gone before its tokens have expired'
  const one = { privateKey: first, kid: 'a' }
  const next = (from: number): IssuingKey => ({ privateKey: second, kid: 'b', from })
  const [later, much] = [next(now + 1200), next(now + 86_400)]
  const clock = manualClock(now)
  let keys: readonly IssuingKey[] = [one, later]
  const running = await service({ keys: () => keys, maxLifetime: 600 }, { clock })
  /** Whether the next answer of the source is reported. */
  const reports = async (answer: readonly IssuingKey[]): Promise<boolean> => {
    const before = running.warnings.length
    keys = answer
    clock.advance(61)
    await kidsOf(running)
    return running.warnings.slice(before).some((text) => text.startsWith(gone))
  }
  // The next key has not signed yet.
  expect(await reports([one])).toBe(false)
  expect(await reports([one, much])).toBe(false)
  expect(await reports([one, later])).toBe(false)
  clock.advance(1200)
  // It signs now.
  expect(await reports([one, later])).toBe(false)
  expect(await reports([one])).toBe(true)
  expect(await reports([one, later])).toBe(false)
  // The key before it has tokens that are valid.
  expect(await reports([later])).toBe(true)
  expect(await reports([one, later])).toBe(false)
  clock.advance(660)
  expect(await reports([later])).toBe(false)
})

test('O5: a process that sees nonces of another secret warns once', async () => {
  const secretOf = (byte: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(byte)
  const [mine, theirs, none] = await Promise.all([
    service({ nonceSecret: secretOf(1) }),
    service({ nonceSecret: secretOf(2) }),
    service({}),
  ])
  const nonceOf = async (running: typeof mine): Promise<string> =>
    (await ask(running.exchange, {}, { dpop: [await proofOf({})] })).answer.headers['DPoP-Nonce'] ?? ''
  const foreign = 'A DPoP proof came with a nonce of the right form and time that was made with another secret'
  const warned = (): number => mine.warnings.filter((text) => text.startsWith(foreign)).length
  for (const nonce of [await nonceOf(mine), 'x', undefined, `1.${'A'.repeat(43)}`])
    await ask(mine.exchange, {}, { dpop: [await proofOf({ nonce })] })
  expect(warned()).toBe(0)
  for (let count = 0; count < 2; count++)
    expect(
      (await ask(mine.exchange, {}, { dpop: [await proofOf({ nonce: await nonceOf(theirs) })] })).body['error'],
    ).toBe('use_dpop_nonce')
  expect(warned()).toBe(1)
  // A process without a secret requires no nonces, and warns if it sees those of another.
  const unasked = (): readonly string[] => none.warnings.filter((text) => text.includes('nonce'))
  for (const nonce of [undefined, 'x', `1.${'A'.repeat(43)}`])
    expect((await ask(none.exchange, {}, { dpop: [await proofOf({ nonce })] })).body['token_type']).toBe('DPoP')
  expect(unasked()).toEqual([])
  for (let count = 0; count < 2; count++)
    expect(
      (await ask(none.exchange, {}, { dpop: [await proofOf({ nonce: await nonceOf(theirs) })] })).answer.status,
    ).toBe(200)
  expect(unasked()).toEqual([expect.stringContaining('this one has no nonceSecret')])
})
