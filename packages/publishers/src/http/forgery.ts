/** Refuses requests that another site made a browser send (cross-site request forgery). */

import type { EndpointRequest } from '@jobpass/core'

/**
 * Whether the headers of a request allow that another site caused it. Browsers state the origin of
 * each request that changes something, and current ones also its relation to the site
 * (https://www.w3.org/TR/fetch-metadata/). Other clients state neither.
 */
export function isCrossSite({ headers }: Pick<EndpointRequest, 'headers'>, origin: string): boolean {
  const [site, from] = [headers('sec-fetch-site'), headers('origin')]
  return site.some((each) => each !== 'same-origin') || from.some((each) => each !== origin)
}

/** Whether a request is of a browser: it says where it is from. */
export const isFromBrowser = ({ headers }: Pick<EndpointRequest, 'headers'>): boolean =>
  headers('sec-fetch-site').length + headers('origin').length > 0

/** Tokens of forms, each bound to the session that the form was made for. */
export interface FormTokens {
  /** A token for a session. Each is different, so that compression does not reveal it. */
  issue(session: string): Promise<string>
  /** Whether a token was made for the session. */
  isFor(session: string, token: unknown): Promise<boolean>
}

const leastSecret = 32

/**
 * Makes tokens with HMAC-SHA-256.
 *
 * @throws {TypeError} for a secret of less than 32 bytes.
 */
export function formTokens(secret: unknown): FormTokens {
  const bytes = typeof secret === 'string' ? new TextEncoder().encode(secret) : secret
  if (!(bytes instanceof Uint8Array) || bytes.length < leastSecret)
    throw new TypeError(
      `publisherPage() needs a secret of at least ${leastSecret} bytes, the same in all processes, such as the output of 'openssl rand -base64 32'`,
    )
  const copy = Uint8Array.from(bytes)
  let imported: Promise<CryptoKey> | undefined
  const key = (): Promise<CryptoKey> =>
    (imported ??= crypto.subtle.importKey('raw', copy, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify']))
  const message = (session: string, nonce: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(`jobpass publishers form ${nonce} ${session}`)
  return {
    issue: async (session) => {
      const nonce = crypto.randomUUID()
      const mac = await crypto.subtle.sign('HMAC', await key(), message(session, nonce))
      return `${nonce}.${toHex(new Uint8Array(mac))}`
    },
    isFor: async (session, token) => {
      const [, nonce, mac] = /^([0-9a-f-]{36})\.([0-9a-f]{64})$/.exec(typeof token === 'string' ? token : '') ?? []
      if (nonce === undefined || mac === undefined) return false
      return crypto.subtle.verify('HMAC', await key(), fromHex(mac), message(session, nonce))
    },
  }
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
