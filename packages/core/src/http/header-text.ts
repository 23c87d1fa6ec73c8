/** Text that is allowed in a quoted string of a header. */

/**
 * Whether a value is text that a quoted string holds without escapes (RFC 6750 §3): 1 to 200
 * printable ASCII characters without quotes or backslash.
 */
export function isHeaderText(text: unknown): boolean {
  return typeof text === 'string' && /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}$/.test(text)
}
