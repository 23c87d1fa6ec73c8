/** From token text to header and claims: bounded, strict, parsed once. Nothing here is verified yet. */

import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import { isPlainObject, ownCopy } from '../util/text.ts'

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
export const maxTokenLength: number = 16_384
const compact = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/** Whether the text has the outer form of a signed JWT; nothing is decoded. Longer than the limit counts as a JWT, to be refused as one. */
export function looksLikeJwt(text: string): boolean {
  return text.length > maxTokenLength || compact.test(text)
}

/** Decodes a token, or refuses it as `token_malformed`. */
export function decodeToken(text: string): Token | Refusal {
  if (text.length > maxTokenLength || !compact.test(text)) return refuse('token_malformed')
  const first = text.indexOf('.')
  const second = text.indexOf('.', first + 1)
  const header = decodePart(text.slice(0, first))
  const claims = decodePart(text.slice(first + 1, second))
  if (header === undefined || claims === undefined || !isCanonical(text.slice(second + 1)))
    return refuse('token_malformed')
  if (typeof header['alg'] !== 'string') return refuse('token_malformed')
  const wrong = wrongRegisteredClaim(claims)
  if (wrong !== undefined) return refuse('token_malformed', { unverifiedClaim: wrong })
  return { text, header: header as JoseHeader, claims: claims as UnverifiedClaims }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decodePart(part: string): Readonly<Record<string, unknown>> | undefined {
  if (!isCanonical(part)) return undefined
  try {
    const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = new Uint8Array(binary.length)
    // A loop: `Uint8Array.from` with a function takes ten times as long, on bytes that anybody may send.
    for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
    const value: unknown = JSON.parse(utf8.decode(bytes))
    return isPlainObject(value) ? ownCopy(value) : undefined
  } catch {
    return undefined
  }
}

/** Base64url without padding in which unused trailing bits are zero (RFC 7515 §2): one spelling for one value. */
function isCanonical(part: string): boolean {
  const rest = part.length % 4
  if (rest === 0) return true
  if (rest === 1) return false
  return (rest === 2 ? /[AQgw]$/ : /[AEIMQUYcgkosw048]$/).test(part)
}

const numericDates = ['exp', 'iat', 'nbf'] as const
const strings = ['sub', 'jti'] as const

/** RFC 7519 §4.1: the type of each registered claim. Presence is judged later, once the issuer is known to be ours to judge. */
function wrongRegisteredClaim(claims: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof claims['iss'] !== 'string') return 'iss'
  const { aud } = claims
  const listed = Array.isArray(aud) && aud.length > 0 && aud.every((audience) => typeof audience === 'string')
  if (aud !== undefined && typeof aud !== 'string' && !listed) return 'aud'
  return (
    strings.find((name) => claims[name] !== undefined && typeof claims[name] !== 'string') ??
    numericDates.find((name) => claims[name] !== undefined && !Number.isFinite(claims[name]))
  )
}
