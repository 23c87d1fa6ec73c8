// The key set document: keys, their dates and nonce secrets from one source that is asked again.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { FoundKeySet } from '@jobpass/exchange'
import { viaExchange } from '@jobpass/exchange'
import { codeOf, manualClock, now, refusalOf } from '@jobpass/testing/internal'
import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { api, apiOf, ask, ciToken, issuer, makeKey, service, shop, tokenOf } from './service.ts'

const [first, second] = await Promise.all([makeKey(), makeKey()])
const secret = (): string => randomBytes(32).toString('base64url')
const outage = 'The keys of the exchange could not be read again within 5 s; those before stay'
const shape = 'keys() must answer a key set, { keys, nonceSecrets }, or its JSON, not'

type Running = Awaited<ReturnType<typeof service>>
const kidsOf = async ({ exchange }: Running): Promise<readonly string[]> => {
  const { keys } = (await (await exchange.fetch(`${issuer}/jwks`)).json()) as { keys: { kid: string }[] }
  return keys.map(({ kid }) => kid)
}
const keySet = (...keys: object[]): string => JSON.stringify({ keys })
const [one, two] = [
  { privateKey: { ...first, kid: 'one' }, from: 0 },
  { privateKey: { ...second, kid: 'two' }, from: now + 1200 },
]

test.each<[string, () => FoundKeySet | Promise<FoundKeySet>]>([
  ['the text of a document', () => keySet(one, two)],
  ['a parsed document', () => ({ keys: [one, two] })],
  ['the promise of a text', async () => `${keySet(one, two)}\n`],
])('keys can be %s', async (_, keys) => {
  const running = await service({ keys })
  expect(await kidsOf(running)).toEqual(['one', 'two'])
  expect(decodeProtectedHeader(await tokenOf(running.exchange)).kid).toBe('one')
})

test.each<[string, FoundKeySet, string]>([
  ['nothing', undefined, `${shape} undefined`],
  ['null, as a database answers', null, `${shape} null`],
  ['an empty file', '', `${shape} text of 0 characters`],
  ['JSON of a list', '[]', `${shape} text of 2 characters`],
  ['a set without keys', '{"nonceSecrets":[]}', 'keys(): the key set has no keys'],
  ['a set with an empty list', '{"keys":[]}', 'An exchange needs keys'],
  ['a misspelled member', '{"keys":[],"nonceSecret":[]}', "keys(): the key set has no 'nonceSecret'"],
  ['a misspelled member of a key', '{"keys":[{"privatekey":{}}]}', "keys[0] has no 'privatekey'"],
])('createExchange() rejects with a TypeError if keys answers %s', async (_, answer, message) => {
  await expect(service({ keys: () => answer })).rejects.toThrow(TypeError)
  await expect(service({ keys: () => answer })).rejects.toThrow(message)
})

test('no prefix of a document takes effect while it is written', async () => {
  const clock = manualClock(now)
  const whole = keySet(one, two)
  let text = keySet(one)
  const running = await service({ keys: () => text }, { clock })
  for (let length = 0; length < whole.length; length++) {
    text = whole.slice(0, length)
    clock.advance(60)
    expect(await kidsOf(running)).toEqual(['one'])
  }
  text = whole
  clock.advance(60)
  // Hours have passed, and the tokens of the first key have expired.
  expect(await kidsOf(running)).toEqual(['two'])
  // Neither the errors nor the warnings quote the document.
  const { d = '' } = first
  expect(
    running.warnings.filter((warning) => warning.startsWith(`${outage}: TypeError: ${shape} text of`)),
  ).toHaveLength(whole.length)
  expect(running.warnings.join('\n')).not.toContain(d.slice(0, 8))
})

const pair = await generateKeyPair('ES256', { extractable: true })
const jwk = await exportJWK(pair.publicKey)

describe('nonce secrets', () => {
  const proof = async (htm: string, htu: string, claims: object): Promise<string> =>
    new SignJWT({ jti: randomUUID(), htm, htu, ...claims })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
      .sign(pair.privateKey)

  /** Sends a proof to the token endpoint. Returns the nonce that is asked for, or the token. */
  async function send({ exchange }: Running, at: number, nonce?: string): Promise<{ nonce?: string; token?: string }> {
    const dpop = [await proof('POST', `${issuer}/token`, { iat: at, nonce })]
    const { answer, body } = await ask(
      exchange,
      { subject_token: ciToken({ iat: at, nbf: at, exp: at + 300 }) },
      { dpop },
    )
    return answer.status === 200
      ? { token: String(body['access_token']) }
      : { nonce: String(answer.headers['DPoP-Nonce']) }
  }

  test('the first secret makes nonces, and nonces of all are accepted', async () => {
    const clock = manualClock(now)
    const [a, b, c] = [secret(), secret(), secret()]
    const sets = [
      [a, b],
      [b, c, a],
    ].map((nonceSecrets) => JSON.stringify({ keys: [one], nonceSecrets }))
    const [old, current] = sets
    let [atOne, atTwo] = [old, old]
    const running = await Promise.all([
      service({ keys: () => atOne, nonceSecret: () => atOne }, { clock }),
      service({ keys: () => atTwo, nonceSecret: () => atTwo }, { clock }),
    ])
    const [processOne, processTwo] = running
    const before = await send(processOne, now)
    expect(await send(processTwo, now, before.nonce)).toHaveProperty('token')
    // One process reads the next set a minute before the other.
    atOne = current
    clock.advance(60)
    const next = await send(processOne, now + 60)
    expect(next.nonce?.split('.')[1]).not.toBe((await send(processTwo, now + 60)).nonce?.split('.')[1])
    for (const each of running)
      for (const { nonce } of [before, next]) expect(await send(each, now + 60, nonce)).toHaveProperty('token')
    atTwo = current
    clock.advance(60)
    expect(await send(processOne, now + 120)).toEqual(await send(processTwo, now + 120))
    expect(running.flatMap(({ warnings }) => warnings.filter((text) => text.includes('nonce')))).toEqual([])
  })

  test.each<[string, FoundKeySet, string]>([
    ['no secrets', keySet(one), 'nonceSecret: the key set has no nonceSecrets'],
    ['an empty list', { nonceSecrets: [] }, 'nonceSecret: the key set has no nonceSecrets'],
    ['a short one', { nonceSecrets: ['AAAA'] }, 'nonceSecret must be at least 32 random bytes'],
    ['another encoding', { nonceSecrets: [`${'A'.repeat(43)}=`] }, 'nonceSecret: nonceSecrets must be base64url'],
    ['nothing', undefined, 'nonceSecret must answer a key set'],
  ])('createExchange() rejects with a TypeError if nonceSecret finds %s', async (_, found, message) => {
    const options = { nonceSecret: () => found }
    await expect(service(options)).rejects.toThrow(TypeError)
    await expect(service(options)).rejects.toThrow(message)
  })

  test('an exchange whose secrets cannot be read again keeps those before, and reports the outage', async () => {
    const clock = manualClock(now)
    let found = { nonceSecrets: [secret()] }
    const running = await service({ nonceSecret: () => found }, { clock })
    const { nonce } = await send(running, now)
    found = undefined as never
    clock.advance(60)
    expect(await send(running, now + 60, nonce)).toHaveProperty('token')
    expect(running.warnings.filter((text) => text.includes('nonce'))).toEqual([
      'nonceSecret could not be read again within 5 s; the secrets before stay: TypeError: nonceSecret must answer a key set, { keys, nonceSecrets }, or its JSON, not undefined',
    ])
  })

  describe('of an API', () => {
    const rule = viaExchange(shop, { scope: 'publish' })

    /** An API whose secrets are found by a function, and a job that calls it. */
    async function world(nonceSecret: () => FoundKeySet | Promise<FoundKeySet>) {
      const clock = manualClock(now)
      const running = { ...(await service({}, { clock })), clock }
      const { token = '' } = await send(running, now)
      const warnings: string[] = []
      const onWarning = (text: string): void => void (text.includes('store') || warnings.push(text))
      const guard = apiOf(running, { onWarning }, { dpop: { origin: api, nonceSecret } }).guard(rule)
      const call = async (nonce?: string) => {
        const ath = createHash('sha256').update(token).digest('base64url')
        const proofs = [await proof('PUT', `${api}/x`, { iat: clock.now() / 1000, ath, nonce })]
        return guard([`DPoP ${token}`], { method: 'PUT', path: '/x', proofs })
      }
      return { clock, warnings, call, nonce: async () => (await refusalOf(call())).headers['DPoP-Nonce'] ?? '' }
    }

    test('are asked for at first use and about once a minute, and rotate', async () => {
      const [a, b] = [secret(), secret()]
      let asked = 0
      let nonceSecrets = [a]
      const { clock, call, nonce, warnings } = await world(async () => (asked++, { nonceSecrets }))
      expect(asked).toBe(0)
      const before = await nonce()
      expect(await codeOf(call(before))).toBe('allowed')
      expect(asked).toBe(1)
      nonceSecrets = [b, a]
      clock.advance(60)
      expect(await codeOf(call(before))).toBe('allowed')
      nonceSecrets = [b]
      clock.advance(44)
      expect([await codeOf(call(before)), asked]).toEqual(['allowed', 2])
      clock.advance(16)
      expect([await codeOf(call(before)), asked]).toEqual(['proof_nonce', 3])
      expect(await codeOf(call(await nonce()))).toBe('allowed')
      expect(warnings).toEqual([expect.stringContaining('was made with another secret')])
    })

    test('that were never found are an outage: 503, and one question in 5 s', async () => {
      let asked = 0
      let found: FoundKeySet
      const { clock, call, nonce, warnings } = await world(() => (asked++, found))
      const refusals = await Promise.all([1, 2, 3].map(() => refusalOf(call())))
      expect(refusals.map(({ code, status }) => [code, status])).toEqual(
        refusals.map(() => ['resolver_unavailable', 503]),
      )
      expect(refusals[0]?.headers['Retry-After']).toBe('5')
      found = { nonceSecrets: [secret()] }
      expect([await codeOf(call()), asked]).toEqual(['resolver_unavailable', 1])
      clock.advance(5)
      expect([await codeOf(call(await nonce())), asked]).toEqual(['allowed', 2])
      expect(warnings).toEqual([
        'The nonce secrets of an API could not be read within 5 s: TypeError: serviceTokens(): dpop.nonceSecret must answer a key set, { keys, nonceSecrets }, or its JSON, not undefined',
      ])
    })

    test('that are not found within 5 s are an outage', async () => {
      let asked = 0
      const { clock, call } = await world(() => (asked++, new Promise(() => {})))
      const outcome = codeOf(call())
      await expect.poll(() => asked).toBe(1)
      clock.advance(5)
      expect(await outcome).toBe('resolver_unavailable')
    })
  })
})
