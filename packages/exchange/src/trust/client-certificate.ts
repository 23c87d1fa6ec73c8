/**
 * The client certificate of a request (RFC 8705), which the proxy that ends TLS passes in a header.
 */

import { digestBytes, formatValue, readOptions, refuseUse } from '@jobpass/core/internal'
import type { RequestHead } from '@jobpass/core/internal'
import type { Possession } from './possession.ts'
import { base64url } from 'jose'

/** How a proxy passes the certificate that a client showed it. */
export interface CertificateOptions {
  /**
   * The header. The proxy must remove what a client sends under this name, and nothing may reach
   * the application past the proxy: anyone else who can set the header can use stolen tokens.
   */
  readonly header: string
  /**
   * What the proxy writes:
   *
   * - `'rfc9440'`: the certificate between colons (RFC 9440), as in `Client-Cert`
   * - `'pem'`: the escaped PEM of nginx' `$ssl_client_escaped_cert` and of AWS load balancers: one
   *   certificate, or a chain that begins with it
   * - `'sha256'`: the SHA-256 of the certificate in hexadecimal, as Caddy and HAProxy can write it
   * - `'xfcc'`: the `Hash` of Envoy's `X-Forwarded-Client-Cert`, for one hop
   */
  readonly format: 'rfc9440' | 'pem' | 'sha256' | 'xfcc'
}

/**
 * Reads the thumbprint (`x5t#S256`, RFC 8705 §3.1) of the certificate of a request. Resolves to
 * `undefined` without one, and to `'invalid'` for a header that the proxy cannot have written.
 */
export type ReadCertificate = (request: Pick<RequestHead, 'headers'>) => Promise<string | undefined>

/** Stands for a header of another form; no thumbprint is equal to it. */
export const invalidCertificate = 'invalid'

/** One certificate. */
const block = '-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\\s]+)-----END CERTIFICATE-----\\s*'

/** One certificate, or a chain, which begins with that of the client. */
const chain = new RegExp(`^${block}(?:${block})*$`)

/** A name and its value, which may be quoted. A comma would begin the element of another hop. */
const pair = /([a-z]+)=("(?:[^"\\]|\\.)*"|[^",;]*)(?:;|$)/giy

/** Reads a thumbprint from the value of a header. Throws for a value of another form. */
const formats: Readonly<Record<CertificateOptions['format'], (value: string) => Promise<string> | string>> = {
  rfc9440: (value) => digestOf(match(/^:([A-Za-z0-9+/]+={0,2}):$/, value)),
  pem: (value) => digestOf(match(chain, decodeURIComponent(value)).replaceAll(/\s/g, '')),
  sha256: (value) => fromHexadecimal(match(/^([\da-f]{64})$/i, value)),
  xfcc: (value) => {
    const pairs = [...value.matchAll(pair)]
    const hashes = pairs.filter(([, name]) => name?.toLowerCase() === 'hash').map(([, , hash = '']) => hash)
    const whole = pairs.map(([text]) => text).join('') === value
    return fromHexadecimal(match(/^"?([\da-f]{64})"?$/i, whole ? hashes.join() : ''))
  },
}

function match(pattern: RegExp, text: string): string {
  const [, found] = pattern.exec(text) ?? []
  if (found === undefined) throw new TypeError('not what the proxy writes')
  return found
}

const digestOf = (base64: string): Promise<string> =>
  digestBytes(Uint8Array.from(atob(base64), (each) => each.charCodeAt(0)))

/** The same digest in base64url. */
export const fromHexadecimal = (hexadecimal: string): string =>
  base64url.encode(Uint8Array.from(hexadecimal.match(/../g) ?? [], (each) => Number.parseInt(each, 16)))

const names = { header: true, format: true } as const satisfies Record<keyof CertificateOptions, true>

/** Makes the reader of the certificate. Throws a `TypeError` that says what to write. */
export function certificateReader(what: string, options: unknown): ReadCertificate {
  const { header, format } = readOptions<CertificateOptions>(what, options, names)
  if (typeof header !== 'string' || !/^[\w-]{1,100}$/.test(header))
    throw new TypeError(`${what}: header is the name of a header, such as 'client-cert', not ${formatValue(header)}`)
  if (typeof format !== 'string' || !Object.hasOwn(formats, format))
    throw new TypeError(`${what}: format is one of ${Object.keys(formats).join(', ')}, not ${formatValue(format)}`)
  const name = header.toLowerCase()
  const read = formats[format]
  return async (request) => {
    const values = request.headers(name)
    // Proxies write an empty header for a client without a certificate.
    if (values.length === 0 || (values.length === 1 && values[0] === '')) return undefined
    try {
      return values.length === 1 ? await read(values[0] as string) : invalidCertificate
    } catch {
      return invalidCertificate
    }
  }
}

/** Makes the check of an API. Throws a `TypeError` that says what to write. */
export function possessionByCertificate(what: string, options: unknown): Possession {
  const read = certificateReader(`${what}: certificate`, options)
  return {
    check: async ({ thumbprint }, request) =>
      (await read(request)) === thumbprint ? undefined : refuseUse('certificate_mismatch'),
  }
}
