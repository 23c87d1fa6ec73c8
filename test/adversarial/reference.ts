/**
 * A second, independent check of a token: with `node:crypto` and a separate decoder, written from
 * the documented rules, without any code that it checks. If core accepts a token and this check
 * does not, one of them has a bug.
 */

import type { KeyObject } from 'node:crypto'
import { constants, createPublicKey, verify } from 'node:crypto'
import type { Json } from './strict-decoder.ts'
import { decodeBase64url, decodeJson } from './strict-decoder.ts'

/** Algorithms and published keys of one issuer. */
interface ReferenceIssuer {
  readonly algorithms: readonly string[]
  readonly keys: readonly unknown[]
}

/** The input of the check. */
export interface ReferenceWorld {
  readonly issuers: Readonly<Record<string, ReferenceIssuer>>
  readonly audience: string
  /** Seconds since 1970. */
  readonly now: number
  readonly tolerance: number
}

type Members = ReadonlyMap<string, Json>

/**
 * What is wrong with the token itself, whichever issuers are trusted; `undefined` if nothing is.
 */
export function faultOf(text: string, world: ReferenceWorld): string | undefined {
  if (text.length > 16_384) return 'longer than 16 KiB'
  const parts = text.split('.')
  if (parts.length !== 3) return 'not three parts'
  const [head, body, tail] = parts as [string, string, string]
  const header = objectOf(head)
  const claims = objectOf(body)
  const signature = decodeBase64url(tail)
  if (header === undefined || claims === undefined || signature === undefined) return 'not decodable'
  const issuer = issuerOf(claims, world)
  if (issuer === undefined) return 'foreign issuer'
  const wrong = faultOfHeader(header, issuer) ?? faultOfDates(claims, world) ?? faultOfRest(claims, world)
  if (wrong !== undefined) return wrong
  const algorithm = header.get('alg') as string
  const key = soleKey(issuer.keys, algorithm, header.get('kid') as string | undefined)
  if (key === undefined) return 'no key, or several'
  return verifies(algorithm, key, Buffer.from(`${head}.${body}`), signature) ? undefined : 'bad signature'
}

function objectOf(part: string): Members | undefined {
  const bytes = part === '' ? undefined : decodeBase64url(part)
  const value = bytes === undefined ? undefined : decodeJson(bytes)
  return value instanceof Map ? (value as Members) : undefined
}

function issuerOf(claims: Members, { issuers }: ReferenceWorld): ReferenceIssuer | undefined {
  const issuer = claims.get('iss')
  return typeof issuer === 'string' && Object.hasOwn(issuers, issuer) ? issuers[issuer] : undefined
}

function faultOfHeader(header: Members, { algorithms }: ReferenceIssuer): string | undefined {
  for (const member of ['crit', 'b64', 'zip']) if (header.has(member)) return `header has ${member}`
  // RFC 7519 §5.2: the content would be a nested JWT.
  const cty = header.get('cty')
  if (typeof cty === 'string' && /^(?:application\/)?jwt$/i.test(cty)) return 'another JWT within'
  const typ = header.has('typ') ? header.get('typ') : 'JWT'
  if (typeof typ !== 'string' || !/^(?:application\/)?jwt$/i.test(typ)) return 'another type'
  const kid = header.has('kid') ? header.get('kid') : ''
  if (typeof kid !== 'string' || kid.length > 256) return 'kid'
  const algorithm = header.get('alg')
  return typeof algorithm === 'string' && algorithms.includes(algorithm) ? undefined : 'algorithm'
}

function faultOfDates(claims: Members, { now, tolerance }: ReferenceWorld): string | undefined {
  const [exp, iat, nbf] = ['exp', 'iat', 'nbf'].map((name) => claims.get(name))
  if (!isDate(exp) || !isDate(iat) || (claims.has('nbf') && !isDate(nbf))) return 'dates'
  if (exp + tolerance <= now) return 'expired'
  if (iat - tolerance > now || (isDate(nbf) && nbf - tolerance > now)) return 'early'
  return exp - iat > 86_400 ? 'lives for too long' : undefined
}

const isDate = (value: Json | undefined): value is number => typeof value === 'number' && Number.isFinite(value)

function faultOfRest(claims: Members, { audience }: ReferenceWorld): string | undefined {
  const aud = claims.get('aud')
  const list = Array.isArray(aud) ? (aud as readonly Json[]) : [aud]
  if (list.length !== 1 || list[0] !== audience) return 'audience'
  const sub = claims.get('sub')
  if (typeof sub !== 'string' || sub === '' || hasControls(sub)) return 'subject'
  const jti = claims.has('jti') ? claims.get('jti') : ''
  return typeof jti !== 'string' || hasControls(jti) ? 'jti' : undefined
}

/** C0, DEL and C1: code points 0 to 31 and 127 to 159. */
const hasControls = (text: string): boolean =>
  Array.from(text, (character) => character.charCodeAt(0)).some((code) => code < 32 || (code >= 127 && code < 160))

const forms: Readonly<Record<string, readonly [type: string, curve?: string]>> = {
  RS256: ['RSA'],
  RS384: ['RSA'],
  RS512: ['RSA'],
  PS256: ['RSA'],
  PS384: ['RSA'],
  PS512: ['RSA'],
  ES256: ['EC', 'P-256'],
  ES384: ['EC', 'P-384'],
  ES512: ['EC', 'P-521'],
  EdDSA: ['OKP', 'Ed25519'],
  Ed25519: ['OKP', 'Ed25519'],
}

/** The only key that fits; a repeated key counts once. */
function soleKey(keys: readonly unknown[], algorithm: string, kid: string | undefined): KeyObject | undefined {
  const fitting = new Map<string, KeyObject>()
  for (const given of keys.slice(0, 100)) {
    const key = usableKey(given, algorithm)
    if (key === undefined || (kid !== undefined && (given as { kid?: unknown }).kid !== kid)) continue
    fitting.set(key.export({ format: 'pem', type: 'spki' }) as string, key)
  }
  return fitting.size === 1 ? [...fitting.values()][0] : undefined
}

/**
 * A public key (RFC 7517 §4, RFC 7518 §6) for signatures, in the format of the algorithm, and
 * strong enough.
 */
function usableKey(given: unknown, algorithm: string): KeyObject | undefined {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return undefined
  const key = new Map<string, unknown>(Object.entries(given))
  const [type, curve] = forms[algorithm] ?? []
  if (key.get('kty') !== type || (curve !== undefined && key.get('crv') !== curve)) return undefined
  if (['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].some((member) => key.has(member))) return undefined
  if (key.has('use') && key.get('use') !== 'sig') return undefined
  if (key.has('alg') && key.get('alg') !== algorithm) return undefined
  const operations = key.get('key_ops')
  if (key.has('key_ops') && !(Array.isArray(operations) && operations.includes('verify'))) return undefined
  try {
    const jwk = Object.fromEntries(['kty', 'crv', 'n', 'e', 'x', 'y'].map((member) => [member, key.get(member)]))
    const opened = createPublicKey({ key: jwk, format: 'jwk' })
    const { modulusLength = 2048, publicExponent = 65_537n } = opened.asymmetricKeyDetails ?? {}
    if (type === 'OKP') return hasFewMultiples(Buffer.from(String(key.get('x')), 'base64url')) ? undefined : opened
    // With exponent one the signature is the padded message itself, which anyone can write.
    const sound = publicExponent > 1n && publicExponent % 2n === 1n
    return modulusLength >= 2048 && modulusLength <= 8192 && sound ? opened : undefined
  } catch {
    return undefined
  }
}

const edwardsPrime = 2n ** 255n - 19n
const eighth = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n

/**
 * RFC 8032 §5.1: the eight small-order points, by their second coordinate. A signature for such a
 * key is found by trying.
 */
function hasFewMultiples(point: Buffer): boolean {
  const y = (BigInt(`0x${Buffer.from(point.toReversed()).toString('hex') || '0'}`) % 2n ** 255n) % edwardsPrime
  return [0n, 1n, edwardsPrime - 1n, eighth, edwardsPrime - eighth].includes(y)
}

/** RFC 7518 §3.3 to §3.5, RFC 8037 §3.1. */
function verifies(algorithm: string, key: KeyObject, input: Buffer, signature: Buffer): boolean {
  if (algorithm.startsWith('Ed')) return verify(null, input, key, signature)
  const hash = `sha${algorithm.slice(2)}`
  if (algorithm.startsWith('ES')) return verify(hash, input, { key, dsaEncoding: 'ieee-p1363' }, signature)
  const length = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8
  // RFC 8017 §8.1.2 and §8.2.2, step 1: without its leading zero the signature is invalid.
  if (signature.length !== Math.ceil(length)) return false
  const padding = algorithm.startsWith('RS')
    ? { padding: constants.RSA_PKCS1_PADDING }
    : { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: Number(algorithm.slice(2)) / 8 }
  return verify(hash, input, { key, ...padding }, signature)
}
