/** The gate every key goes through, wherever it came from: type, curve, size and use (RFC 7517 §4, RFC 7518 §6). */

import { isPlainObject, show } from '../util/text.ts'

/** A public JSON Web Key (RFC 7517 §4). */
export interface JSONWebKey {
  readonly kty: string
  readonly kid?: string
  readonly [member: string]: unknown
}

const curves: Readonly<Record<string, readonly string[]>> = { EC: ['P-256', 'P-384', 'P-521'], OKP: ['Ed25519'] }
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** Whether a key may verify a signature here. One odd key in a set is passed over and spoils nothing. */
export function isUsableKey(key: unknown): key is JSONWebKey {
  if (!isPlainObject(key) || privateMembers.some((member) => Object.hasOwn(key, member))) return false
  const { kty, crv, n, e, x, y, use, key_ops: operations } = key
  if (use !== undefined && use !== 'sig') return false
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return false
  if (kty === 'RSA') return typeof n === 'string' && isRsaSize(n) && typeof e === 'string'
  if (typeof x !== 'string' || (kty === 'EC' && typeof y !== 'string')) return false
  return typeof kty === 'string' && (Object.hasOwn(curves, kty) ? curves[kty] : [])?.includes(crv as string) === true
}

/** 2048 to 8192 bits: 256 to 1024 bytes, in base64url. */
function isRsaSize(modulus: string): boolean {
  const bytes = Math.floor((modulus.length * 3) / 4)
  return bytes >= 256 && bytes <= 1024
}

/** Checks keys given in configuration. Throws a `TypeError` that names the first unusable one. */
export function checkKeySet(what: string, keys: unknown): readonly JSONWebKey[] {
  if (!Array.isArray(keys) || keys.length === 0) {
    throw new TypeError(
      `${what} must be a list of public JSON Web Keys, such as the keys of a JWKS document, not ${show(keys)}`,
    )
  }
  // `from` visits holes too.
  Array.from(keys as unknown[]).forEach((key, index) => {
    if (!isUsableKey(key)) {
      throw new TypeError(
        `${what}[${index}] cannot verify signatures: it must be a public JWK, RSA from 2048 bits, EC P-256/384/521 or Ed25519, for use 'sig'`,
      )
    }
  })
  return keys as readonly JSONWebKey[]
}
