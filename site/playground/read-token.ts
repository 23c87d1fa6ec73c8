/**
 * From pasted text to claims. The signature of a token is dropped here, before anything keeps the
 * text, so that the page never holds a token that works.
 */

import { isPlainObject } from '@jobpass/core/internal'

/** The claims of a token, which nothing has verified. */
export type Claims = Readonly<Record<string, unknown>>

/** What a pasted text is. */
export interface Pasted {
  /** The claims; `undefined` for a text that is neither a token nor claims. */
  readonly claims?: Claims
  /** The text to show instead, where a token was pasted: it has no signature. */
  readonly replacement?: string
  /** Why there are no claims. */
  readonly fault?: string
}

const maxLength = 65_536
const maxDepth = 16

/** Reads a token, with or without `Bearer`, or its claims as JSON. Never throws. */
export function readToken(text: string): Pasted {
  const given = text.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '')
  if (given === '') return { fault: 'Paste a token or its claims, or choose a platform and a job.' }
  const parts = /^([\w-]+)\.([\w-]+)(?:\.[\w-]*)?$/.exec(given)
  if (parts !== null) return readJwt(parts[1] as string, parts[2] as string)
  if (/^[\w-]+(?:\.[\w-]*){4}$/.test(given))
    return { replacement: '', fault: 'This token is encrypted (JWE): its claims cannot be read.' }
  if (given.length > maxLength) return { fault: 'This text is longer than 64 KiB, which no token is.' }
  if (!given.startsWith('{'))
    return { fault: 'This is neither a token (three parts with a dot between them) nor claims as a JSON object.' }
  return readClaims(given)
}

function readJwt(header: string, payload: string): Pasted {
  const unsigned = `${header}.${payload}.`
  if (payload.length > maxLength) return { replacement: '', fault: 'This token is longer than 64 KiB.' }
  const json = decodeText(payload)
  if (json === undefined)
    return { replacement: unsigned, fault: 'The middle part of this token is not base64url of UTF-8 text.' }
  const read = readClaims(json)
  return read.claims === undefined
    ? { replacement: unsigned, fault: `The middle part of this token has no claims. ${read.fault}` }
    : { claims: read.claims, replacement: formatClaims(read.claims) }
}

function readClaims(json: string): Pasted {
  try {
    const value: unknown = JSON.parse(json)
    if (!isPlainObject(value)) return { fault: 'Claims are a JSON object.' }
    if (depthOf(value) > maxDepth) return { fault: `These claims are nested deeper than ${maxDepth} levels.` }
    return { claims: value }
  } catch (error) {
    return { fault: `This is no JSON: ${(error as Error).message}.` }
  }
}

/** The number of levels, counted without recursion: the text may have any number of them. */
function depthOf(value: object): number {
  const isObject = (each: unknown): each is object => typeof each === 'object' && each !== null
  let level: readonly object[] = [value]
  let depth = 0
  for (; level.length > 0 && depth <= maxDepth; depth++)
    level = level.flatMap((each) => Object.values(each) as unknown[]).filter(isObject)
  return depth
}

/** Claims as the page shows them. */
export function formatClaims(claims: Claims): string {
  return JSON.stringify(claims, null, 2)
}

/** Decodes base64url of UTF-8 text; `undefined` for anything else. */
export function decodeText(base64url: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64url.replaceAll('-', '+').replaceAll('_', '/')), (each) =>
      each.charCodeAt(0),
    )
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** Encodes text as base64url of its UTF-8 bytes. */
export function encodeText(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join('')
  return btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}
