/**
 * From the text of a token to header and claims: bounded, strict, parsed once. Nothing is verified
 * yet.
 */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'
import { copyOf, decodeText, isBase64url, maxLength } from '../util/base64url.ts'
import type { Token, JoseHeader, UnverifiedClaims } from '../model/token.ts'

/** The longest token that is decoded, in characters. */
export const maxTokenLength: number = maxLength

/**
 * Whether a text has the outer form of a signed JWT, without decoding it. A text over the limit
 * counts as a JWT, so that it is refused as one.
 */
export function looksLikeJwt(text: string): boolean {
  return text.length > maxTokenLength || /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/.test(text)
}

/**
 * Decodes a token, or refuses it as `token_malformed`. The signature is decoded later, when there
 * is a key for it.
 */
export function decodeToken(text: string): Token | Refusal {
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  if (first < 0 || second < 0) return refuse('token_malformed')
  const plain = isPrototypeUntouched()
  const header = readHeader(text, first, plain)
  const claims = header && readObject(decodeText(text, first + 1, second), plain)
  if (claims === undefined || typeof header?.['alg'] !== 'string') return refuse('token_malformed')
  if (!isBase64url(text, second + 1, text.length)) return refuse('token_malformed')
  const wrong = wrongRegisteredClaim(claims)
  if (wrong !== undefined) return refuse('token_malformed', { unverifiedClaim: wrong })
  return { text, header: header as JoseHeader, claims: claims as UnverifiedClaims }
}

type Members = Readonly<Record<string, unknown>>

/**
 * Headers that were decoded last, each with its text and the dot behind it: all tokens that a key
 * signs have the same one. Strangers can send others, and then headers are decoded again.
 */
let headers: readonly { readonly text: string; readonly header: Members }[] = []
/** The most headers that are kept. */
const maxHeaders = 8

function readHeader(text: string, end: number, plain: boolean): Members | undefined {
  if (plain) for (const known of headers) if (text.startsWith(known.text)) return known.header
  const header = readObject(decodeText(text, 0, end), plain)
  if (header === undefined || !plain) return header
  // A copy, since a part of a text may keep all of it in memory.
  headers = [{ text: copyOf(text, end + 1), header: freezeClaims(header) }, ...headers.slice(0, maxHeaders - 1)]
  return header
}

function readObject(json: string | undefined, plain: boolean): Members | undefined {
  if (json === undefined || !isSmallStructure(json)) return undefined
  try {
    const value = JSON.parse(json) as Members | null
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return plain ? value : withoutPrototypes(value)
  } catch {
    return undefined
  }
}

/** Whether an object's JSON contains no list and no other object, as in most tokens. */
function isFlat(json: string): boolean {
  return !json.includes('[') && !json.includes('{', json.indexOf('{') + 1)
}

const maxDepth = 16
/** The most members and items of a token, at all depths: twice what any platform sends. */
const maxValues = 512
/**
 * The most members, at all depths. AWS sends the most, about 140: 50 tags of the session, 50 of the
 * request, and its own claims. A member costs more to parse than an item of a list.
 */
const maxMembers = 160
/** The most members of one object. V8 takes twice as long to parse one that has more. */
const maxMembersOfOne = 127
/** The members of the objects around a position, by their depth. */
const membersAt = new Uint8Array(maxDepth + 1)
/** A shorter text cannot be expensive to parse. */
const shortText = 2048

/**
 * Whether a JSON text has at most 16 levels, and not too many values and members. Anyone can send
 * thousands of empty lists, which cost more to parse than a signature. Linear in the length of the
 * text.
 */
function isSmallStructure(json: string): boolean {
  if (json.length <= shortText && isFlat(json)) return true
  let depth = 0
  let values = 0
  let members = 0
  for (let index = 0; index < json.length; index++) {
    const character = json.charCodeAt(index)
    if (character === quote) index = endOfText(json, index)
    else if (character === comma) values++
    else if (character === colon) {
      const ofOne = (membersAt[depth] ?? 0) + 1
      if (ofOne > maxMembersOfOne) return false
      membersAt[depth] = ofOne
      members++
    } else if (character === opening || character === openingList) {
      values++
      if (++depth > maxDepth) return false
      membersAt[depth] = 0
    } else if (character === closing || character === closingList) depth--
  }
  return values <= maxValues && members <= maxMembers
}

const [quote, comma, colon, backslash] = [0x22, 0x2c, 0x3a, 0x5c]
const [opening, closing, openingList, closingList] = [0x7b, 0x7d, 0x5b, 0x5d]

/** The position of the quote that ends a string. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); end >= 0; end = json.indexOf('"', end + 1)) {
    let escapes = 0
    while (json.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return json.length
}

/**
 * Removes the prototypes of parsed values when Object.prototype is polluted, so that no inherited
 * member counts as a claim.
 */
function withoutPrototypes<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null) withoutPrototypes(inner)
  if (!Array.isArray(value)) Object.setPrototypeOf(value, null)
  return value
}

/** Freezes parsed claims deeply. Only for verified tokens, since the cost grows with their size. */
export function freezeClaims<T extends object>(value: T): T {
  for (const inner of Object.values(value) as unknown[])
    if (typeof inner === 'object' && inner !== null) freezeClaims(inner)
  return Object.freeze(value)
}

/** The number of members of Object.prototype in ECMAScript (ECMA-262 §20.1.3 and §B.2.2). */
const standardMembers = 12

function isPrototypeUntouched(): boolean {
  return Reflect.ownKeys(Object.prototype).length === standardMembers
}

/**
 * Registered claims must have no control characters (category Cc of Unicode): logs, headers and
 * databases misread them. A loop, since a regular expression costs more for texts as short.
 */
function isPlainText(value: unknown): value is string {
  if (typeof value !== 'string') return false
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at)
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return false
  }
  return true
}

/**
 * The name of a registered claim of a wrong type (RFC 7519 §4.1). Missing claims are refused
 * later, once the issuer is known to be trusted.
 */
function wrongRegisteredClaim({ iss, aud, sub, jti, exp, iat, nbf }: Members): string | undefined {
  if (!isPlainText(iss)) return 'iss'
  const listed = Array.isArray(aud) && aud.length > 0 && aud.every(isPlainText)
  if (aud !== undefined && !listed && !isPlainText(aud)) return 'aud'
  if (sub !== undefined && !isPlainText(sub)) return 'sub'
  if (jti !== undefined && !isPlainText(jti)) return 'jti'
  if (!isDate(exp)) return 'exp'
  if (!isDate(iat)) return 'iat'
  return isDate(nbf) ? undefined : 'nbf'
}

/** Whether a value is a NumericDate (RFC 7519 §2), or missing. */
function isDate(value: unknown): boolean {
  return value === undefined || Number.isFinite(value)
}
