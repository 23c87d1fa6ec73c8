/** The response header of a refusal: RFC 6750 §3, RFC 9110 §11.6.1. */

import type { Refusal } from './refusal.ts'
import { meaningOf } from './refusal.ts'

/** The headers of the answer to a refusal. Header text is ours alone: no claim value ever enters it. */
export function challengeHeaders({ code, context }: Refusal, realm: string): Readonly<Record<string, string>> {
  const { error, detail } = meaningOf(code)
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json', 'Cache-Control': 'no-store' }
  if (error !== null) {
    const parameters =
      error === undefined ? [] : [`error="${error}"`, `error_description="${detail.replaceAll('"', "'")}"`]
    headers['WWW-Authenticate'] = `Bearer ${[`realm="${realm}"`, ...parameters].join(', ')}`
  }
  if (context.retryAfter !== undefined) headers['Retry-After'] = String(context.retryAfter)
  return headers
}

/** Characters a quoted string may hold without escapes (RFC 6750 §3). */
export function isHeaderText(text: string): boolean {
  return /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}$/.test(text)
}
