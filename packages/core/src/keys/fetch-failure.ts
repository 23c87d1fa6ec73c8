/**
 * Why documents of an issuer could not be fetched, in words for the operator. None of it reaches a
 * caller.
 */

import { escapeForLog } from '../util/escape.ts'

/** A failed fetch, with the issuer's `Retry-After`. */
export class FetchFailure extends Error {
  /** Seconds, from `Retry-After` (RFC 9110 §10.2.3); `undefined` where the response has none. */
  readonly retryAfter: number | undefined

  constructor(message: string, retryAfter?: number) {
    super(message)
    this.retryAfter = retryAfter
  }
}

const maxCauses = 5
const maxReasonLength = 500

/**
 * The message of an error, with the codes and messages of its causes. `fetch` says "fetch failed"
 * for an unknown host, a closed port and a certificate of a private CA alike; the reason is in
 * `cause`.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'the fetch failed'
  const causes: string[] = []
  let cause: unknown = error.cause
  for (let depth = 0; depth < maxCauses && cause instanceof Error; depth++) {
    causes.push(describe(cause))
    cause = cause.cause
  }
  const own = 'code' in error && error.cause === undefined ? describe(error) : error.message
  return escapeForLog([own, ...causes].join(': ').slice(0, maxReasonLength))
}

/** System errors have a code, such as `ENOTFOUND`; some have no other message. */
function describe(error: Error): string {
  const { code } = error as { readonly code?: unknown }
  if (typeof code !== 'string' || error.message.includes(code)) return error.message
  return error.message === '' ? code : `${code} ${error.message}`
}

/** The delay of a `Retry-After` header, in seconds; the header holds seconds or a date. */
export function readRetryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : (Date.parse(value) - now) / 1000
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined
}
