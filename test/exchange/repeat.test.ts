// A token request that is sent again because its answer was lost: the job is not locked out, and a
// thief of the token gets nothing.

import type { ReplayStore } from '@jobpass/core'
import { oneTime } from '@jobpass/core'
import { viaExchange } from '@jobpass/exchange'
import { codeOf as verdictOf, manualClock, now } from '@jobpass/testing/internal'
import { SignJWT, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, test } from 'vitest'
import { apiOf, ask, ciToken, claimsOf, issuer, jwtBearer, post, publish, service, shop } from './service.ts'

const key = (text: string) => ({ 'idempotency-key': [`"${text}"`] })
const one = key('6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7')
const other = key('71c2d3e4-f506-4718-a29b-3c4d5e6f7081')

/** Makes the proofs of a key of DPoP for the token endpoint (RFC 9449 §4.2). */
async function proofKey(): Promise<() => Promise<string>> {
  const { privateKey, publicKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return () =>
    new SignJWT({ htm: 'POST', htu: `${issuer}/token`, jti: crypto.randomUUID(), iat: now })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
      .sign(privateKey)
}

type Given = Awaited<ReturnType<typeof service>>
const codeOf = async ({ exchange }: Given, ...args: [form: Readonly<Record<string, string>>, headers?: typeof one]) => {
  const { status, body } = await ask(exchange, ...args)
  return status === 200 ? 'issued' : body['code']
}

test('the same request with the same key is answered again for two minutes, and not after three', async () => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  expect(await codeOf(given, form, one)).toBe('issued')
  for (const seconds of [60, 60]) {
    given.clock.advance(seconds)
    expect(await codeOf(given, form, one)).toBe('issued')
  }
  given.clock.advance(60)
  expect(await codeOf(given, form, one)).toBe('token_replayed')
})

test('an answer that is given again is the same token by its jti, with a record of its own', async () => {
  const { exchange, clock, records } = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const first = claimsOf((await ask(exchange, form, one)).body['access_token'])
  clock.advance(30)
  const again = claimsOf((await ask(exchange, form, one)).body['access_token'])
  expect(again).toEqual({ ...first, iat: Number(first['iat']) + 30, exp: Number(first['exp']) + 30 })
  const { jti } = first
  expect(jti).toMatch(/^[\w-]{43}$/)
  expect(records).toMatchObject([
    { outcome: 'issuing', tokenId: jti },
    { outcome: 'issuing', tokenId: jti },
  ])
})

test('all answers to one request are used once together, and revoked together', async () => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const [first, again] = [await ask(given.exchange, form, one), await ask(given.exchange, form, one)].map(
    ({ body }) => `Bearer ${String(body['access_token'])}`,
  ) as [string, string]
  const once = apiOf(given).guard(oneTime(viaExchange(shop, { scope: 'publish' })))
  expect([await verdictOf(once(first)), await verdictOf(once(again))]).toEqual(['allowed', 'token_replayed'])
  await post(given.exchange, '/revoke', { token: first.slice('Bearer '.length) })
  const revocable = apiOf(given, {}, { revocable: true }).guard(viaExchange(shop, { scope: 'publish' }))
  expect(await verdictOf(revocable(again))).toBe('token_revoked')
})

describe('O6: an answer that was lost anywhere', () => {
  const never = (): Promise<never> => new Promise(() => {})
  const form = (): { subject_token: string; scope: string } => ({ subject_token: ciToken(), scope: 'publish' })
  /** A store whose first answer to a claim is lost. */
  const losing = (store: ReplayStore, lose: () => Promise<never>): ReplayStore => {
    let isFirst = true
    return {
      ...store,
      claim: async (...claim) => {
        const answer = await store.claim(...claim)
        if (!isFirst) return answer
        isFirst = false
        return lose()
      },
    }
  }

  test('a store that claims, and then fails, is asked again with success', async () => {
    const { store } = await service()
    const given = await service({}, { replay: { store: losing(store, () => Promise.reject(new Error('reset'))) } })
    const request = form()
    expect((await ask(given.exchange, request, one)).status).toBe(503)
    expect(await codeOf(given, request, other)).toBe('token_replayed')
    expect(await codeOf(given, request)).toBe('token_replayed')
    expect(await codeOf(given, request, one)).toBe('issued')
  })

  test('a process that ends after the store has claimed leaves the job its token at another one', async () => {
    const { store } = await service()
    let claimed = (): void => {}
    const isClaimed = new Promise<void>((resolve) => (claimed = resolve))
    const ending = await service({}, { replay: { store: losing(store, () => (claimed(), never())) } })
    const other = await service({}, { replay: { store } })
    const request = form()
    void ask(ending.exchange, request, one)
    await isClaimed
    expect(await codeOf(other, request)).toBe('token_replayed')
    expect(await codeOf(other, request, one)).toBe('issued')
  })

  test.each([-59, -1, 0, 1, 59])('a process whose clock differs by %i s answers again', async (difference) => {
    for (const second of [0, 0.5, 29, 59.5]) {
      const start = Math.ceil(now / 60) * 60 + second
      const { store } = await service()
      const at = (time: number): Promise<Given> => service({}, { clock: manualClock(time), replay: { store } })
      const [first, another] = [await at(start), await at(start + difference)]
      const request = form()
      expect(await codeOf(first, request, one)).toBe('issued')
      expect(await codeOf(another, request, one)).toBe('issued')
      another.clock.advance(60)
    }
  })
})

const [owner, thief] = [await proofKey(), await proofKey()]
const proven = async (makeProof: () => Promise<string>) => ({ dpop: [await makeProof()] })
const shown = async (digit: string) => ({ 'x-cert': [digit.repeat(64)] })

test.each([
  ['another key of DPoP', () => proven(owner), () => proven(thief)],
  ['no proof of DPoP', () => proven(owner), async () => ({})],
  ['another certificate', () => shown('a'), () => shown('b')],
  ['no certificate', () => shown('a'), async () => ({})],
])('someone who has captured a request gets nothing with %s', async (_, own, others) => {
  const given = await service({ certificate: { header: 'x-cert', format: 'sha256' } })
  const request = { subject_token: ciToken(), scope: 'publish' }
  const codes = []
  for (const headers of [own, others, own]) codes.push(await codeOf(given, request, { ...one, ...(await headers()) }))
  expect(codes).toEqual(['issued', 'token_replayed', 'issued'])
})

test('another grant type is another request', async () => {
  const given = await service()
  const token = ciToken()
  expect(await codeOf(given, { subject_token: token }, one)).toBe('issued')
  expect(await codeOf(given, { grant_type: jwtBearer, assertion: token }, one)).toBe('token_replayed')
})

test.each([
  ['no key', {}],
  ['another key', other],
])('a thief of a used token gets nothing with %s, however often', async (_, headers) => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  expect(await codeOf(given, form, one)).toBe('issued')
  for (let attempt = 0; attempt < 3; attempt++)
    expect(await codeOf(given, form, headers as typeof one)).toBe('token_replayed')
  expect(await codeOf(given, form, one)).toBe('issued')
})

test.each([
  ['scope', { scope: 'read' }],
  ['audience', { scope: 'publish', audience: 'https://api.acme.dev' }],
])('another %s is another request', async (_, changes) => {
  const given = await service()
  const subject_token = ciToken()
  expect(await codeOf(given, { subject_token, scope: 'publish' }, one)).toBe('issued')
  expect(await codeOf(given, { subject_token, ...changes }, one)).toBe('token_replayed')
})

test('a key says nothing about another token', async () => {
  const given = await service()
  const [first, second] = [ciToken(), ciToken()]
  expect(await codeOf(given, { subject_token: first, scope: 'publish' }, one)).toBe('issued')
  expect(await codeOf(given, { subject_token: second, scope: 'publish' })).toBe('issued')
  expect(await codeOf(given, { subject_token: second, scope: 'publish' }, one)).toBe('token_replayed')
})

test('a request that was refused is no request to repeat', async () => {
  const given = await service({ grants: [publish] })
  const subject_token = ciToken()
  expect((await ask(given.exchange, { subject_token, scope: 'admin' }, one)).body['error']).toBe('invalid_scope')
  expect(await codeOf(given, { subject_token, scope: 'publish' }, other)).toBe('issued')
  expect(await codeOf(given, { subject_token, scope: 'publish' }, one)).toBe('token_replayed')
})

test('of fifty requests at once with one key, all get the same token', async () => {
  const { exchange } = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(exchange, form, one)))
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  expect(new Set(answers.map(({ body }) => claimsOf(body['access_token'])['jti'])).size).toBe(1)
})

test('of fifty requests at once, each with a key of its own, one is answered', async () => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const attempts = Array.from({ length: 50 }, () => key(crypto.randomUUID()))
  const answers = await Promise.all(attempts.map((each) => codeOf(given, form, each)))
  expect(answers.filter((each) => each === 'issued')).toHaveLength(1)
  expect(new Set(answers)).toEqual(new Set(['issued', 'token_replayed']))
  const again = await Promise.all(attempts.map((each) => codeOf(given, form, each)))
  expect(again).toEqual(answers)
})

test.each([
  ['short', ['"0123456789abcdef"']],
  ['long', [`"${'x'.repeat(129)}"`]],
  ['empty', ['']],
  ['no text of base64url', ['"6f0c2d9b 1e7a 4c58 93b2 9f11a0c4e8d7"']],
  ['sent twice', ['"6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7"', '"6f0c2d9b-1e7a-4c58-93b2-9f11a0c4e8d7"']],
])('a key that is %s is refused, and uses nothing up', async (_, values) => {
  const given = await service()
  const form = { subject_token: ciToken(), scope: 'publish' }
  const { status, body } = await ask(given.exchange, form, { 'idempotency-key': values })
  expect([status, body['error']]).toEqual([400, 'invalid_request'])
  expect(await codeOf(given, form)).toBe('issued')
})
