/** The keys of one issuer: the only place that does I/O. Over jose's key sets; every document is fetched within the same limits. */

import type { JWK, JWTVerifyGetKey } from 'jose'
import { createLocalJWKSet, createRemoteJWKSet, customFetch, errors } from 'jose'
import type { Clock } from '../util/clock.ts'
import { within } from '../util/clock.ts'
import { checkFetchUrl } from '../provider/issuer.ts'
import type { JSONWebKey } from './jwk.ts'
import { isUsableKey } from './jwk.ts'
import type { IssuerOptions } from '../provider/provider.ts'
import type { Refusal } from '../answer/refusal.ts'
import { refuse } from '../answer/refusal.ts'
import { isPlainObject } from '../util/text.ts'
import type { Token } from './token.ts'

/** Finds the key that a token's header names, or says why there is none: an outage is never a bad token. */
export interface KeySource {
  find(token: Token): Promise<CryptoKey | Refusal>
}

/** How to reach an issuer's documents. */
export interface KeyTransport {
  readonly fetch: typeof fetch
  readonly clock: Clock
}

const timeout = 5_000
const maxBodyBytes = 524_288
const maxKeys = 100
const fresh = 600_000
const refreshPause = 10_000
/** Seconds after which a caller may try again when keys could not be fetched. */
const outageRetry = 5

/** The key source of one issuer; sources share nothing. */
export function createKeySource(issuer: string, options: IssuerOptions, transport: KeyTransport): KeySource {
  const { keys } = options
  if (keys !== undefined) {
    const keySet = createLocalJWKSet({ keys: [...keys] as JWK[] })
    return { find: (token) => findOrOutage(keySet, token) }
  }
  const reach: KeyTransport = { ...transport, fetch: options.fetch ?? transport.fetch }
  let remote: Promise<JWTVerifyGetKey> | undefined
  return {
    find: async (token) => {
      // A failure is not kept: the next token tries again.
      remote ??= openRemote(issuer, options, reach).catch((error: unknown) => {
        remote = undefined
        throw error
      })
      return findOrOutage(remote, token)
    },
  }
}

async function findOrOutage(
  keySet: JWTVerifyGetKey | Promise<JWTVerifyGetKey>,
  token: Token,
): Promise<CryptoKey | Refusal> {
  try {
    return await findIn(await keySet, token)
  } catch {
    return refuse('issuer_unavailable', { retryAfter: outageRetry })
  }
}

/** Throws only what an outage throws; what the token asks for and the set does not have is a refusal. */
async function findIn(keySet: JWTVerifyGetKey, token: Token): Promise<CryptoKey | Refusal> {
  try {
    const { alg, kid } = token.header
    return (await keySet({ alg, ...(kid === undefined ? {} : { kid }) }, { payload: '', signature: '' })) as CryptoKey
  } catch (error) {
    const unfit = error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys
    if (unfit) return refuse('key_unknown', { retryAfter: refreshPause / 1000 })
    throw error
  }
}

async function openRemote(issuer: string, options: IssuerOptions, reach: KeyTransport): Promise<JWTVerifyGetKey> {
  const uri = options.jwksUri ?? (await discover(issuer, options.insecureLoopback === true, reach))
  return createRemoteJWKSet(new URL(uri), {
    timeoutDuration: timeout,
    cooldownDuration: refreshPause,
    cacheMaxAge: fresh,
    [customFetch]: async (url) => Response.json({ keys: usableKeys(await fetchJson(url, reach)) }),
  })
}

/** OpenID Connect Discovery 1.0 §4: the document's issuer must be the one configured, and its keys on the same host. */
async function discover(issuer: string, insecureLoopback: boolean, reach: KeyTransport): Promise<string> {
  const document = await fetchJson(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, reach)
  if (!isPlainObject(document) || document['issuer'] !== issuer) throw new Error('discovery names another issuer')
  const uri = checkFetchUrl('jwks_uri', document['jwks_uri'], insecureLoopback)
  if (uri.host !== new URL(issuer).host) throw new Error('jwks_uri is on another host')
  return uri.href
}

function usableKeys(document: unknown): readonly JSONWebKey[] {
  const keys = isPlainObject(document) ? document['keys'] : undefined
  if (!Array.isArray(keys) || keys.length > maxKeys) throw new Error('no key set')
  const usable = keys.filter(isUsableKey)
  if (usable.length === 0) throw new Error('no usable key')
  return usable
}

async function fetchJson(url: string, { fetch, clock }: KeyTransport): Promise<unknown> {
  return within(clock, timeout, async (signal) => {
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    return JSON.parse(await readBounded(response)) as unknown
  })
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
      throw new Error('too large')
    }
    text += decoder.decode(part.value, { stream: true })
  }
  return text + decoder.decode()
}
