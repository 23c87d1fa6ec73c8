/**
 * Checks every key, whatever its source: type, curve, size and use (RFC 7517 §4, RFC 7518 §6).
 */

import { defined, isPlainObject } from '../util/objects.ts'
import { formatType } from '../util/format.ts'
import { hasRocaFingerprint } from './roca.ts'
import { encodeOctets } from '../util/base64url.ts'

/** A public JSON Web Key (RFC 7517 §4). */
export interface JSONWebKey {
  /** The key type: `'RSA'`, `'EC'` or `'OKP'`. */
  readonly kty: string
  /** The key id. */
  readonly kid?: string
  /** Other members, such as `n` and `e`. */
  readonly [member: string]: unknown
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const
const curves: ReadonlySet<unknown> = new Set(['P-256', 'P-384', 'P-521'])

/**
 * The public key in a JWK that may verify signatures here, reduced to the members that define it;
 * else `undefined`. An unusable key in a set is skipped, and the others work.
 */
export function readKey(value: unknown): JSONWebKey | undefined {
  const examined = examineKey(value)
  return typeof examined === 'string' ? undefined : examined
}

/** The same, with the reason instead of an unusable key. The reason holds nothing of the key. */
export function examineKey(value: unknown): JSONWebKey | string {
  if (!isPlainObject(value)) return 'it is no JSON object'
  // Own members only, so that a polluted Object.prototype has no effect.
  const key: Members = Object.assign(Object.create(null) as object, value)
  const { kty, kid, alg, use, key_ops: operations } = key
  if (privateMembers.some((member) => key[member] !== undefined)) return 'it has private members'
  if ((kid !== undefined && typeof kid !== 'string') || (alg !== undefined && typeof alg !== 'string'))
    return 'its kid or alg is no text'
  if (use !== undefined && use !== 'sig') return "its use is not 'sig'"
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    return "its key_ops do not hold 'verify'"
  const read = Object.hasOwn(materials, String(kty)) ? materials[kty as keyof typeof materials] : undefined
  if (read === undefined) return 'its kty is not RSA, EC or OKP'
  const material = read(key)
  if (typeof material === 'string') return material
  return Object.freeze({ ...material, ...defined({ kid, alg }) })
}

type Members = Readonly<Record<string, unknown>>

const materials = { RSA: rsaMaterial, EC: curveMaterial, OKP: edwardsMaterial } as const

/**
 * 2048 to 8192 bits, and an odd exponent from 3 to 32 bits: e = 1 lets anyone forge signatures, and
 * a huge e makes verification slow.
 */
function rsaMaterial({ n, e }: Members): JSONWebKey | string {
  const modulus = integer(n)
  const exponent = integer(e)
  if (modulus === undefined || exponent === undefined) return 'its n or e is not base64url'
  const bits = modulus.length === 0 ? 0 : modulus.length * 8 - Math.clz32(modulus[0] as number) + 24
  const odd = ((exponent.at(-1) ?? 0) & 1) === 1
  const fits = exponent.length <= 4 && odd && (exponent.length > 1 || (exponent[0] as number) >= 3)
  if (bits < 2048 || bits > 8192) return 'its modulus does not have 2048 to 8192 bits'
  if (!fits) return 'its exponent is not an odd number from 3 to 32 bits'
  if (hasRocaFingerprint(modulus)) return 'its private key can be computed (ROCA, CVE-2017-15361)'
  return { kty: 'RSA', n: encodeOctets(modulus), e: encodeOctets(exponent) }
}

function curveMaterial({ crv, x, y }: Members): JSONWebKey | string {
  const known = curves.has(crv) && typeof x === 'string' && typeof y === 'string'
  return known ? { kty: 'EC', crv, x, y } : 'its curve is not P-256, P-384 or P-521, or its point is missing'
}

/**
 * The y coordinates of small-order points (RFC 8032 §5.1.2), without the sign. For such a key, a
 * valid signature is found by trying.
 */
const smallOrderPoints: ReadonlySet<string> = new Set([
  '00'.repeat(32),
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(30)}7f`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
])

function edwardsMaterial({ crv, x }: Members): JSONWebKey | string {
  const point = bytesOf(x)
  if (crv !== 'Ed25519' || point === undefined || point.length !== 32) return 'it is no Ed25519 key of 32 bytes'
  const unsigned = Array.from(point, (byte, index) => (index === 31 ? byte & 0x7f : byte))
  const hex = unsigned.map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return smallOrderPoints.has(hex) ? 'its point has a small order' : { kty: 'OKP', crv, x }
}

function bytesOf(text: unknown): Uint8Array | undefined {
  if (typeof text !== 'string' || !/^[A-Za-z0-9_-]*$/.test(text)) return undefined
  try {
    return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}

/** The bytes of an integer without leading zeros, which would make a short modulus look long. */
function integer(text: unknown): Uint8Array | undefined {
  const bytes = bytesOf(text)
  const first = bytes?.findIndex((byte) => byte !== 0) ?? -1
  return bytes === undefined ? undefined : first < 0 ? new Uint8Array() : bytes.subarray(first)
}

/**
 * Checks keys given in configuration.
 *
 * @throws {TypeError} that names the first unusable one.
 */
export function checkKeySet(what: string, keys: unknown): readonly JSONWebKey[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(
      `${what} must be a list of public JSON Web Keys, such as the keys of a JWKS document, not ${formatType(keys)}`,
    )
  }
  // Array.from visits holes too.
  Array.from(keys as unknown[]).forEach((key, index) => {
    const examined = examineKey(key)
    if (typeof examined === 'string') {
      throw new TypeError(
        `${what}[${index}] cannot verify signatures, since ${examined}: it must be a public JWK, RSA from 2048 bits, EC P-256/384/521 or Ed25519, for use 'sig'`,
      )
    }
  })
  return keys as readonly JSONWebKey[]
}
