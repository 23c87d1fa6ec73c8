/** The response header of a refusal: RFC 6750 §3, RFC 9110 §11.6.1, RFC 9728 §5.1. */

import type { Refusal } from './refusal.ts'
import { meaningOf } from './refusal.ts'

/** What a challenge says beside the refusal: text of the configuration, checked when that was read. */
export interface ChallengeOptions {
  readonly realm: string
  /** The address of the document that says where tokens come from. */
  readonly metadataUrl?: string | undefined
}

/** The headers of the answer to a refusal. Header text is ours alone: no claim value ever enters it. */
export function challengeHeaders(
  { code, context }: Refusal,
  { realm, metadataUrl }: ChallengeOptions,
): Readonly<Record<string, string>> {
  const { status, error, detail } = meaningOf(code)
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' }
  if (error !== null) {
    const parameters = [`realm="${realm}"`]
    if (error !== undefined) parameters.push(`error="${error}"`, `error_description="${detail.replaceAll('"', "'")}"`)
    if (status === 401 && metadataUrl !== undefined) parameters.push(`resource_metadata="${metadataUrl}"`)
    headers['WWW-Authenticate'] = `Bearer ${parameters.join(', ')}`
  }
  if (context.retryAfter !== undefined) headers['Retry-After'] = String(context.retryAfter)
  return headers
}

/** Characters a quoted string may hold without escapes (RFC 6750 §3). */
export function isHeaderText(text: string): boolean {
  return /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}$/.test(text)
}
