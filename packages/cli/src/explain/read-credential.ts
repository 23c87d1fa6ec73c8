/** What a text is: a token, or claims. Nothing is verified here. */

import { isPlainObject } from '@jobpass/core/internal'
import type { Claims } from './local-issuer.ts'

/** A credential as it was given. */
export type Credential =
  /** The text of a token, and its claims where they can be read. */
  | { readonly kind: 'token'; readonly text: string; readonly claims: Claims | undefined }
  /** Claims without a token. */
  | { readonly kind: 'claims'; readonly claims: Claims }

/**
 * Reads a token, with or without `Bearer`, or claims as JSON. A text that is neither is a token.
 */
export function readCredential(text: string): Credential {
  const given = text.trim().replace(/^(?:authorization:\s*)?bearer\s+/i, '')
  if (given.startsWith('{')) {
    const claims = parseClaims(given)
    // The JSON answer of a token endpoint is a mistake that the verifier has a hint for.
    if (claims !== undefined && ['token', 'value', 'access_token'].every((name) => !(name in claims)))
      return { kind: 'claims', claims }
  }
  const payload = /^[^.]*\.([\w-]+)(?:\.|$)/.exec(given)?.[1]
  return { kind: 'token', text: given, claims: payload === undefined ? undefined : parseClaims(decode(payload)) }
}

/** The header of a token; empty for one that cannot be read. */
export function headerOf(token: string): Readonly<Record<string, unknown>> {
  return parseClaims(decode(token.split('.', 1)[0] ?? '')) ?? {}
}

function decode(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('utf8')
}

/** A JSON object; `undefined` for anything else. */
function parseClaims(json: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return isPlainObject(value) ? value : undefined
  } catch {
    return undefined
  }
}
