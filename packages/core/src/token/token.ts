/** From token text to header and claims: bounded, strict, parsed once. Nothing here is verified yet. */

import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import type { HeaderMemory } from './header-memory.ts'
import { isPlainObject } from '../util/text.ts'
import { decodeText, isBase64url, maxLength, octetsOf } from './base64url.ts'

/** A JWS in compact form (RFC 7515 §7.1), decoded and not yet verified. */
export interface Token {
  /** The text that was decoded, and whose signature is checked: one parser only. */
  readonly text: string
  readonly header: JoseHeader
  readonly claims: UnverifiedClaims
}

export interface JoseHeader {
  readonly alg: string
  readonly kid?: string
  readonly [member: string]: unknown
}

/** Registered claims have the type RFC 7519 gives them where they are present; everything else is as issued. */
export interface UnverifiedClaims {
  readonly iss: string
  readonly sub?: string
  readonly aud?: string | readonly string[]
  readonly exp?: number
  readonly iat?: number
  readonly nbf?: number
  readonly jti?: string
  readonly [claim: string]: unknown
}

/** The longest token that is looked at, in characters. */
export const maxTokenLength: number = maxLength

/** Whether the text has the outer form of a signed JWT; nothing is decoded. Longer than the limit counts as a JWT, to be refused as one. */
export function looksLikeJwt(text: string): boolean {
  return text.length > maxTokenLength || /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text)
}

/** Decodes a token, or refuses it as `token_malformed`. The signature stays as it is until there is a key for it. */
export function decodeToken(text: string, headers?: HeaderMemory): Token | Refusal {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  const octets = octetsOf(text)
  if (octets === undefined || first < 0 || second < 0) return refuse('token_malformed')
  const plain = isPrototypeUntouched()
  const header = headers?.get(text.slice(0, first)) ?? readObject(decodeText(octets, 0, first), plain)
  const claims = readObject(decodeText(octets, first + 1, second), plain)
  if (header === undefined || claims === undefined || typeof header['alg'] !== 'string')
    return refuse('token_malformed')
  if (!isBase64url(octets, second + 1, text.length)) return refuse('token_malformed')
  const wrong = wrongRegisteredClaim(claims)
  if (wrong !== undefined) return refuse('token_malformed', { unverifiedClaim: wrong })
  return { text, header: header as JoseHeader, claims: claims as UnverifiedClaims }
}

function readObject(json: string | undefined, plain: boolean): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined) return undefined
  try {
    const value: unknown = JSON.parse(json)
    if (!isPlainObject(value)) return undefined
    return plain && isFlat(json) ? Object.freeze(value) : ownAllTheWay(value, maxDepth, plain)
  } catch {
    return undefined
  }
}

/** Whether an object of that text holds no list and no object: most tokens are so, and need not be gone through. */
function isFlat(json: string): boolean {
  return !json.includes('[') && !json.includes('{', json.indexOf('{') + 1)
}

const maxDepth = 16

/**
 * Takes what `JSON.parse` made, and what nobody else has yet, and freezes it all the way down. Where somebody wrote to the prototype of all objects it loses that, so
 * that nothing inherited is ever a claim; elsewhere it keeps it, since an object without is four times the size, and slow to make. Throws past the depth limit.
 */
function ownAllTheWay<T extends object>(value: T, depth: number, plain: boolean): T {
  if (depth === 0) throw new TypeError('nested deeper than 16 levels')
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null) ownAllTheWay(inner, depth - 1, plain)
  if (!plain && !Array.isArray(value)) Object.setPrototypeOf(value, null)
  return Object.freeze(value)
}

/** The members that ECMAScript gives the prototype of all objects (ECMA-262 §20.1.3 and §B.2.2). */
const standardMembers = 12

function isPrototypeUntouched(): boolean {
  return Reflect.ownKeys(Object.prototype).length === standardMembers
}

const numericDates = ['exp', 'iat', 'nbf'] as const
const strings = ['sub', 'jti'] as const

/** RFC 7519 §4.1: the type of each registered claim. Presence is judged later, once the issuer is known to be ours to judge. */
function wrongRegisteredClaim(claims: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof claims['iss'] !== 'string') return 'iss'
  const { aud } = claims
  const listed = Array.isArray(aud) && aud.length > 0 && aud.every((audience) => typeof audience === 'string')
  if (aud !== undefined && typeof aud !== 'string' && !listed) return 'aud'
  for (const name of strings) if (claims[name] !== undefined && typeof claims[name] !== 'string') return name
  for (const name of numericDates) if (claims[name] !== undefined && !Number.isFinite(claims[name])) return name
  return undefined
}
