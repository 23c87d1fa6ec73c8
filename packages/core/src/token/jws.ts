/** From token text to header and claims: bounded, strict, parsed once. Nothing here is verified yet. */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import { isPlainObject } from '../util/objects.ts'
import { decodeText, isBase64url, maxLength, octetsOf } from '../util/base64url.ts'
import type { Token, JoseHeader, UnverifiedClaims } from '../model/token.ts'

/** The longest token that is looked at, in characters. */
export const maxTokenLength: number = maxLength

/** Whether the text has the outer form of a signed JWT; nothing is decoded. Longer than the limit counts as a JWT, to be refused as one. */
export function looksLikeJwt(text: string): boolean {
  return text.length > maxTokenLength || /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text)
}

/** Decodes a token, or refuses it as `token_malformed`. The signature stays as it is until there is a key for it. */
export function decodeToken(text: string): Token | Refusal {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  const octets = octetsOf(text)
  if (octets === undefined || first < 0 || second < 0) return refuse('token_malformed')
  const plain = isPrototypeUntouched()
  const header = readObject(decodeText(octets, 0, first), plain)
  const claims = readObject(decodeText(octets, first + 1, second), plain)
  if (header === undefined || claims === undefined || typeof header['alg'] !== 'string')
    return refuse('token_malformed')
  if (!isBase64url(octets, second + 1, text.length)) return refuse('token_malformed')
  const wrong = wrongRegisteredClaim(claims)
  if (wrong !== undefined) return refuse('token_malformed', { unverifiedClaim: wrong })
  return { text, header: header as JoseHeader, claims: claims as UnverifiedClaims }
}

function readObject(json: string | undefined, plain: boolean): Readonly<Record<string, unknown>> | undefined {
  if (json === undefined || !isSmallStructure(json)) return undefined
  try {
    const value: unknown = JSON.parse(json)
    if (!isPlainObject(value)) return undefined
    return plain ? value : withoutPrototypes(value)
  } catch {
    return undefined
  }
}

/** Whether an object of that text holds no list and no object: most tokens are so. */
function isFlat(json: string): boolean {
  return !json.includes('[') && !json.includes('{', json.indexOf('{') + 1)
}

const maxDepth = 16
/** The most members and items of a token, at every depth: twice what any platform sends. */
const maxValues = 512
/** A shorter text cannot cost much. */
const shortText = 2048

/**
 * Whether a JSON text is nested 16 levels deep at most, and holds few enough values: parsing thousands of empty lists costs
 * more than a signature, and anybody can send them. Every character is looked at once.
 */
function isSmallStructure(json: string): boolean {
  if (json.length <= shortText && isFlat(json)) return true
  let depth = 0
  let values = 0
  for (let index = 0; index < json.length; index++) {
    const character = json.charCodeAt(index)
    if (character === quote) index = endOfText(json, index)
    else if (character === comma || character === opening || character === openingList) values++
    if (character === opening || character === openingList) depth++
    else if (character === closing || character === closingList) depth--
    if (depth > maxDepth || values > maxValues) return false
  }
  return true
}

const [quote, comma, opening, closing, openingList, closingList, backslash] = [0x22, 0x2c, 0x7b, 0x7d, 0x5b, 0x5d, 0x5c]

/** The position of the quote that ends a text. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let escapes = 0
    while (json.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return json.length
}

/** Where somebody wrote to the prototype of all objects, what was parsed loses it, so that nothing inherited is ever a claim. */
function withoutPrototypes<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null) withoutPrototypes(inner)
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null)
  return value
}

/** Freezes what was parsed all the way down: only for claims that a signature vouches for, since it costs as much as they hold. */
export function freezeClaims<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null) freezeClaims(inner)
  return Object.freeze(value)
}

/** The members that ECMAScript gives the prototype of all objects (ECMA-262 §20.1.3 and §B.2.2). */
const standardMembers = 12

function isPrototypeUntouched(): boolean {
  return Reflect.ownKeys(Object.prototype).length === standardMembers
}

/** No control character has a place in a registered claim: logs, headers and databases take them for something else. */
function isPlainText(value: unknown): value is string {
  return typeof value === 'string' && !/\p{Cc}/u.test(value)
}

const numericDates = ['exp', 'iat', 'nbf'] as const
const strings = ['sub', 'jti'] as const

/** RFC 7519 §4.1: the type of each registered claim. Presence is judged later, once the issuer is known to be ours to judge. */
function wrongRegisteredClaim(claims: Readonly<Record<string, unknown>>): string | undefined {
  if (!isPlainText(claims['iss'])) return 'iss'
  const { aud } = claims
  const listed = Array.isArray(aud) && aud.length > 0 && aud.every(isPlainText)
  if (aud !== undefined && !isPlainText(aud) && !listed) return 'aud'
  for (const name of strings) if (claims[name] !== undefined && !isPlainText(claims[name])) return name
  for (const name of numericDates) if (claims[name] !== undefined && !Number.isFinite(claims[name])) return name
  return undefined
}
