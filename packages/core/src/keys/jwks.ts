/** A key set as a value: finds the key for a token's header, and imports each key once. */

import { escapeText } from '../util/escape.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { defined, isPlainObject, own } from '../util/objects.ts'
import type { JSONWebKey } from './jwk.ts'
import { examineKey } from './jwk.ts'
import type { CheckSignature, Signatures } from './signature-scheme.ts'
import { signaturesHere } from './signatures-here.ts'
import { refuse } from '../model/refusal.ts'
import type { JoseHeader } from '../model/token.ts'
import type { KeySource } from './key-source.ts'
import type { PublishedKey, SkippedKey } from './published-key.ts'

/** The keys of an issuer at one time. */
export interface KeySet {
  /** The skipped keys, in the order of the document. */
  readonly skipped: readonly SkippedKey[]
  /** The usable keys, in the order of the document; 0 to 100. */
  readonly keys: readonly PublishedKey[]
  /** The same keys by everything that they state about themselves. */
  readonly named: ReadonlyMap<string, PublishedKey>
  /**
   * The one key that a header can mean, by `kid` and algorithm; `undefined` for none and for
   * several.
   */
  find(header: JoseHeader): PublishedKey | undefined
}

/** The most keys that are kept of a set. */
export const maxKeys = 100

/**
 * Makes a key set, which may be empty. Unusable keys and duplicates are skipped. A key that was
 * also in the previous set stays the same object: it is imported once, and cached tokens that it
 * verified remain valid.
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
    let found: PublishedKey | undefined
    for (const key of keys) {
      if ((kid !== undefined && key.jwk.kid !== kid) || !fits(key.jwk, alg)) continue
      if (found !== undefined && found.material !== key.material) return undefined
      found ??= key
    }
    return found
  }
  return { keys, named, find, skipped }
}

/** A key source for keys from the configuration: always available, never fetched. */
export function staticKeys(issuer: string, set: KeySet): KeySource {
  return {
    fresh: { from: -Infinity, until: Infinity },
    find: ({ header }) => set.find(header) ?? refuse('key_unknown'),
    isCurrent: (key) => set.keys.includes(key),
    refetch: () => undefined,
    ready: async () => ({ issuer, ready: true, keys: set.keys.length }),
  }
}

function skippedKey(given: unknown, reason: string): SkippedKey {
  const kid = isPlainObject(given) ? own(given, 'kid') : undefined
  return typeof kid === 'string' ? { keyId: escapeText(kid), reason } : { reason }
}

/** Everything that a key states about itself. */
function nameOf(jwk: JSONWebKey): string {
  return JSON.stringify(Object.entries(jwk))
}

function createKey(jwk: JSONWebKey, signatures: Signatures): PublishedKey {
  const opened = new Map<string, Awaitable<CheckSignature>>()
  const { kty, crv, n, e, x, y } = jwk
  const material = defined({ kty, crv, n, e, x, y })
  return {
    jwk,
    material: JSON.stringify(material),
    importFor: (algorithm) => {
      const before = opened.get(algorithm)
      if (before !== undefined) return before
      const check = signatures.importKey(material as unknown as JSONWebKey, algorithm)
      opened.set(algorithm, check)
      // A failed import is not cached.
      if (isPromise(check))
        check.then(
          (imported) => opened.set(algorithm, imported),
          () => opened.delete(algorithm),
        )
      return check
    },
  }
}

/** The key type or curve of each algorithm; an unlisted algorithm fits no key. */
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

/**
 * RFC 7518 §3.1, RFC 8037: the key type that an algorithm requires, and the algorithm that the
 * key's own `alg` allows.
 */
function fits({ kty, crv, alg }: JSONWebKey, algorithm: string): boolean {
  return (alg === undefined || alg === algorithm) && (crv ?? kty) === keyTypeByAlgorithm[algorithm]
}
