/** Fetches an issuer's documents, within limits: the only place with network I/O. */

import { checkFetchUrl } from '../model/issuer.ts'
import type { IssuerOptions } from './issuer-options.ts'
import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import { isPlainObject, own } from '../util/objects.ts'
import { escapeValue } from '../util/escape.ts'
import { discard, readBounded } from '../util/bounded-body.ts'
import { FetchFailure, readRetryAfter } from './fetch-failure.ts'
import { maxKeys } from './jwks.ts'

/** What fetching takes. */
export interface KeyTransport {
  /** Fetches a document, unless the issuer has its own `fetch`. */
  readonly fetch: typeof fetch
  /** The clock of the timeout. */
  readonly clock: Clock
  /** The hosts that discovery may name for the keys. */
  readonly keyHosts: readonly string[]
  /** Milliseconds for discovery and key set together. */
  readonly timeout: number
}

const maxBodyBytes = 524_288

/**
 * The `Accept` headers. Kubernetes API servers serve the key set as `application/jwk-set+json` (RFC
 * 7517 §8.5.1), and answer 406 to a request that accepts JSON only.
 */
const accepted = {
  discovery: 'application/json, */*;q=0.1',
  keys: 'application/jwk-set+json, application/json;q=0.9, */*;q=0.1',
} as const

/**
 * Fetches the keys that an issuer publishes. Rejects with an `Error` whose message is for the
 * operator.
 */
export function fetchKeys(
  issuer: string,
  options: IssuerOptions,
  transport: KeyTransport,
): Promise<readonly unknown[]> {
  const reach = options.fetch ?? transport.fetch
  return within(transport.clock, transport.timeout, async (signal) => {
    const uri =
      options.jwksUri ??
      (await discover(issuer, options.insecureLoopback === true, transport.keyHosts, {
        reach,
        signal,
        clock: transport.clock,
      }))
    const document = await fetchJson(uri, accepted.keys, { reach, signal, clock: transport.clock })
    const keys = isPlainObject(document) ? own(document, 'keys') : undefined
    if (!Array.isArray(keys)) throw new Error('the key set has no list of keys')
    if (keys.length > maxKeys) throw new Error(`the key set has more than ${maxKeys} keys`)
    return keys as readonly unknown[]
  })
}

interface Request {
  readonly reach: typeof fetch
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * OpenID Connect Discovery 1.0 §4: the document must name the configured issuer, and keys on the
 * same host or on one that the provider's table names.
 */
async function discover(
  issuer: string,
  insecureLoopback: boolean,
  keyHosts: readonly string[],
  request: Request,
): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
  const document = await fetchJson(address, accepted.discovery, request)
  const named = isPlainObject(document) ? own(document, 'issuer') : undefined
  if (named !== issuer)
    throw new Error(`discovery names another issuer, ${escapeValue(named)}; ${escapeValue(issuer)} is trusted`)
  const given = own(document as object, 'jwks_uri')
  const uri = addressOfKeys(given, insecureLoopback)
  if (!keyHosts.includes(uri.host)) {
    throw new Error(
      `discovery names keys on another host, ${escapeValue(given)}: if that is right, write .at(issuer, { jwksUri })`,
    )
  }
  return uri.href
}

function addressOfKeys(value: unknown, insecureLoopback: boolean): URL {
  try {
    return checkFetchUrl('jwks_uri', value, insecureLoopback)
  } catch {
    throw new Error(`discovery names no https: address for its keys, but ${escapeValue(value)}`)
  }
}

async function fetchJson(url: string, accept: string, { reach, signal, clock }: Request): Promise<unknown> {
  const response = await reach(url, { headers: { accept }, redirect: 'manual', signal })
  const type = response.headers.get('content-type')
  const said = type === null ? '' : ` (${escapeValue(type)})`
  if (response.status !== 200) {
    await discard(response.body)
    const retryAfter = readRetryAfter(response.headers.get('retry-after'), clock.now())
    throw new FetchFailure(`the status of ${escapeValue(url)} was ${response.status}${said}`, retryAfter)
  }
  const text = await readBounded(response.body, maxBodyBytes)
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Error(`the answer of ${escapeValue(url)} is not JSON${said}`)
  }
}
