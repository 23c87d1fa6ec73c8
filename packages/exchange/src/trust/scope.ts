/** Scopes: names of what a service token allows. */

import { formatValue } from '@jobpass/core/internal'

/**
 * Reads one scope or a non-empty list (RFC 6749 §3.3): printable ASCII without space, quote or
 * backslash, at most 100 characters. Throws a `TypeError` for anything else.
 */
export function scopeList(what: string, given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? Array.from(given as unknown[]) : [given]
  if (list.length === 0 || !list.every(isScope))
    throw new TypeError(`${what} must be a scope such as 'deploy', or a list of them, not ${formatValue(given)}`)
  return list
}

/** Whether a value is one scope. */
export function isScope(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21\x23-\x5B\x5D-\x7E]{1,100}$/.test(value)
}
