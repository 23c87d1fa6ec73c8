import { generateKeyPairSync, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { createKeySet, maxKeys } from './jwks.ts'
import type { KeySet } from './jwks.ts'
import { webSignatures } from './signature-web.ts'

const jwkOf = (pair: { publicKey: { export(options: { format: 'jwk' }): unknown } }): Record<string, unknown> =>
  pair.publicKey.export({ format: 'jwk' }) as Record<string, unknown>

const rsa = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const rsaToo = jwkOf(generateKeyPairSync('rsa', { modulusLength: 2048 }))
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const p256 = jwkOf(pair)
const p384 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-384' }))
const p521 = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-521' }))
const edwards = jwkOf(generateKeyPairSync('ed25519'))
const offItsCurve = { ...p256, x: p256['y'], y: p256['x'] }

const setOf = (...keys: readonly unknown[]): KeySet => createKeySet(keys)
/** The index of the key that is found. */
const found = (keys: readonly unknown[], alg: string, kid?: string): number => {
  const set = setOf(...keys)
  const key = set.find({ alg, ...(kid === undefined ? {} : { kid }) })
  return key === undefined ? -1 : set.keys.indexOf(key)
}

describe('lesson C2: key types and algorithms (RFC 7518 §3.1, RFC 8037 §3.1)', () => {
  const all = [rsa, p256, p384, p521, edwards]
  test.each([
    ['RS256', 0],
    ['RS384', 0],
    ['RS512', 0],
    ['PS256', 0],
    ['PS384', 0],
    ['PS512', 0],
    ['ES256', 1],
    ['ES384', 2],
    ['ES512', 3],
    ['EdDSA', 4],
    ['Ed25519', 4],
  ])('lesson C2: a token of an algorithm finds keys of its type only: %s', (algorithm, index) => {
    expect(found(all, algorithm)).toBe(index)
    expect(found([all[index]], algorithm)).toBe(0)
    for (const other of all.filter((each) => each !== all[index])) expect(found([other], algorithm)).toBe(-1)
  })

  test.each([
    'HS256',
    'none',
    'RS1',
    'RS999',
    'RSA-OAEP',
    'PS',
    'ES256K',
    'Ed448',
    'constructor',
    '__proto__',
    'toString',
    '',
  ])('lesson C1: the algorithm %j finds no key', (algorithm) => {
    for (const key of all) expect(found([key], algorithm)).toBe(-1)
  })

  test('the alg of a key restricts it to that algorithm', () => {
    expect(found([{ ...rsa, alg: 'RS256' }], 'RS256')).toBe(0)
    expect(found([{ ...rsa, alg: 'RS256' }], 'PS256')).toBe(-1)
    expect(found([{ ...rsa, alg: 'RS256' }], 'RS512')).toBe(-1)
    expect(found([{ ...edwards, alg: 'EdDSA' }], 'Ed25519')).toBe(-1)
    expect(found([{ ...p256, alg: 'ES384' }], 'ES384')).toBe(-1)
    expect(found([{ ...p256, alg: 'ES384' }], 'ES256')).toBe(-1)
  })
})

describe('lesson C6: one key or none', () => {
  const named = (key: object, kid: string, alg?: string): object => ({
    ...key,
    kid,
    ...(alg === undefined ? {} : { alg }),
  })
  test.each<[string, readonly object[], string | undefined, number]>([
    ['the one of that name', [named(rsa, 'a'), named(rsaToo, 'b')], 'b', 1],
    ['none of another name', [named(rsa, 'a')], 'b', -1],
    ['none of another letter case', [named(rsa, 'a')], 'A', -1],
    ['none without a name, where one is asked for', [rsa], 'a', -1],
    ['none with a name, where the empty one is asked for', [named(rsa, 'a')], '', -1],
    ['the only one that fits, where no name is asked for', [named(rsa, 'a'), p256], undefined, 0],
    ['none of two that fit', [named(rsa, 'a'), named(rsaToo, 'b')], undefined, -1],
    ['none of two with one name', [named(rsa, 'a'), named(rsaToo, 'a')], 'a', -1],
    [
      'none of three, two of which are the same',
      [named(rsa, 'a'), named(rsa, 'a', 'RS256'), named(rsaToo, 'a')],
      'a',
      -1,
    ],
    [
      'none of three, the first of which is the other',
      [named(rsaToo, 'a'), named(rsa, 'a'), named(rsa, 'a', 'RS256')],
      'a',
      -1,
    ],
    ['the first of several names of one key', [named(rsa, 'a'), named(rsa, 'b'), rsa], undefined, 0],
    ['the first of one key with and without its algorithm', [named(rsa, 'a'), named(rsa, 'a', 'RS256')], 'a', 0],
    ['the one whose algorithm fits, of two with one name', [named(rsa, 'a', 'PS256'), named(rsaToo, 'a')], 'a', 1],
  ])('lesson C6: a header finds the one key that fits, or none: %s', (_, keys, kid, index) => {
    expect(found(keys, 'RS256', kid)).toBe(index)
  })
})

describe('createKeySet', () => {
  test('lesson C5: a key set keeps usable keys, and skips the others', () => {
    expect(setOf(null, { kty: 'oct', k: 'AA' }, rsa, 7, p256).keys.map(({ jwk }) => jwk)).toEqual([rsa, p256])
    expect(setOf().keys).toEqual([])
    expect(setOf(null, { kty: 'oct', k: 'AA' }).keys).toEqual([])
  })

  test('a key set states for each skipped key its escaped kid and the reason, and nothing of its material', () => {
    const skipped = setOf(
      rsa,
      7,
      { kty: 'oct', k: 'c2VjcmV0', kid: 'shared\u202e\n' },
      { ...rsa, kid: 'x'.repeat(300), use: 'enc' },
      { ...rsa, kid: 'short', n: 'AQAB' },
      { kty: 'EC', crv: 'secp256k1', x: 'x', y: 'y', kid: 7 },
    ).skipped
    expect(skipped).toEqual([
      { reason: 'it is no JSON object' },
      { keyId: 'shared\\u202e\\u000a', reason: 'it has private members' },
      { keyId: `${'x'.repeat(200)}…`, reason: "its use is not 'sig'" },
      { keyId: 'short', reason: 'its modulus does not have 2048 to 8192 bits' },
      { reason: 'its kid or alg is no text' },
    ])
    expect(JSON.stringify(skipped)).not.toContain('c2VjcmV0')
  })

  test('a key set keeps a duplicate once, and the same key under another kid twice', () => {
    const set = setOf(rsa, { ...rsa, use: 'sig' }, { ...rsa, kid: 'a' })
    expect(set.keys).toHaveLength(2)
    expect(new Set(set.keys.map(({ material }) => material)).size).toBe(1)
    expect([...set.named.values()]).toEqual(set.keys)
  })

  test('a key set keeps at most the first hundred keys', () => {
    const many = Array.from({ length: 150 }, (_, index) => ({ ...rsa, kid: `k${index}` }))
    const set = setOf(...many)
    expect([maxKeys, set.keys.length]).toEqual([100, 100])
    expect(set.find({ alg: 'RS256', kid: 'k99' })?.jwk.kid).toBe('k99')
    expect(set.find({ alg: 'RS256', kid: 'k100' })).toBeUndefined()
  })

  test('the material of a key is the same under any kid, and differs for another key', () => {
    const [one, same, other] = setOf(rsa, { ...rsa, kid: 'a', alg: 'RS256' }, rsaToo).keys
    expect(JSON.parse(one?.material ?? '')).toEqual({ kty: 'RSA', n: rsa['n'], e: rsa['e'] })
    expect(same?.material).toBe(one?.material)
    expect(other?.material).not.toBe(one?.material)
    expect(JSON.parse(setOf(p256).keys[0]?.material ?? '')).toEqual(p256)
    expect(JSON.parse(setOf(edwards).keys[0]?.material ?? '')).toEqual(edwards)
  })

  test('lesson C7: a key that was in the previous set stays the same object, and others do not', () => {
    const before = setOf({ ...rsa, kid: 'a' }, { ...p256, kid: 'b' })
    const after = createKeySet(
      [
        { ...p256, kid: 'b' },
        { ...rsa, kid: 'c' },
        { ...rsa, kid: 'a', alg: 'RS256' },
      ],
      before,
    )
    expect(after?.keys.map((key) => before.keys.indexOf(key))).toEqual([1, -1, -1])
  })
})

describe('lesson C7: keys are imported once for each algorithm', () => {
  const [head, body] = ['{"alg":"ES256"}', '{}'].map((part) => Buffer.from(part).toString('base64url'))
  const input = `${head}.${body}`
  const signature = sign('sha256', Buffer.from(input), { key: pair.privateKey, dsaEncoding: 'ieee-p1363' })
  const text = `${input}.${signature.toString('base64url')}`

  test('lesson C7: a synchronous import is used at once', () => {
    const key = setOf(rsa).keys[0]
    const check = key?.importFor('RS256')
    expect(typeof check).toBe('function')
    expect(key?.importFor('RS256')).toBe(check)
    expect(key?.importFor('PS256')).not.toBe(check)
  })

  test('lesson C7: concurrent requests share one pending import, and later ones its result', async () => {
    const key = createKeySet([p256], undefined, webSignatures).keys[0]
    const [first, second] = [key?.importFor('ES256'), key?.importFor('ES256')]
    expect(first).toBeInstanceOf(Promise)
    expect(second).toBe(first)
    const check = await first
    expect(key?.importFor('ES256')).toBe(check)
    expect(await check?.(text, text.lastIndexOf('.'))).toBe(true)
  })

  test('lesson D11: a failed import is not cached', async () => {
    const here = setOf(offItsCurve).keys[0]
    for (let time = 0; time < 2; time++) expect(() => here?.importFor('ES256')).toThrow(Error)
    const key = createKeySet([offItsCurve], undefined, webSignatures).keys[0]
    const first = key?.importFor('ES256')
    await expect(first).rejects.toThrow(Error)
    const second = key?.importFor('ES256')
    expect(second).not.toBe(first)
    await expect(second).rejects.toThrow(Error)
  })
})
