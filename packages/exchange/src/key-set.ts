/**
 * The key set: the signing keys of a service with their dates, and the secrets of its nonces, in
 * one document that all processes read.
 */

import { formatType, isPlainObject, readOptions } from '@jobpass/core/internal'
import type { IssuingKey } from './issuing-keys.ts'
import { parsed } from './trust/parsed.ts'
import { base64url } from 'jose'

/**
 * The keys of a service in one document, which `jobpass keys` writes:
 * `{ "keys": [{ "privateKey": { "kty": "EC", … }, "from": 1760000000 }], "nonceSecrets": ["…"] }`.
 */
export interface KeySet {
  /** The signing keys. Default: none, for an API that has nonces only. */
  readonly keys?: readonly IssuingKey[]
  /**
   * Secrets of DPoP nonces: base64url of at least 32 random bytes each. The first one makes nonces,
   * and nonces of all are accepted. Default: none.
   */
  readonly nonceSecrets?: readonly string[]
}

/** A key set, or its JSON. `null` and `undefined`, for a source without one, are an error. */
export type FoundKeySet = KeySet | string | null | undefined

/** Finds the signing keys: a key set, or a list of keys. */
export type FindKeys = () => FoundKeySet | readonly IssuingKey[] | Promise<FoundKeySet | readonly IssuingKey[]>

/**
 * Finds a key set, for example in a file, a secret manager or a database. One function can find the
 * keys and the nonce secrets.
 */
export type FindKeySet = () => FoundKeySet | Promise<FoundKeySet>

const members = { keys: true, nonceSecrets: true } as const satisfies Record<keyof KeySet, true>

/**
 * The keys of a key set or of its JSON; a list of keys as it is. Throws a `TypeError` that quotes
 * nothing.
 */
export function keysIn(found: unknown, what: string): readonly IssuingKey[] {
  if (Array.isArray(found)) return found as readonly IssuingKey[]
  const { keys } = readKeySet(found, what)
  if (keys === undefined) throw new TypeError(`${what}: the key set has no keys: { "keys": [{ "privateKey": … }] }`)
  return keys
}

/** The nonce secrets of a key set or its JSON. Throws a `TypeError` that quotes nothing. */
export function nonceSecretsIn(found: unknown, what: string): readonly Uint8Array[] {
  const { nonceSecrets } = readKeySet(found, what)
  if (!Array.isArray(nonceSecrets) || nonceSecrets.length === 0)
    throw new TypeError(`${what}: the key set has no nonceSecrets: a list of texts, base64url of 32 random bytes each`)
  return nonceSecrets.map((each) => bytesOf(each, what))
}

function readKeySet(found: unknown, what: string): KeySet {
  const document = typeof found === 'string' ? parsed(found) : found
  if (!isPlainObject(document))
    throw new TypeError(`${what} must answer a key set, { keys, nonceSecrets }, or its JSON, not ${formatType(found)}`)
  return readOptions<KeySet>(`${what}: the key set`, document, members)
}

function bytesOf(secret: unknown, what: string): Uint8Array {
  if (typeof secret === 'string' && /^[\w-]+$/.test(secret)) return base64url.decode(secret)
  throw new TypeError(`${what}: nonceSecrets must be base64url of at least 32 random bytes, not ${formatType(secret)}`)
}
