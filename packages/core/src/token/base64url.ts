/** Base64url without padding, in its one spelling (RFC 7515 §2): what a lenient decoder would pass over makes a second spelling of the same token. */

import type { Scratch } from '../util/node-bytes.ts'
import { nodeScratch } from '../util/node-bytes.ts'

/** Decodes text of UTF-8; `undefined` for anything else. */
export type DecodeText = (part: string) => string | undefined

/** The longest part that is decoded, in characters. */
export const maxLength = 16_384

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Node's own decoder where there is one: several times as fast. */
export const decodeText: DecodeText = nodeDecoder(nodeScratch(maxLength)) ?? decodeTextOnTheWeb

/** The same by what every runtime has. */
export function decodeTextOnTheWeb(part: string): string | undefined {
  if (!isBase64url(part)) return undefined
  const binary = atob(part.replaceAll('-', '+').replaceAll('_', '/'))
  const bytes = new Uint8Array(binary.length)
  // A loop: `Uint8Array.from` with a function takes ten times as long, on bytes that anybody may send.
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return textOf(bytes)
}

function nodeDecoder(scratch: Scratch | undefined): DecodeText | undefined {
  return (
    scratch &&
    ((part) => {
      if (part.length > maxLength || !isCanonical(part)) return undefined
      // Node reads the two characters of the other alphabet, takes one beyond Latin-1 for its last eight bits, and passes over what is no base64url: all are other
      // spellings.
      if (part.includes('+') || part.includes('/') || !scratch.isAscii(part)) return undefined
      const bytes = scratch.base64url(part)
      return bytes.length === decodedLength(part.length) ? textOf(bytes) : undefined
    })
  )
}

/** How many bytes so many characters stand for. */
export function decodedLength(characters: number): number {
  return Math.floor((characters * 3) / 4)
}

/** Whether this is base64url, in its one spelling. */
export function isBase64url(part: string): boolean {
  return isCanonical(part) && /^[A-Za-z0-9_-]*$/.test(part)
}

/** Whether the last character has no bits that nothing uses. */
function isCanonical(part: string): boolean {
  const rest = part.length % 4
  if (rest === 0) return true
  const last = part[part.length - 1] as string
  return rest !== 1 && (rest === 2 ? 'AQgw' : 'AEIMQUYcgkosw048').includes(last)
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}
