/**
 * From header values to the text of one token (RFC 6750 §2.1). Nothing above this layer knows the
 * header's syntax.
 */

import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'

/** There is no credential, or one of another scheme; neither is an error. */
export const noToken: unique symbol = Symbol('no token')

const bearer = /^bearer(?:\s|$)/i
const secondBearer = /,\s*bearer(?:\s|$)/i
const dpop = /^dpop(?:\s|$)/i
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/

/**
 * Reads the one credential. Values are joined as HTTP joins repeated fields (RFC 9110 §5.3), so
 * that every server sees the same text, however many lines the header had. A second credential then
 * shows as a comma, which no token contains.
 */
export function readBearer(values: readonly string[]): string | typeof noToken | Refusal {
  const text = trim(values.length === 1 ? (values[0] as string) : values.join(', '))
  if (!bearer.test(text)) return secondBearer.test(text) ? refuse('request_malformed') : noToken
  let start = 'bearer'.length
  while (text[start] === ' ') start++
  return text.slice(start)
}

/**
 * Reads the credential of a token that is bound to a key (RFC 9449 §7.1), where there is no bearer
 * credential.
 */
export function readDpop(values: readonly string[]): string | typeof noToken {
  const text = trim(values.join(', '))
  return dpop.test(text) ? trim(text.slice('dpop'.length)) : noToken
}

/**
 * Whether a credential has the right syntax (RFC 6750 §2.1). It reads the whole text, and so runs
 * only for tokens that are not cached.
 */
export function isCredential(text: string): boolean {
  return b64token.test(text)
}

const space = ' \t'

/** Removes the white space around a field (RFC 9110 §5.5) in linear time. */
function trim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && space.includes(text.charAt(start))) start++
  while (end > start && space.includes(text.charAt(end - 1))) end--
  return text.slice(start, end)
}
