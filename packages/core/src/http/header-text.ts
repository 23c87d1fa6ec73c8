/** Text that may stand in a quoted string of a header. */

/** Characters a quoted string may hold without escapes (RFC 6750 §3). */
export function isHeaderText(text: string): boolean {
  return /^[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}$/.test(text)
}
