/** Formats values for messages about documents. */

import { escapeForLog, nearest } from '@jobpass/core/internal'

/** Formats a text as JSON, shortened. */
export function quote(text: string): string {
  return escapeForLog(JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text))
}

/** Formats a value for a message: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'function') return 'a function'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** `; did you mean "x"?` for the nearest known name, or an empty text if none is similar. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const best = nearest(name, known)
  return best === undefined ? '' : `; did you mean ${quote(best)}?`
}
