/** An issuer's documents, fetched within limits: the only place that does I/O. */

import { checkFetchUrl } from '../provider/issuer.ts'
import type { IssuerOptions } from '../provider/provider.ts'
import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import { isPlainObject, own } from '../util/text.ts'
import { maxKeys } from './key-set.ts'

/** How to reach an issuer. */
export interface KeyTransport {
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** Hosts that discovery may name for the keys. */
  readonly keyHosts: readonly string[]
  /** Milliseconds for everything together. */
  readonly timeout: number
}

const maxBodyBytes = 524_288

/** Fetches the keys an issuer publishes now. Rejects with an `Error` that says what went wrong, in our words or `fetch`'s, with nothing of the answer in it. */
export function fetchKeys(
  issuer: string,
  options: IssuerOptions,
  transport: KeyTransport,
): Promise<readonly unknown[]> {
  const reach = options.fetch ?? transport.fetch
  return within(transport.clock, transport.timeout, async (signal) => {
    const uri =
      options.jwksUri ?? (await discover(issuer, options.insecureLoopback === true, transport.keyHosts, reach, signal))
    const document = await fetchJson(uri, reach, signal)
    const keys = isPlainObject(document) ? own(document, 'keys') : undefined
    if (!Array.isArray(keys)) throw new Error('the key set is none')
    if (keys.length > maxKeys) throw new Error(`the key set has more than ${maxKeys} keys`)
    return keys as readonly unknown[]
  })
}

/** OpenID Connect Discovery 1.0 §4: the document's issuer must be the one configured, and its keys on the same host, or one that the provider's table names. */
async function discover(
  issuer: string,
  insecureLoopback: boolean,
  keyHosts: readonly string[],
  reach: typeof fetch,
  signal: AbortSignal,
): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, reach, signal)
  if (!isPlainObject(document) || own(document, 'issuer') !== issuer) throw new Error('discovery names another issuer')
  const uri = addressOfKeys(own(document, 'jwks_uri'), insecureLoopback)
  if (!keyHosts.includes(uri.host)) throw new Error('discovery names keys on another host')
  return uri.href
}

function addressOfKeys(value: unknown, insecureLoopback: boolean): URL {
  try {
    return checkFetchUrl('jwks_uri', value, insecureLoopback)
  } catch {
    // The message would quote the answer.
    throw new Error('discovery names no https: address for its keys')
  }
}

async function fetchJson(url: string, reach: typeof fetch, signal: AbortSignal): Promise<unknown> {
  const response = await reach(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
  if (response.status !== 200) {
    // Nobody reads it, and a body that stays open holds its connection.
    await response.body?.cancel().catch(() => {})
    throw new Error(`the status was ${response.status}`)
  }
  const text = await readBounded(response)
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Error('the answer is no JSON')
  }
}

async function readBounded(response: Response): Promise<string> {
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for (let part = await reader?.read(); part !== undefined && !part.done; part = await reader?.read()) {
    size += part.value.byteLength
    if (size > maxBodyBytes) {
      await reader?.cancel()
      throw new Error(`the answer is larger than ${maxBodyBytes} bytes`)
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
