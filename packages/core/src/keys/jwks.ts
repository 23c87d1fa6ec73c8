/** The keys an issuer publishes, as a value: which of them a token's header names, and its key object, imported once. */

import { escapeText } from '../util/escape.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { isPlainObject, own } from '../util/objects.ts'
import type { JSONWebKey } from './jwk.ts'
import { examineKey } from './jwk.ts'
import type { CheckSignature, Signatures } from './signature-scheme.ts'
import { signaturesHere } from './signatures-here.ts'
import type { JoseHeader } from '../model/token.ts'
import type { PublishedKey } from './published-key.ts'

/** A published key that may not verify here. */
export interface SkippedKey {
  /** Its `kid`, escaped and at most 200 characters; `undefined` where it has none. */
  readonly keyId?: string
  /** Why it was skipped; nothing of the key is in it. */
  readonly reason: string
}

/** The keys of one moment. */
export interface KeySet {
  /** Those that may not verify here, in the order of the document. */
  readonly skipped: readonly SkippedKey[]
  readonly keys: readonly PublishedKey[]
  /** The same by everything that they say of themselves. */
  readonly named: ReadonlyMap<string, PublishedKey>
  /** The one key a header can mean, by `kid` and algorithm; `undefined` for none, and for several. */
  find(header: JoseHeader): PublishedKey | undefined
}

/** The most keys that are kept of a set. */
export const maxKeys = 100

/**
 * Makes a set of those keys that may verify here; it may be empty. Odd keys are skipped, and the same key twice is one. A key
 * that the set before had as well stays the same object: imported once, and known to the cache of tokens that it verified.
 */
export function createKeySet(
  list: readonly unknown[],
  before?: KeySet,
  signatures: Signatures = signaturesHere(),
): KeySet {
  const named = new Map<string, PublishedKey>()
  const skipped: SkippedKey[] = []
  for (const given of list.slice(0, maxKeys)) {
    const jwk = examineKey(given)
    if (typeof jwk === 'string') {
      skipped.push(skippedKey(given, jwk))
      continue
    }
    const name = nameOf(jwk)
    if (!named.has(name)) named.set(name, before?.named.get(name) ?? createKey(jwk, signatures))
  }
  const keys = [...named.values()]
  const find = ({ alg, kid }: JoseHeader): PublishedKey | undefined => {
    const fitting = keys.filter(({ jwk }) => fits(jwk, alg) && (kid === undefined || jwk.kid === kid))
    const [first, ...others] = fitting
    return others.every((other) => other.material === first?.material) ? first : undefined
  }
  return { keys, named, find, skipped }
}

function skippedKey(given: unknown, reason: string): SkippedKey {
  const kid = isPlainObject(given) ? own(given, 'kid') : undefined
  return typeof kid === 'string' ? { keyId: escapeText(kid), reason } : { reason }
}

/** Everything that a key says of itself. */
function nameOf(jwk: JSONWebKey): string {
  return JSON.stringify(Object.entries(jwk))
}

function createKey(jwk: JSONWebKey, signatures: Signatures): PublishedKey {
  const opened = new Map<string, Awaitable<CheckSignature>>()
  const { kty, crv, n, e, x, y } = jwk
  const material = Object.fromEntries(
    Object.entries({ kty, crv, n, e, x, y }).filter(([, value]) => value !== undefined),
  )
  return {
    jwk,
    material: JSON.stringify(material),
    importFor: (algorithm) => {
      const before = opened.get(algorithm)
      if (before !== undefined) return before
      const check = signatures.importKey(material as unknown as JSONWebKey, algorithm)
      opened.set(algorithm, check)
      // A failure is not kept.
      if (isPromise(check))
        check.then(
          (imported) => opened.set(algorithm, imported),
          () => opened.delete(algorithm),
        )
      return check
    },
  }
}

/** The type of key, or the curve, of each algorithm: one that is not here fits no key. */
const keyTypeByAlgorithm: Readonly<Record<string, string>> = {
  RS256: 'RSA',
  RS384: 'RSA',
  RS512: 'RSA',
  PS256: 'RSA',
  PS384: 'RSA',
  PS512: 'RSA',
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
  EdDSA: 'Ed25519',
  Ed25519: 'Ed25519',
}

/** RFC 7518 §3.1, RFC 8037: what an algorithm demands of a key, and what the key's own `alg` allows. */
function fits({ kty, crv, alg }: JSONWebKey, algorithm: string): boolean {
  return (alg === undefined || alg === algorithm) && (crv ?? kty) === keyTypeByAlgorithm[algorithm]
}
