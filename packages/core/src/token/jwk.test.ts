import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
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

describe('lesson C5: which keys may verify', () => {
  it.each([
    ['RSA with 2048 bits', rsaKey],
    ['EC on P-256', ecKey],
    ['EC on P-384', { kty: 'EC', crv: 'P-384', x: 'x', y: 'y' }],
    ['EC on P-521', { kty: 'EC', crv: 'P-521', x: 'x', y: 'y' }],
    ['Ed25519', edKey],
    ['use sig', { ...rsaKey, use: 'sig' }],
    ['key_ops with verify', { ...rsaKey, key_ops: ['verify'] }],
    ['members nobody knows', { ...rsaKey, x5c: ['MII'], 'x5t#S256': 'x', exp: 1 }],
    ['RSA with 8192 bits', { kty: 'RSA', n: '_'.repeat(1366), e: 'AQAB' }],
  ])('%s', (_, key) => {
    expect(readKey(key)).toBeDefined()
  })

  it.each([
    ['lesson C1: a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['lesson C1: a symmetric member beside RSA', { ...rsaKey, k: 'c2VjcmV0' }],
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
  ])('not %s', (_, key) => {
    expect(readKey(key)).toBeUndefined()
  })
})

describe('checkKeySet', () => {
  it('takes a list of usable keys', () => {
    expect(checkKeySet('keys', [rsaKey, ecKey])).toHaveLength(2)
  })

  it.each([[undefined], [[]], [{}], ['pem'], [{ keys: [rsaKey] }], [rsaKey]])('refuses %j', (keys) => {
    expect(() => checkKeySet('keys', keys)).toThrow('keys must be a list of public JSON Web Keys')
  })

  it('names the first unusable key, and says what a key must be', () => {
    expect(() => checkKeySet('keys', [rsaKey, weakKey])).toThrow('keys[1] cannot verify signatures')
    expect(() => checkKeySet('keys', [weakKey])).toThrow(
      "RSA from 2048 bits, EC P-256/384/521 or Ed25519, for use 'sig'",
    )
  })

  it('refuses a hole in the list', () => {
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

  it('puts no key material into the message', () => {
    const secret = jwkOf(rsa.privateKey)
    expect(() => checkKeySet('keys', [secret])).toThrow(expect.not.objectContaining({ message: secret['d'] }))
    try {
      checkKeySet('keys', [secret])
    } catch (error) {
      expect(String(error)).not.toContain(secret['d'])
    }
  })
})
