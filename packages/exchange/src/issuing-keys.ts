/** The schedule of signing keys: next, current, retired. */

import type { Clock, JSONWebKey } from '@jobpass/core'
import { checkKeySet, isPlainObject, readOptions, formatType } from '@jobpass/core/internal'
import { documentAge } from './metadata.ts'
import { readPrivateKey } from './private-key.ts'
import { createSigner } from './signer.ts'
import type { Sign, SigningKey } from './signer.ts'
import { serviceAlgorithms } from './trust/service-table.ts'
import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { CryptoKey, JWK } from 'jose'

/** A signing key. */
export interface IssuingKey {
  /**
   * Signature algorithm (RFC 7518 §3.1, RFC 8037): ES256, ES384, ES512, RS256, PS256, EdDSA or
   * Ed25519. Default: the `alg` of the JWK, else the algorithm of its curve. RSA keys without `alg`
   * need it.
   */
  readonly algorithm?: string
  /**
   * The private key: a JWK, a CryptoKey, or text as in an environment variable, PEM (PKCS#8) or the
   * JSON of a JWK. Default: none, and `sign` signs.
   */
  readonly privateKey?: JWK | CryptoKey | string
  /**
   * Signs with a KMS or HSM instead of `privateKey`. Called with the bytes to sign; returns the
   * signature in the form of RFC 7518 §3, or an ECDSA signature in DER, as AWS and Google do. Must
   * answer within 5 s. Default: none, and `privateKey` signs.
   */
  readonly sign?: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>
  /**
   * The public key, which `sign` and private keys that cannot be exported need. Default: that of
   * `privateKey`.
   */
  readonly publicKey?: JWK | CryptoKey
  /** Key id. Default: the thumbprint of the key (RFC 7638). */
  readonly kid?: string
  /**
   * When the key starts to sign, in seconds since 1970. It is published from the start, so that
   * verifiers have it by then. Default 0.
   */
  readonly from?: number
}

/** A validated key. */
interface ReadKey {
  readonly kid: string
  readonly publicJwk: JSONWebKey
  readonly from: number
  readonly sign: Sign
}

/** An `IssuingKey` whose private key is parsed if it was text. */
type PartlyRead = Omit<IssuingKey, 'privateKey'> & { readonly privateKey?: JWK | CryptoKey }

const names = {
  algorithm: true,
  privateKey: true,
  sign: true,
  publicKey: true,
  kid: true,
  from: true,
} as const

async function readKey(options: unknown, clock: Clock, what: string): Promise<ReadKey> {
  const key = await withKeyRead(readOptions<IssuingKey>(what, options, names), what)
  const { privateKey, from = 0 } = key
  if (typeof from !== 'number' || !(from >= 0)) throw new TypeError(`${what}: from must be seconds since 1970`)
  const bare = await publicPart(key, what)
  const algorithm = key.algorithm ?? ownAlgorithm(privateKey) ?? bare.alg ?? algorithmOfCurve[bare.crv ?? '']
  if (!serviceAlgorithms.some((each) => each === algorithm))
    throw new TypeError(`${what} needs an algorithm: ${serviceAlgorithms.join(', ')}, not ${formatType(algorithm)}`)
  const kid = key.kid ?? ownKid(privateKey) ?? bare.kid ?? (await thumbprintOf(bare, what))
  if (typeof kid !== 'string') throw new TypeError(`${what}: kid must be text, not ${formatType(kid)}`)
  const publicJwk = { ...bare, kid, alg: algorithm as string, use: 'sig' } as JSONWebKey
  checkKeySet(what, [publicJwk])
  const signing = { alg: algorithm as string, kid, publicJwk, with: (privateKey ?? key.sign) as SigningKey['with'] }
  return { kid, publicJwk, from, sign: await createSigner(signing, clock, what) }
}

async function withKeyRead(key: IssuingKey, what: string): Promise<PartlyRead> {
  const { privateKey, sign, publicKey, ...rest } = key
  if ((privateKey === undefined) === (sign === undefined))
    throw new TypeError(`${what} needs either privateKey, a JWK, a CryptoKey or text, or sign, a function`)
  if (sign !== undefined && typeof sign !== 'function')
    throw new TypeError(`${what}.sign must be a function, not ${formatType(sign)}`)
  const text = typeof privateKey === 'string'
  const own = text ? await readPrivateKey(privateKey, rest.algorithm, what) : privateKey
  for (const [name, value] of Object.entries({ privateKey: own, publicKey }))
    if (value !== undefined && !isJwk(value) && !isCryptoKey(value))
      throw new TypeError(`${what}.${name} must be a JWK or a CryptoKey, not ${formatType(value)}`)
  return { ...rest, ...(sign && { sign }), ...(publicKey && { publicKey }), ...(own && { privateKey: own }) }
}

const isJwk = (key: unknown): key is JWK => isPlainObject(key) && typeof key['kty'] === 'string'
const isCryptoKey = (key: unknown): key is CryptoKey => Object.prototype.toString.call(key) === '[object CryptoKey]'
const ownAlgorithm = (key: JWK | CryptoKey | undefined): string | undefined => (isJwk(key) ? key.alg : undefined)
const ownKid = (key: JWK | CryptoKey | undefined): string | undefined => (isJwk(key) ? key.kid : undefined)

/** Curves that imply one algorithm (RFC 7518 §3.4, RFC 8037 §3.1). */
const algorithmOfCurve: Readonly<Record<string, string>> = {
  'P-256': 'ES256',
  'P-384': 'ES384',
  'P-521': 'ES512',
  Ed25519: 'EdDSA',
}

async function thumbprintOf(jwk: JWK, what: string): Promise<string> {
  return calculateJwkThumbprint(jwk).catch(() => {
    throw new TypeError(`${what} is not a key of a supported kind: RSA, EC P-256/384/521 or Ed25519`)
  })
}

/**
 * Members of a public JWK (RFC 7518 §6, RFC 8037 §2). No other member of a key is ever published.
 */
const publicMembers = ['kty', 'crv', 'x', 'y', 'n', 'e', 'alg', 'kid'] as const

async function publicPart({ privateKey, publicKey }: PartlyRead, what: string): Promise<JWK> {
  const source = publicKey ?? privateKey
  if (source === undefined) throw new TypeError(`${what} signs elsewhere: give its publicKey, a JWK`)
  if (!isJwk(source) && source.type === 'private' && !source.extractable)
    throw new TypeError(`${what} cannot be exported: give its publicKey, a JWK or a CryptoKey`)
  const jwk = isJwk(source) ? source : await exportJWK(source)
  return Object.fromEntries(
    publicMembers.filter((name) => jwk[name] !== undefined).map((name) => [name, jwk[name]]),
  ) as JWK
}

/** Generates a key that lives as long as this process. */
export async function makeKey(): Promise<IssuingKey> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { privateKey, algorithm: 'ES256' }
}

/**
 * Seconds for which a key must be published before it signs: verifiers keep keys for ten minutes,
 * and HTTP caches keep the document for `documentAge`.
 */
const notice = 600 + documentAge

/** A schedule of keys. */
export interface KeySchedule {
  /** The key that signs at `now`, in seconds since 1970. */
  current(now: number): ReadKey
  /**
   * The keys that are published at `now`: future keys, the current one, and those whose tokens may
   * still be valid.
   */
  published(now: number): readonly JSONWebKey[]
  /** Whether a key that `before` did not contain starts to sign too soon. */
  hasLateKey(before: KeySchedule, now: number): boolean
  /** Whether it lacks a key of `before` that has signed, and whose tokens may be valid. */
  lacksSigner(before: KeySchedule, now: number): boolean
}

/** Seconds by which clocks may differ. Retired keys stay published for this much longer. */
const margin = 60

/** Validates keys and makes their schedule. Rejects with a `TypeError` that says what to write. */
export async function readKeys(
  keys: readonly IssuingKey[],
  { maxLifetime, clock }: { readonly maxLifetime: number; readonly clock: Clock },
): Promise<KeySchedule> {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new TypeError('An exchange needs keys: a list of them, such as [{ privateKey }]')
  const read = await Promise.all(
    Array.from(keys as readonly unknown[], (key, index) => readKey(key, clock, `keys[${index}]`)),
  )
  const inOrder = read.toSorted((a, b) => a.from - b.from)
  if (new Set(read.map(({ kid }) => kid)).size < read.length)
    throw new TypeError('Two keys of the exchange have one kid')
  if (new Set(read.map(({ from }) => from)).size < read.length)
    throw new TypeError('Two keys of the exchange begin at one time: give the later one its from')
  const published = (now: number): readonly JSONWebKey[] =>
    inOrder
      .filter((_, index) => (inOrder[index + 1]?.from ?? Infinity) + maxLifetime + margin > now)
      .map(({ publicJwk }) => publicJwk)
  return {
    current: (now) => inOrder.findLast(({ from }) => from <= now) ?? (inOrder[0] as ReadKey),
    published,
    lacksSigner: (before, now) => {
      const own = new Set(published(now).map(({ kid }) => kid))
      const kids = before.published(now).map(({ kid }) => kid)
      // They are in the order in which they sign.
      return kids.slice(0, kids.indexOf(before.current(now).kid) + 1).some((kid) => !own.has(kid))
    },
    hasLateKey: (before, now) => {
      const known = new Set(before.published(now).map(({ kid }) => kid))
      return inOrder.some(
        ({ kid, from }, index) =>
          !known.has(kid) && from < now + notice && (inOrder[index + 1]?.from ?? Infinity) > now,
      )
    },
  }
}
