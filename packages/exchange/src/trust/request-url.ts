/**
 * Request URLs, compared as in RFC 9449 §4.3: without query and fragment, after the normalization
 * of RFC 3986 §6.2.2 and §6.2.3.
 */

/** Normalizes a URL; `undefined` for anything else. */
export function normalUrl(address: unknown): string | undefined {
  // URL parsers repair such text (they drop tabs and read a backslash as a slash), so refuse it
  // first.
  if (typeof address !== 'string' || /[\\\s]/.test(address) || !URL.canParse(address)) return undefined
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname.replace(/%[0-9a-f]{2}/gi, normalEscape)}`
}

/**
 * RFC 3986 §6.2.2.1, §6.2.2.2: uppercase hexadecimal digits, and no escapes of unreserved
 * characters.
 */
function normalEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
}

/**
 * The URL of a request: its path appended to the public URL of the API. `Host` and forwarding
 * headers are ignored. `undefined` for a path with dot segments or a backslash: routers match it
 * unnormalized, so they could reach another resource than the URL names.
 */
export function requestUrl(base: string, path: string): string | undefined {
  const plain = path.startsWith('/') && !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
  return plain ? normalUrl(base + path) : undefined
}
