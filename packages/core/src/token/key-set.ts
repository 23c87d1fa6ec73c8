/** The keys an issuer publishes, as a value: which of them a token's header names, and its key object, imported once. */

import { importJWK } from 'jose'
import type { JSONWebKey } from './jwk.ts'
import { isUsableKey } from './jwk.ts'
import type { JoseHeader } from './token.ts'

/** One key of a set. */
export interface PublishedKey {
  readonly jwk: JSONWebKey
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
  const seen = new Set<string>()
  const keys: PublishedKey[] = []
  for (const jwk of list.slice(0, maxKeys)) {
    if (!isUsableKey(jwk)) continue
    const same = JSON.stringify([jwk.kid, jwk['alg'], materialOf(jwk)])
    if (!seen.has(same)) keys.push(createKey(jwk))
    seen.add(same)
  }
  if (keys.length === 0) return undefined
  return {
    keys,
    find: ({ alg, kid }) => {
      const fitting = keys.filter(({ jwk }) => fits(jwk, alg) && (kid === undefined || jwk.kid === kid))
      return fitting.length === 1 ? fitting[0] : undefined
    },
  }
}

/** What makes a key the key it is; the rest of a JWK only describes it. */
export function materialOf({ kty, crv, n, e, x, y }: JSONWebKey): readonly unknown[] {
  return [kty, crv, n, e, x, y]
}

function createKey(jwk: JSONWebKey): PublishedKey {
  const opened = new Map<string, Promise<CryptoKey>>()
  return {
    jwk,
    open: (algorithm) => {
      const before = opened.get(algorithm)
      if (before !== undefined) return before
      const key = importJWK({ ...jwk } as never, algorithm) as Promise<CryptoKey>
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
