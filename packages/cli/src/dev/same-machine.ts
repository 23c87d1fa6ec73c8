/**
 * Which requests a local issuer answers. Any page that a browser shows can send requests to
 * 127.0.0.1, and a name of its own can resolve to that address (DNS rebinding). So the names that
 * the browser reports decide.
 */

import type { IncomingHttpHeaders } from 'node:http'

const loopback = ['127.0.0.1', 'localhost', '[::1]']

/** Whether a request is from this machine, and not from the page of another site. */
export function isSameMachine({ host, origin, ...others }: IncomingHttpHeaders, port: number): boolean {
  const hosts = loopback.map((name) => `${name}:${port}`)
  if (host === undefined || !hosts.includes(host)) return false
  if (origin !== undefined && origin !== `http://${host}`) return false
  // Browsers send it with requests that have no `Origin`, such as those of images (Fetch Metadata).
  const site = others['sec-fetch-site']
  return site === undefined || site === 'same-origin' || site === 'none'
}
