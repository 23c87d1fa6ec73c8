/**
 * Base64url without padding, canonical only (RFC 7515 §2): what a lenient decoder ignores gives a
 * token a second spelling.
 */

import { nodeModule } from './runtime.ts'

/** The longest text that is decoded, in characters. */
export const maxLength = 16_384

/**
 * The six bits of each character of the alphabet (RFC 4648 §5), by its code; all bits set for
 * every other octet.
 */
const bits = new Int32Array(256).fill(-1)
for (const [value, character] of Array.from(
  'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_',
).entries())
  bits[character.charCodeAt(0)] = value

// Reused buffers: memory that is allocated for each token must be collected for each token.
const octets = new Uint8Array(maxLength)
const decoded = new Uint8Array(maxLength)

const toUtf8 = new TextEncoder()
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The parts of `node:buffer` that are used. */
interface NodeBuffer {
  readonly Buffer: {
    from(memory: ArrayBufferLike): {
      write(text: string, encoding: 'base64url'): number
      toString(encoding: 'utf8', start: number, end: number): string
    }
  }
}

const native = (nodeModule('node:buffer') as NodeBuffer | undefined)?.Buffer.from(decoded.buffer)

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
  return isDecoded(text, start, end) ? decoded.subarray(0, decodedLength(end - start)) : undefined
}

/** Decodes characters to UTF-8 text; `undefined` for anything else. */
export function decodeText(text: string, start: number, end: number): string | undefined {
  if (!isDecoded(text, start, end)) return undefined
  const length = decodedLength(end - start)
  const json = native?.toString('utf8', 0, length)
  // Node writes this character in place of what is not UTF-8; a token may have it, too.
  if (json !== undefined && !json.includes('\uFFFD')) return json
  try {
    return utf8.decode(decoded.subarray(0, length))
  } catch {
    return undefined
  }
}

/** Whether characters are base64url; `decoded` then begins with their bytes. */
function isDecoded(text: string, start: number, end: number): boolean {
  const from = octetsOf(text)
  if (from === undefined || !endsWell(from, start, end)) return false
  if (start === heldStart && end === heldEnd) return true
  heldEnd = 0
  const isValid = native === undefined ? decodeByLoop(from, start, end) : decodeNatively(text.slice(start, end))
  if (isValid) [heldStart, heldEnd] = [start, end]
  return isValid
}

/**
 * A single character encodes no byte, and unused bits of the last one must be zero (RFC 4648
 * §3.5).
 */
function endsWell(from: Uint8Array, start: number, end: number): boolean {
  const rest = (end - start) % 4
  return rest === 0 || (rest !== 1 && (bitsAt(from, end - 1) & (rest === 2 ? 0xf : 0x3)) === 0)
}

/**
 * Decodes ASCII by Node. It takes both alphabets, skips other characters and stops at '=', so all
 * are of this alphabet if there is a byte for each eight bits, and no character of the other one.
 */
function decodeNatively(part: string): boolean {
  return native?.write(part, 'base64url') === decodedLength(part.length) && !part.includes('+') && !part.includes('/')
}

function decodeByLoop(from: Uint8Array, start: number, end: number): boolean {
  const whole = end - ((end - start) % 4)
  // Set bits stay set: one check after the loop replaces one for each character.
  let seen = 0
  let length = 0
  for (let at = start; at < whole; at += 4) {
    const four =
      (bitsAt(from, at) << 18) | (bitsAt(from, at + 1) << 12) | (bitsAt(from, at + 2) << 6) | bitsAt(from, at + 3)
    seen |= four
    decoded[length] = four >> 16
    decoded[length + 1] = four >> 8
    decoded[length + 2] = four
    length += 3
  }
  if (whole < end) {
    const third = whole + 2 < end ? bitsAt(from, whole + 2) : 0
    const last = (bitsAt(from, whole) << 12) | (bitsAt(from, whole + 1) << 6) | third
    seen |= last
    decoded[length] = last >> 10
    decoded[length + 1] = last >> 2
  }
  return seen >= 0
}

function bitsAt(from: Uint8Array, at: number): number {
  return bits[from[at] as number] as number
}

/** A copy of the beginning of a text that is ASCII. */
export function copyOf(text: string, length: number): string {
  return utf8.decode(octetsOf(text)?.subarray(0, length))
}

/** The number of bytes that so many characters encode. */
export function decodedLength(characters: number): number {
  return Math.floor((characters * 3) / 4)
}
