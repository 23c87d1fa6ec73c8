/** Private keys as text, as environment variables hold them: PEM, or the JSON of a JWK. */

import { isPlainObject, formatType } from '@jobpass/core/internal'
import { parsed } from './trust/parsed.ts'
import { exportJWK, importPKCS8 } from 'jose'
import type { JWK } from 'jose'

/** Algorithms to try for a PEM key without a named algorithm: those that its curve implies. */
const byCurve = ['ES256', 'ES384', 'ES512', 'EdDSA'] as const

/**
 * Reads a private key. Rejects with a `TypeError` that says what to write. The error quotes neither
 * the text nor a cause, because parsers quote their input.
 */
export async function readPrivateKey(text: string, algorithm: unknown, what: string): Promise<JWK> {
  // .env files keep PEM on one line.
  const pem = text.trim().replaceAll('\\n', '\n')
  if (pem.startsWith('-----BEGIN PRIVATE KEY-----')) return fromPem(pem, algorithm, what)
  if (pem.startsWith('-----BEGIN '))
    throw new TypeError(
      `${what}.privateKey must be PKCS#8, -----BEGIN PRIVATE KEY-----: openssl pkcs8 -topk8 -nocrypt converts other forms`,
    )
  const jwk = parsed(text)
  if (isPlainObject(jwk) && typeof jwk['kty'] === 'string') return jwk
  throw new TypeError(
    `${what}.privateKey must be a JWK, its JSON, PEM (PKCS#8) or a CryptoKey, not ${formatType(text)}`,
  )
}

async function fromPem(pem: string, algorithm: unknown, what: string): Promise<JWK> {
  for (const each of typeof algorithm === 'string' ? [algorithm] : byCurve) {
    const key = await importPKCS8(pem, each, { extractable: true }).catch(() => undefined)
    if (key !== undefined) return { ...(await exportJWK(key)), alg: each }
  }
  throw new TypeError(`${what} needs an algorithm, such as RS256, that fits its PEM key; or the PEM text is damaged`)
}
