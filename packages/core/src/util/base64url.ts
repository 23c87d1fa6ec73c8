/**
 * Base64url without padding, canonical only (RFC 7515 §2): what a lenient decoder ignores gives a
 * token a second spelling.
 */

import { nodeDecoder } from './node-decoder.ts'

/** The longest text that is decoded, in characters. */
export const maxLength = 16_384

// Reused buffers: memory that is allocated for each token must be collected for each token.
const octets = new Uint8Array(maxLength)
const decoded = new Uint8Array(maxLength)

const toUtf8 = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Node's decoder; `undefined` on all other runtimes. */
const native = nodeDecoder(decoded)

/** The text whose characters `octets` holds: a token is decoded, and then its signature checked. */
let held = ''
/** The part of it whose bytes `decoded` holds. */
let [heldStart, heldEnd] = [0, 0]

/**
 * The characters of a text as octets, valid until the next call; `undefined` for text that is too
 * long or not ASCII.
 */
export function octetsOf(text: string): Uint8Array | undefined {
  if (text === held) return octets
  if (text.length > maxLength) return undefined
  held = ''
  heldEnd = 0
  if (toUtf8.encodeInto(text, octets).written !== text.length) return undefined
  held = text
  return octets
}

/**
 * Decodes the characters from `start` up to `end`; the result is valid until the next call.
 * `undefined` for invalid base64url.
 */
export function decodeOctets(text: string, start: number, end: number): Uint8Array | undefined {
  return isBase64url(text, start, end) ? decoded.subarray(0, decodedLength(end - start)) : undefined
}

/** Decodes characters to UTF-8 text; `undefined` for anything else. */
export function decodeText(text: string, start: number, end: number): string | undefined {
  if (!isBase64url(text, start, end)) return undefined
  const length = decodedLength(end - start)
  try {
    return native?.text(length) ?? utf8.decode(decoded.subarray(0, length))
  } catch {
    return undefined
  }
}

/** Whether characters are base64url. Decodes them for the next call. */
export function isBase64url(text: string, start: number, end: number): boolean {
  if (octetsOf(text) === undefined) return false
  if (start === heldStart && end === heldEnd) return true
  heldEnd = 0
  const part = text.slice(start, end)
  if (!endsWell(part) || part.includes('+') || part.includes('/') || !isWhole(part)) return false
  ;[heldStart, heldEnd] = [start, end]
  return true
}

/**
 * A single character encodes no byte, and unused bits of the last one must be zero (RFC 4648
 * §3.5): four of a second character, two of a third one.
 */
function endsWell(part: string): boolean {
  const rest = part.length % 4
  return rest === 0 || (rest !== 1 && (rest === 2 ? 'AQgw' : 'AEIMQUYcgkosw048').includes(part.slice(-1)))
}

/**
 * Decodes ASCII of both alphabets. `false` if something was left out: Node skips what is of neither
 * and stops at '=', and others skip white space, so a byte is then missing.
 */
function isWhole(part: string): boolean {
  const length = decodedLength(part.length)
  if (native !== undefined) return native.write(part) === length
  try {
    const bytes = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
    for (let at = 0; at < bytes.length; at++) decoded[at] = bytes.charCodeAt(at)
    return bytes.length === length
  } catch {
    return false
  }
}

/** Encodes bytes, without padding. */
export function encodeOctets(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** A copy of the beginning of a text that is ASCII. */
export function copyOf(text: string, length: number): string {
  return utf8.decode(octetsOf(text)?.subarray(0, length))
}

/** The number of bytes that so many characters encode. */
export function decodedLength(characters: number): number {
  return Math.floor((characters * 3) / 4)
}
