/** Attacks on the signature: empty, too long, or numbers that a careless verifier accepts. */

import { createHash, sign } from 'node:crypto'
import { base64url } from '@jobpass/testing/internal'
import type { Signer } from '../world.ts'
import { claimsOf, ec, ecWide, ed, mint, partsOf, pss, rsa, rsaCubic, signWith } from '../world.ts'
import type { Attack } from './attack.ts'
import { attacks } from './attack.ts'

/** The salt of PSS is random; signatures with a leading zero have a separate test. */
function signatureOf(by: Signer, input: string): Buffer {
  const signature = signWith(by, by.algorithm, input)
  return by === pss && signature[0] === 0 ? signatureOf(by, input) : signature
}

/** A token with another signature. */
function resigned(
  by: Signer,
  make: (good: Buffer, input: string) => Uint8Array,
  claims: unknown = claimsOf(by),
): string {
  const input = mint(by, {}, claims).split('.').slice(0, 2).join('.')
  return `${input}.${base64url(make(signatureOf(by, input), input))}`
}

const toBytes = (value: bigint, length: number): Buffer =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const modulusOf = (by: Signer): bigint => toNumber(Buffer.from(String(by.jwk['n']), 'base64url'))
const zeros = (length: number): Buffer => Buffer.alloc(length)
const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)

/** Wrong lengths of a signature. */
const lengths: Readonly<Record<string, (good: Buffer) => Uint8Array>> = {
  empty: () => zeros(0),
  'one byte': () => zeros(1),
  'one byte short': (good) => good.subarray(0, -1),
  'without its first byte': (good) => good.subarray(1),
  'one byte long': (good) => join(good, zeros(1)),
  'a zero before': (good) => join(zeros(1), good),
  twice: (good) => join(good, good),
  'ten thousand bytes': (good) => join(good, zeros(6_000)),
  'nothing but zeros': (good) => zeros(good.length),
  'nothing but ones': (good) => Buffer.alloc(good.length, 0xff),
  'from behind': (good) => good.toReversed(),
}

const lengthAttacks = [rsa, pss, ec, ecWide, ed].flatMap((by) =>
  Object.entries(lengths).map(([name, change]) => [`${by.algorithm}: ${name}`, resigned(by, change)] as const),
)

const digestInfo = (input: string): Buffer =>
  join(Buffer.from('3031300d060960864801650304020105000420', 'hex'), createHash('sha256').update(input).digest())

/** The input of the private-key operation (RFC 8017 §9.2), as a signature. */
const encoded = (input: string): Buffer => {
  const info = digestInfo(input)
  return join(Buffer.from([0, 1]), Buffer.alloc(253 - info.length, 0xff), Buffer.from([0]), info)
}

function cubeRoot(value: bigint): bigint {
  let low = 0n
  let high = 1n << 700n
  while (low < high) {
    const middle = (low + high) / 2n
    if (middle ** 3n < value) low = middle + 1n
    else high = middle
  }
  return low
}

/**
 * A cube with this prefix, which is all that a verifier sees if it ignores the rest (Bleichenbacher
 * 2006).
 */
function cubeWithPrefix(prefix: Buffer): Buffer {
  return toBytes(cubeRoot(toNumber(join(prefix, zeros(256 - prefix.length)))), 256)
}

/** A cube with the right beginning and end, and garbage for padding. The suffix must be odd. */
function cubeWithEnds(prefix: Buffer, suffix: Buffer): Buffer {
  const bits = suffix.length * 8
  const wanted = toNumber(suffix)
  let low = 1n
  for (let bit = 1n; bit < BigInt(bits); bit++) {
    if (((low ** 3n) ^ wanted) & (1n << bit)) low |= 1n << bit
  }
  const high = cubeRoot(toNumber(join(prefix, zeros(256 - prefix.length))))
  return toBytes(((high >> BigInt(bits)) << BigInt(bits)) | low, 256)
}

/** Claims whose digest is odd, so that it has a cube root modulo a power of two. */
function withOddDigest(by: Signer): unknown {
  for (let attempt = 0; ; attempt++) {
    const claims = { ...claimsOf(by), jti: `attempt-${attempt}` }
    const input = mint(by, {}, claims).split('.').slice(0, 2).join('.')
    if ((digestInfo(input).at(-1) as number) % 2 === 1) return claims
  }
}

const paddings: readonly (readonly [name: string, padding: Buffer])[] = [
  ['no padding', Buffer.from([0, 1, 0])],
  ['one byte of padding', Buffer.from([0, 1, 0xff, 0])],
  ['eight bytes of padding', join(Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]))],
  ['block type 0', join(Buffer.from([0, 0]), zeros(8), Buffer.from([0]))],
  ['block type 2', join(Buffer.from([0, 2]), Buffer.alloc(8, 0xab), Buffer.from([0]))],
]

/**
 * Signatures for a key with exponent three, made without the private key: correct at both ends,
 * with garbage between.
 */
export const cubicAttacks: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    paddings.map(([name, padding]) => [
      `a cube with ${name} and garbage behind the digest`,
      resigned(rsaCubic, (_, input) => cubeWithPrefix(join(padding, digestInfo(input)))),
    ]),
  ),
  'a cube with the garbage hidden in the parameters of the digest': resigned(rsaCubic, (_, input) => {
    const digest = createHash('sha256').update(input).digest()
    const head = Buffer.from('3081ef3081ca06096086480165030402010481bc', 'hex')
    return cubeWithPrefix(join(Buffer.from([0, 1]), Buffer.alloc(8, 0xff), Buffer.from([0]), head, digest))
  }),
  'a cube with garbage for padding': resigned(
    rsaCubic,
    (_, input) => cubeWithEnds(Buffer.from([0, 1, 0xff, 0xff]), join(Buffer.from([0]), digestInfo(input))),
    withOddDigest(rsaCubic),
  ),
}

const rsaAttacks: Readonly<Record<string, string>> = {
  ...cubicAttacks,
  'the padded digest itself': resigned(rsa, (_, input) => encoded(input)),
  'the digest alone': resigned(rsa, (_, input) => createHash('sha256').update(input).digest()),
  'the number one': resigned(rsa, () => toBytes(1n, 256)),
  'the modulus': resigned(rsa, () => toBytes(modulusOf(rsa), 256)),
  'the modulus less one': resigned(rsa, () => toBytes(modulusOf(rsa) - 1n, 256)),
  'the signature and the modulus added': resigned(rsa, (good) => toBytes(toNumber(good) + modulusOf(rsa), 257)),
  'the modulus less the signature': resigned(rsa, (good) => toBytes(modulusOf(rsa) - toNumber(good), 256)),
  'a signature of the payload alone': resigned(rsa, (_, input) => signWith(rsa, 'RS256', partsOf(input)[1])),
  'a signature of the decoded parts': resigned(rsa, (_, input) =>
    signWith(
      rsa,
      'RS256',
      input
        .split('.')
        .map((part) => Buffer.from(part, 'base64url').toString())
        .join('.'),
    ),
  ),
}

/**
 * A signature without its leading zero: the same number, but not the same signature (RFC 8017
 * §8.1.2 and §8.2.2, step 1).
 */
function withoutZero(by: Signer): string {
  for (let attempt = 0; ; attempt++) {
    const input = mint(by, {}, { ...claimsOf(by), jti: `attempt-${attempt}` })
      .split('.')
      .slice(0, 2)
      .join('.')
    const good = signWith(by, by.algorithm, input)
    if (good[0] === 0) return `${input}.${base64url(good.subarray(1))}`
  }
}

const orderOf = { ec: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n }
const [r, s] = [(good: Buffer) => good.subarray(0, 32), (good: Buffer) => good.subarray(32)]
const n = toBytes(orderOf.ec, 32)

const ecdsaAttacks: Readonly<Record<string, string>> = {
  'in DER': resigned(ec, (_, input) => sign('sha256', Buffer.from(input), ec.privateKey)),
  'in DER, on the wide curve': resigned(ecWide, (_, input) => sign('sha512', Buffer.from(input), ecWide.privateKey)),
  'r of zero': resigned(ec, (good) => join(zeros(32), s(good))),
  's of zero': resigned(ec, (good) => join(r(good), zeros(32))),
  'r and s of one': resigned(ec, () => join(toBytes(1n, 32), toBytes(1n, 32))),
  'r of the order': resigned(ec, (good) => join(n, s(good))),
  's of the order': resigned(ec, (good) => join(r(good), n)),
  'r and s of the order': resigned(ec, () => join(n, n)),
  'r and s of the order less one': resigned(ec, () => join(toBytes(orderOf.ec - 1n, 32), toBytes(orderOf.ec - 1n, 32))),
  's of zero and r of the order': resigned(ec, () => join(n, zeros(32))),
  'r and s exchanged': resigned(ec, (good) => join(s(good), r(good))),
  'each half with a zero before': resigned(ec, (good) => join(zeros(1), r(good), zeros(1), s(good))),
}

/** RFC 8032 §5.1: the order of the base point. */
const edOrder = 2n ** 252n + 27742317777372353535851937790883648493n
const fromLittle = (bytes: Uint8Array): bigint => toNumber(bytes.toReversed())
const toLittle = (value: bigint): Uint8Array => toBytes(value, 32).toReversed()

const edwardsAttacks: Readonly<Record<string, string>> = {
  's and the order added': resigned(ed, (good) =>
    join(good.subarray(0, 32), toLittle(fromLittle(good.subarray(32)) + edOrder)),
  ),
  'the neutral point and zero': resigned(ed, () => join(toLittle(1n), zeros(32))),
  'r of zero': resigned(ed, (good) => join(zeros(32), good.subarray(32))),
  's of zero': resigned(ed, (good) => join(good.subarray(0, 32), zeros(32))),
  's of the order': resigned(ed, (good) => join(good.subarray(0, 32), toLittle(edOrder))),
  'the public key for a point': resigned(ed, (good) =>
    join(Buffer.from(String(ed.jwk['x']), 'base64url'), good.subarray(32)),
  ),
}

const named = (algorithm: string, tokens: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(tokens).map(([name, token]) => [`${algorithm}: ${name}`, token]))

export const signatureAttacks: readonly Attack[] = attacks('signature_invalid', {
  ...Object.fromEntries(lengthAttacks),
  ...named('RS256', rsaAttacks),
  ...named('ES256', ecdsaAttacks),
  ...named('EdDSA', edwardsAttacks),
  'RS256: without a zero that it begins with': withoutZero(rsa),
  'PS256: without a zero that it begins with': withoutZero(pss),
})

/**
 * The second valid signature that anyone can derive from a first one. It signs nothing else, so
 * accepting it is safe.
 */
export const secondSignature: string = resigned(ec, (good) =>
  join(r(good), toBytes(orderOf.ec - toNumber(s(good)), 32)),
)
