/**
 * Addresses of requests, compared as RFC 9449 §4.3 says: without query and fragment, after the
 * normalization of RFC 3986 §6.2.2 and §6.2.3.
 */

/** The normal form of an address; `undefined` for anything else. */
export function normalUrl(address: unknown): string | undefined {
  // What parsers of URLs repair is no address: they drop tabs, and take a backslash for a slash.
  if (typeof address !== 'string' || /[\\\s]/.test(address) || !URL.canParse(address)) return undefined
  const { origin, pathname } = new URL(address)
  return `${origin}${pathname.replace(/%[0-9a-f]{2}/gi, normalEscape)}`
}

/** RFC 3986 §6.2.2.1, §6.2.2.2: hexadecimal digits in upper case, and no escape of what needs none. */
function normalEscape(escape: string): string {
  const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escape.toUpperCase()
}

/**
 * The address of a request: its path behind the public address of the API; `Host`, and what proxies
 * say of it, are never asked. `undefined` for a path with dot segments or a backslash: routers read
 * it as it was sent, and would find another resource than the address names.
 */
export function requestUrl(base: string, path: string): string | undefined {
  const plain = path.startsWith('/') && !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))
  return plain ? normalUrl(base + path) : undefined
}
