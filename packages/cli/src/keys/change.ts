/** What `new`, `rotate` and `retire` make of a key set. */

import { randomBytes } from 'node:crypto'
import { escapeForLog } from '@jobpass/core/internal'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import { CommandError, exitCodes } from '../io/exit.ts'
import { currentKey } from './document.ts'
import type { Key, KeySet } from './document.ts'

/** A key set with one key, which signs at once. */
export async function newKeySet(algorithm: string): Promise<KeySet> {
  return { keys: [await makeKey(algorithm, 0)], nonceSecrets: [makeSecret(), makeSecret()] }
}

/** When a key set changes. */
interface Rotation {
  /** Now, in seconds since 1970. */
  readonly now: number
  /** When the next key starts to sign, in seconds since 1970. */
  readonly from: number
  /** The algorithm of the next key. Default: that of the current one. */
  readonly algorithm?: string | undefined
}

/** Adds the next key and the next nonce secret, and drops the keys that no token needs. */
export async function rotated(keySet: KeySet, { now, from, algorithm }: Rotation): Promise<KeySet> {
  const current = currentKey(keySet, now)
  const next = keySet.keys.find((key) => key.from > now)
  if (next !== undefined)
    throw new CommandError(
      `a rotation is under way: ${escapeForLog(next.privateKey.kid)} starts to sign at ${atText(next.from)}. Rotate again after that, or first take that key out of the document`,
      exitCodes.no,
    )
  const made = await makeKey(algorithm ?? current.privateKey.alg, from)
  return { keys: [...keySet.keys.filter(needed(now)), made], ...nextSecrets(keySet) }
}

/**
 * Replaces every key and every secret at `now`, in seconds since 1970: a thief of one of them has
 * read the document, and so all.
 */
export async function replaced(keySet: KeySet, now: number): Promise<KeySet> {
  const key = await makeKey(currentKey(keySet, now).privateKey.alg, now)
  return { keys: [key], ...(keySet.nonceSecrets && { nonceSecrets: [makeSecret(), makeSecret()] }) }
}

/** A time as text: ISO 8601, in UTC, without fractions. */
export function atText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}

/**
 * Seconds for which tokens of a key may be valid after the next one started: the longest lifetime
 * that an exchange can have, and the difference of clocks.
 */
const longest = 86_400 + 120

function needed(now: number): (key: Key, index: number, keys: readonly Key[]) => boolean {
  return (_, index, keys) => (keys[index + 1]?.from ?? Infinity) + longest > now
}

/**
 * The second secret starts to make nonces: every process knows it since the rotation before. Nonces
 * of the first one stay valid.
 */
function nextSecrets({ nonceSecrets }: KeySet): Pick<KeySet, 'nonceSecrets'> {
  if (nonceSecrets === undefined) return {}
  const [first = '', second] = nonceSecrets
  return { nonceSecrets: second === undefined ? [first, makeSecret()] : [second, makeSecret(), first] }
}

const makeSecret = (): string => randomBytes(32).toString('base64url')

async function makeKey(alg: string, from: number): Promise<Key> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = await exportJWK(privateKey)
  const kid = await calculateJwkThumbprint(jwk)
  // On a command line, such an id would be read as a flag.
  return kid.startsWith('-') ? makeKey(alg, from) : { privateKey: { ...jwk, alg, kid }, from }
}
