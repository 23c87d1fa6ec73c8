/** Where a token may be sent: one origin, and nowhere else. */

import { OriginError } from './errors.ts'

/**
 * The origin to which the tokens for an audience may be sent.
 *
 * @throws {TypeError} that says what to write.
 */
export function originOf(audience: string, given: string | undefined, insecureLoopback: boolean): URL {
  const text = given ?? audience
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined)
    throw new TypeError("jobFetch(): the audience is no URL: add the API's origin: 'https://api.acme.dev'")
  if (given !== undefined && url.href !== `${url.origin}/`)
    throw new TypeError(`jobFetch(): write origin: '${url.origin}', without a path`)
  if (url.protocol === 'https:') return url
  if (url.protocol === 'http:' && insecureLoopback && isLoopback(url.hostname)) return url
  throw new TypeError('jobFetch(): the origin must be https:, or loopback with insecureLoopback: true')
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/**
 * The URL of a request, if the token may be sent there. A path alone is of the API.
 *
 * @throws {OriginError} for any other origin, and for a user or password in the URL.
 */
export function urlAt(origin: URL, target: string): URL {
  const url = URL.canParse(target, origin.origin) ? new URL(target, origin.origin) : undefined
  // A blob: URL has the origin of the page that made it, so protocol and host are compared.
  const isThere = url?.protocol === origin.protocol && url.host === origin.host
  if (url === undefined || !isThere || url.username !== '' || url.password !== '')
    throw new OriginError(`The token of this job is for ${origin.origin} only; the request goes to another address`)
  return url
}
