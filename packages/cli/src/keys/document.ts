/** The key set document: the signing keys of an exchange, and the secrets of its nonces. */

import { isPlainObject } from '@jobpass/core/internal'
import { CommandError } from '../io/exit.ts'

/** A signing key. */
export interface Key {
  /** A private JWK with its key id and its algorithm. */
  readonly privateKey: { readonly kid: string; readonly alg: string }
  /** When it starts to sign: seconds since 1970. */
  readonly from: number
}

/** The document. */
export interface KeySet {
  /** The keys, in the order in which they sign. There is at least one. */
  readonly keys: readonly Key[]
  /** Secrets of nonces: the first one makes nonces, all are accepted. */
  readonly nonceSecrets?: readonly string[]
}

/** The key that signs at `now`, in seconds since 1970. */
export function currentKey({ keys }: KeySet, now: number): Key {
  return keys.findLast(({ from }) => from <= now) ?? (keys[0] as Key)
}

/** Reads a document that `jobpass keys new` wrote. Errors quote nothing of it. */
export function readKeySet(text: string, name: string): KeySet {
  const wrong = (what: string): CommandError =>
    new CommandError(`${name}: ${what}, so it is no key set as \`jobpass keys new\` writes it`)
  const document = parsed(text)
  if (!isPlainObject(document)) throw wrong('is no JSON object')
  const { keys, nonceSecrets, ...others } = document
  if (Object.keys(others).length > 0) throw wrong('has members other than keys and nonceSecrets')
  if (!Array.isArray(keys) || keys.length === 0) throw wrong('has no list of keys')
  if (!keys.every(isKey)) throw wrong('has a key without a privateKey (a JWK with kid and alg), or without a from')
  if (new Set(keys.map(({ privateKey }) => privateKey.kid)).size < keys.length) throw wrong('has two keys with one kid')
  if (nonceSecrets !== undefined && !isTexts(nonceSecrets)) throw wrong('has nonceSecrets that are no list of texts')
  return { keys: keys.toSorted((a, b) => a.from - b.from), ...(nonceSecrets && { nonceSecrets }) }
}

/** The text of a document. */
export function writeKeySet(keySet: KeySet): string {
  return `${JSON.stringify(keySet, null, 2)}\n`
}

/** Errors of `JSON.parse` quote their input, which holds private keys. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isKey(value: unknown): value is Key {
  if (!isPlainObject(value)) return false
  const { privateKey, from, ...others } = value
  if (!isPlainObject(privateKey) || Object.keys(others).length > 0) return false
  const { kty, kid, alg } = privateKey
  return [kty, kid, alg].every((each) => typeof each === 'string' && each !== '') && typeof from === 'number'
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === 'string')
}
