import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { checkKeySet, readKey } from './jwk.ts'

const jwkOf = (key: { export(options: { format: 'jwk' }): unknown }): Record<string, unknown> =>
  key.export({ format: 'jwk' }) as Record<string, unknown>

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const rsaKey = jwkOf(rsa.publicKey)
const weakKey = jwkOf(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
const ecKey = jwkOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
const k1Key = jwkOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey)
const edKey = jwkOf(generateKeyPairSync('ed25519').publicKey)
const xKey = jwkOf(generateKeyPairSync('x25519').publicKey)

describe('lesson C5: usable keys', () => {
  test.each([
    ['RSA with 2048 bits', rsaKey],
    ['EC on P-256', ecKey],
    ['EC on P-384', { kty: 'EC', crv: 'P-384', x: 'x', y: 'y' }],
    ['EC on P-521', { kty: 'EC', crv: 'P-521', x: 'x', y: 'y' }],
    ['Ed25519', edKey],
    ['use sig', { ...rsaKey, use: 'sig' }],
    ['key_ops with verify', { ...rsaKey, key_ops: ['verify'] }],
    ['unknown members', { ...rsaKey, x5c: ['MII'], 'x5t#S256': 'x', exp: 1 }],
    ['RSA with 8192 bits', { kty: 'RSA', n: '_'.repeat(1366), e: 'AQAB' }],
  ])('readKey takes a key: %s', (_, key) => {
    expect(readKey(key)).toBeDefined()
  })

  test.each([
    ['lesson C1: a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['lesson C1: RSA with a symmetric member', { ...rsaKey, k: 'c2VjcmV0' }],
    ['RSA with 1024 bits', weakKey],
    ['RSA one byte short of 2048 bits', { kty: 'RSA', n: '_'.repeat(340), e: 'AQAB' }],
    ['RSA above 8192 bits', { kty: 'RSA', n: '_'.repeat(1400), e: 'AQAB' }],
    ['RSA without modulus', { kty: 'RSA', e: 'AQAB' }],
    ['RSA with a number for a modulus', { kty: 'RSA', n: 3, e: 'AQAB' }],
    ['a private RSA key', jwkOf(rsa.privateKey)],
    ['a key for encryption', { ...rsaKey, use: 'enc' }],
    ['key_ops without verify', { ...rsaKey, key_ops: ['sign'] }],
    ['key_ops that is text', { ...rsaKey, key_ops: 'verify' }],
    ['an unsupported curve', k1Key],
    ['a key-agreement curve', xKey],
    ['an RSA key with a curve', { kty: 'EC', crv: undefined, n: rsaKey['n'] }],
    ['a curve of another type', { kty: 'OKP', crv: 'P-256', x: 'x' }],
    ['a type named like a prototype member', { kty: 'constructor', crv: 'x' }],
    ['no type', { n: rsaKey['n'], e: 'AQAB' }],
    ['lesson C4: PEM text', '-----BEGIN PUBLIC KEY-----'],
    ['lesson C4: bytes', Buffer.from('key')],
    ['null', null],
    ['a list', [rsaKey]],
    ['inherited members', Object.create(rsaKey)],
    ['lesson C4: a list with the members of a key', Object.assign([], rsaKey)],
    ['lesson C4: an object of a class with the members of a key', Object.assign(new Date(0), rsaKey)],
  ])('readKey refuses a key: %s', (_, key) => {
    expect(readKey(key)).toBeUndefined()
  })
})

/** The big-endian bytes of a number (RFC 7518 §6.3.1), with leading zeros up to a length. */
const numberOf = (value: bigint, length: number): string =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex').toString('base64url')
const modulus = rsaKey['n'] as string
const modulusBytes = Buffer.from(modulus, 'base64url')
const withZeros = (count: number): string => Buffer.concat([Buffer.alloc(count), modulusBytes]).toString('base64url')

describe('the kept members of a key', () => {
  test.each<[string, unknown, unknown]>([
    ['RSA', { ...rsaKey, x5c: ['MII'], key_ops: ['verify'] }, { kty: 'RSA', n: modulus, e: 'AQAB' }],
    [
      'RSA with name and algorithm',
      { ...rsaKey, kid: 'k', alg: 'RS256', use: 'sig' },
      { kty: 'RSA', n: modulus, e: 'AQAB', kid: 'k', alg: 'RS256' },
    ],
    ['RSA with members of a curve', { ...rsaKey, crv: 'P-256', x: 'x' }, { kty: 'RSA', n: modulus, e: 'AQAB' }],
    ['EC', { ...ecKey, kid: 'k', ext: true }, { kty: 'EC', crv: 'P-256', x: ecKey['x'], y: ecKey['y'], kid: 'k' }],
    ['Ed25519', { ...edKey, alg: 'EdDSA', y: 'y' }, { kty: 'OKP', crv: 'Ed25519', x: edKey['x'], alg: 'EdDSA' }],
    ['one zero before the modulus', { ...rsaKey, n: withZeros(1) }, { kty: 'RSA', n: modulus, e: 'AQAB' }],
    ['three zeros before the modulus', { ...rsaKey, n: withZeros(3) }, { kty: 'RSA', n: modulus, e: 'AQAB' }],
    ['a zero before the exponent', { ...rsaKey, e: 'AAEAAQ' }, { kty: 'RSA', n: modulus, e: 'AQAB' }],
  ])('readKey keeps the defining members only: %s', (_, key, kept) => {
    expect(readKey(key)).toStrictEqual(kept)
    expect(Object.isFrozen(readKey(key))).toBe(true)
  })
})

describe('lesson C5: key sizes', () => {
  test.each<[string, bigint, number, boolean]>([
    ['2048 bits', 1n << 2047n, 256, true],
    ['2047 bits', (1n << 2047n) - 1n, 256, false],
    ['2047 bits behind many zeros', (1n << 2047n) - 1n, 2048, false],
    ['8192 bits', (1n << 8192n) - 1n, 1024, true],
    ['8193 bits', 1n << 8192n, 1025, false],
    ['only zeros', 0n, 256, false],
  ])('readKey checks a modulus of %s', (_, n, length, fits) => {
    expect(readKey({ kty: 'RSA', n: numberOf(n, length), e: 'AQAB' }) !== undefined).toBe(fits)
  })

  // e = 1 lets anyone sign, an even one has no inverse, and a long one makes verification slow (RFC
  // 8017 §3.1).
  test.each<[bigint, number, boolean]>([
    [0n, 0, false],
    [0n, 1, false],
    [1n, 1, false],
    [1n, 4, false],
    [2n, 1, false],
    [3n, 1, true],
    [3n, 8, true],
    [4n, 1, false],
    [5n, 1, true],
    [0x100n, 2, false],
    [0x101n, 2, true],
    [0x10000n, 3, false],
    [0x10001n, 3, true],
    [0xffff_fffen, 4, false],
    [0xffff_ffffn, 4, true],
    [0x1_0000_0001n, 5, false],
  ])('readKey checks the exponent %i in %i bytes', (e, length, fits) => {
    expect(readKey({ ...rsaKey, e: length === 0 ? '' : numberOf(e, length) }) !== undefined).toBe(fits)
  })
})

describe('lesson C4: numbers of keys are canonical base64url', () => {
  const slip = '!'
  test.each<[string, object]>([
    ['padding', { n: `${modulus}==` }],
    ['a space before', { n: ` ${modulus}` }],
    ['a line break after', { n: `${modulus}\n` }],
    ['a space inside', { n: `${modulus.slice(0, 9)} ${modulus.slice(9)}` }],
    ['a character of neither alphabet', { n: slip + modulus }],
    ['the other alphabet', { n: `++++${modulus}` }],
    ['a length that no bytes have', { n: `${modulus}AAA` }],
    ['a list of the text', { n: [modulus] }],
    ['an object of text', { n: Object(modulus) as unknown }],
    ['no exponent', { e: undefined }],
    ['an exponent of null', { e: null }],
    ['an exponent that is a number', { e: 65_537 }],
    ['an exponent that is not base64url', { e: 'AQA!' }],
    ['an exponent that is an object of text', { e: Object('AQAB') as unknown }],
  ])('readKey refuses the number %s', (_, members) => {
    expect(readKey({ ...rsaKey, ...members })).toBeUndefined()
  })
})

describe('lesson C5: key members must have the right type', () => {
  test.each<[string, unknown]>([
    ['a number as kid', { ...ecKey, kid: 7 }],
    ['null for its name', { ...ecKey, kid: null }],
    ['a list as kid, with an alg', { ...ecKey, kid: ['k'], alg: 'ES256' }],
    ['a number as alg', { ...ecKey, alg: 256 }],
    ['a list as alg, with a kid', { ...ecKey, kid: 'k', alg: ['ES256'] }],
    ['null for its use', { ...ecKey, use: null }],
    ['no operations', { ...ecKey, key_ops: [] }],
    ['a number for x', { ...ecKey, x: 7 }],
    ['no x', { ...ecKey, x: undefined }],
    ['a number for y', { ...ecKey, y: 7 }],
    ['no y', { ...ecKey, y: undefined }],
    ['an unknown type with the members of Ed25519', { ...edKey, kty: 'AKP' }],
    ['no type with the members of Ed25519', { ...edKey, kty: undefined }],
    ['Ed448', { ...edKey, crv: 'Ed448' }],
    ['Ed25519 without x', { ...edKey, x: undefined }],
    ['Ed25519 with a number for x', { ...edKey, x: 7 }],
    ['Ed25519 with x of 31 bytes', { ...edKey, x: Buffer.alloc(31, 9).toString('base64url') }],
    ['Ed25519 with x of 33 bytes', { ...edKey, x: Buffer.alloc(33, 9).toString('base64url') }],
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((name): [string, unknown] => [
      `the private member ${name}`,
      { ...ecKey, [name]: '' },
    ]),
  ])('readKey refuses %s', (_, key) => {
    expect(readKey(key)).toBeUndefined()
  })
})

/** The curve −x² + y² = 1 + dx²y² over the field of p (RFC 8032 §5.1). */
const p = 2n ** 255n - 19n
const mod = (value: bigint): bigint => ((value % p) + p) % p
function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = mod(result * square)
    square = mod(square * square)
  }
  return result
}
const d = mod(-121_665n * power(121_666n, p - 2n))
const rootOfMinusOne = power(2n, (p - 1n) / 4n)

/** Both square roots modulo a prime of this form (RFC 8032 §5.1.3); empty where there are none. */
function rootsOf(square: bigint): readonly bigint[] {
  const candidate = power(square, (p + 3n) / 8n)
  const root = [candidate, mod(candidate * rootOfMinusOne)].find((each) => mod(each * each) === mod(square))
  return root === undefined ? [] : [root, mod(-root)]
}

/** y in little-endian order, with the sign of x in the last bit (RFC 8032 §5.1.2). */
function pointOf(y: bigint, sign: 0 | 1): Buffer {
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').toReversed()
  return Buffer.from(bytes.map((byte, index) => (index === 31 ? byte | (sign << 7) : byte)))
}

// The double of a point of order eight has y = 0. By the addition law that means x² = −y², and
// so dy⁴ + 2y² − 1 = 0.
const ofOrderEight = rootsOf(1n + d).flatMap((root) => rootsOf((root - 1n) * power(d, p - 2n)))
const smallOrderPoints: readonly (readonly [string, bigint])[] = [
  ['order four', 0n],
  ['the neutral point', 1n],
  ['order two', p - 1n],
  ['order four, written with p added', p],
  ['the neutral point, written with p added', p + 1n],
  ...ofOrderEight.map((y): [string, bigint] => ['order eight', y]),
]

describe('lesson C5: small-order points of Edwards curves, for which anyone can sign', () => {
  test('lesson C5: the small-order points include the y of both points of order eight', () => {
    expect(ofOrderEight).toHaveLength(2)
  })

  test.each(smallOrderPoints)('readKey refuses the small-order point %s', (_, y) => {
    for (const sign of [0, 1] as const) {
      expect(readKey({ ...edKey, x: pointOf(y, sign).toString('base64url') })).toBeUndefined()
    }
  })

  test('readKey takes every point that differs from a small-order point in one bit other than the sign', () => {
    for (const [, y] of smallOrderPoints) {
      for (const index of [0, 1, 15, 30, 31]) {
        const bytes = pointOf(y, 0)
        // In the last byte the top bit is the sign, so flip the one before it.
        bytes.writeUInt8(bytes.readUInt8(index) ^ (index === 31 ? 0x40 : 0x80), index)
        expect(readKey({ ...edKey, x: bytes.toString('base64url') })).toBeDefined()
      }
    }
  })
})

describe('checkKeySet', () => {
  test('checkKeySet takes a list of usable keys', () => {
    expect(checkKeySet('keys', [rsaKey, ecKey])).toHaveLength(2)
  })

  test.each([[undefined], [[]], [{}], ['pem'], [{ keys: [rsaKey] }], [rsaKey]])('checkKeySet refuses %j', (keys) => {
    expect(() => checkKeySet('keys', keys)).toThrow('keys must be a list of public JSON Web Keys')
  })

  test('checkKeySet names the first unusable key, and what a key must be', () => {
    expect(() => checkKeySet('keys', [rsaKey, weakKey])).toThrow('keys[1] cannot verify signatures')
    expect(() => checkKeySet('keys', [weakKey])).toThrow(
      "RSA from 2048 bits, EC P-256/384/521 or Ed25519, for use 'sig'",
    )
  })

  test('checkKeySet refuses a hole in the list', () => {
    const sparse: unknown[] = [rsaKey]
    sparse[2] = rsaKey
    expect(() => checkKeySet('keys', sparse)).toThrow('keys[1]')
    expect(() =>
      checkKeySet(
        'keys',
        Array.from({ length: 0 }, () => rsaKey),
      ),
    ).toThrow(TypeError)
  })

  test('checkKeySet puts no key material into its message', () => {
    const secret = jwkOf(rsa.privateKey)
    expect(() => checkKeySet('keys', [secret])).toThrow(expect.not.objectContaining({ message: secret['d'] }))
    try {
      checkKeySet('keys', [secret])
    } catch (error) {
      expect(String(error)).not.toContain(secret['d'])
    }
  })
})
