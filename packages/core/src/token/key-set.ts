/** The keys an issuer publishes, as a value: which of them a token's header names, and its key object, imported once. */

import { importJWK } from 'jose'
import type { JSONWebKey } from './jwk.ts'
import { readKey } from './jwk.ts'
import type { JoseHeader } from './token.ts'

/** One key of a set. */
export interface PublishedKey {
  readonly jwk: JSONWebKey
  /** What makes it the key it is: equal for the same key under whatever name. */
  readonly material: string
  /** The key for an algorithm it fits; imported at first use. Rejects when the runtime cannot import it. */
  open(algorithm: string): Promise<CryptoKey>
}

/** The keys of one moment. */
export interface KeySet {
  readonly keys: readonly PublishedKey[]
  /** The one key a header can mean, by `kid` and algorithm; `undefined` for none, and for several. */
  find(header: JoseHeader): PublishedKey | undefined
}

/** The most keys that are kept of a set. */
export const maxKeys = 100

/** Makes a set of those keys that may verify here; `undefined` when none may. Odd keys are passed over, and the same key twice is one. */
export function createKeySet(list: readonly unknown[]): KeySet | undefined {
  const named = new Map<string, PublishedKey>()
  for (const jwk of list.slice(0, maxKeys).map(readKey)) {
    if (jwk !== undefined) named.set(JSON.stringify(Object.entries(jwk)), createKey(jwk))
  }
  const keys = [...named.values()]
  if (keys.length === 0) return undefined
  return {
    keys,
    find: ({ alg, kid }) => {
      const fitting = keys.filter(({ jwk }) => fits(jwk, alg) && (kid === undefined || jwk.kid === kid))
      const [first, ...others] = fitting
      return others.every((other) => other.material === first?.material) ? first : undefined
    },
  }
}

function createKey(jwk: JSONWebKey): PublishedKey {
  const opened = new Map<string, Promise<CryptoKey>>()
  const { kty, crv, n, e, x, y } = jwk
  const material = Object.fromEntries(
    Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined),
  )
  return {
    jwk,
    material: JSON.stringify(material),
    open: (algorithm) => {
      const before = opened.get(algorithm)
      if (before !== undefined) return before
      const key = importJWK({ ...material }, algorithm) as Promise<CryptoKey>
      opened.set(algorithm, key)
      // A failure is not kept.
      key.catch(() => opened.delete(algorithm))
      return key
    },
  }
}

const curves: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
}

/** RFC 7518 §3.1, RFC 8037: what an algorithm demands of a key, and what the key's own `alg` allows. */
function fits({ kty, crv, alg }: JSONWebKey, algorithm: string): boolean {
  if (alg !== undefined && alg !== algorithm) return false
  const rsa = algorithm.startsWith('RS') || algorithm.startsWith('PS')
  return rsa ? kty === 'RSA' : crv === curves[algorithm]
}
