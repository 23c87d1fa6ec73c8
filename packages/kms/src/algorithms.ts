/** The signature algorithms that keys can have, and how their input and public keys are read. */

import type { IssuingKey } from '@jobpass/exchange'

/** A signature algorithm (RFC 7518 §3.1, RFC 8037 §3.1). */
export type Algorithm = 'ES256' | 'ES384' | 'ES512' | 'RS256' | 'PS256' | 'EdDSA'

/** The choice that an RSA key leaves. */
export interface RsaOptions {
  /** The algorithm of an RSA key. Other keys imply theirs, and refuse any. Default `'RS256'`. */
  readonly algorithm?: 'RS256' | 'PS256'
}

/**
 * The algorithm of a key by its kind, and for RSA by the choice of the application. Throws a
 * `TypeError` for a choice that the key does not leave.
 */
export function algorithmOf<Implied extends Algorithm>(
  what: string,
  key: string,
  kind: Implied | 'RSA',
  { algorithm }: RsaOptions,
): Implied | 'RS256' | 'PS256' {
  if (kind !== 'RSA') {
    if (algorithm === undefined) return kind
    throw new TypeError(`${what}: ${key} is no RSA key, and signs with ${kind}: leave out algorithm`)
  }
  if (algorithm !== undefined && algorithm !== 'RS256' && algorithm !== 'PS256')
    throw new TypeError(`${what}: ${key} is an RSA key: algorithm must be 'RS256' or 'PS256'`)
  return algorithm ?? 'RS256'
}

interface Form {
  /** The hash of the algorithm, as WebCrypto names it. Ed25519 signs the message itself. */
  readonly hash?: string
  /** How WebCrypto imports the public key. */
  readonly publicKey: { readonly name: string; readonly namedCurve?: string; readonly hash?: string }
}

const forms: Readonly<Record<Algorithm, Form>> = {
  ES256: { hash: 'SHA-256', publicKey: { name: 'ECDSA', namedCurve: 'P-256' } },
  ES384: { hash: 'SHA-384', publicKey: { name: 'ECDSA', namedCurve: 'P-384' } },
  ES512: { hash: 'SHA-512', publicKey: { name: 'ECDSA', namedCurve: 'P-521' } },
  RS256: { hash: 'SHA-256', publicKey: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } },
  PS256: { hash: 'SHA-256', publicKey: { name: 'RSA-PSS', hash: 'SHA-256' } },
  EdDSA: { publicKey: { name: 'Ed25519' } },
}

/** The digest that a service signs: the claims of a token never leave the process. */
export async function digestOf(algorithm: Algorithm, data: Uint8Array): Promise<Uint8Array> {
  const { hash } = forms[algorithm]
  return hash === undefined ? data : new Uint8Array(await crypto.subtle.digest(hash, new Uint8Array(data)))
}

/** A public key in DER (SubjectPublicKeyInfo, RFC 5280 §4.1). */
export async function publicKeyOf(
  der: Uint8Array,
  algorithm: Algorithm,
): Promise<NonNullable<IssuingKey['publicKey']>> {
  return crypto.subtle.importKey('spki', new Uint8Array(der), forms[algorithm].publicKey, true, ['verify'])
}

/** The bytes of a public key in PEM (RFC 7468 §13). */
export function derOf(pem: string): Uint8Array {
  return bytesOf(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''))
}

/** The bytes of base64 or base64url. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))
}

/** Base64 of bytes. */
export function base64Of(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
}
