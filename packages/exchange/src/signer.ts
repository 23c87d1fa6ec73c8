/**
 * Signing with a local key, or with a KMS that may hang, fail or return another signature format.
 */

import type { Clock, JSONWebKey } from '@jobpass/core'
import { formatType, within } from '@jobpass/core/internal'
import { joseFromDer } from './ecdsa-der.ts'
import { base64url, CompactSign, compactVerify, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'

/** Makes a JWS in compact form (RFC 7515 §7.1). Rejects when the key is unavailable. */
export type Sign = (header: { readonly typ: string }, payload: Uint8Array) => Promise<string>

/** A key, or a function that signs. */
export interface SigningKey {
  /** Signature algorithm, such as `'ES256'`. */
  readonly alg: string
  /** Key id for the JWS header. */
  readonly kid: string
  /** The public key, which signatures are checked with. */
  readonly publicJwk: JSONWebKey
  /** The private key, or the function of a KMS or HSM that signs. */
  readonly with: JWK | CryptoKey | ((data: Uint8Array) => Uint8Array | Promise<Uint8Array>)
}

const timeout = 5_000

/**
 * Makes the signer of a key, and signs once to test it. Rejects with a `TypeError` for a key that
 * cannot sign with its algorithm, and with another error when the KMS is unavailable.
 */
export async function createSigner(key: SigningKey, clock: Clock, what: string): Promise<Sign> {
  const { publicJwk, alg } = key
  const unfit = (): never => {
    throw new TypeError(`${what} does not sign with ${alg}, or not so that its public key verifies`)
  }
  const publicKey = await importJWK(publicJwk as JWK, alg).catch(unfit)
  const sign =
    typeof key.with === 'function' ? elsewhere(key, key.with, clock, what) : await here(key, key.with).catch(unfit)
  const checked: Sign = async (header, payload) => {
    const token = await sign(header, payload)
    await compactVerify(token, publicKey).catch(unfit)
    return token
  }
  const trial = checked({ typ: 'test' }, new TextEncoder().encode('whether this key signs'))
  await (typeof key.with === 'function' ? trial : trial.catch(unfit))
  // A local key pair cannot change, so one check suffices. A KMS may change its key: verify each
  // signature.
  return typeof key.with === 'function' ? checked : sign
}

async function here({ alg, kid }: SigningKey, given: JWK | CryptoKey): Promise<Sign> {
  const key = 'kty' in given ? await importJWK(given, alg) : given
  return (header, payload) => new CompactSign(payload).setProtectedHeader({ alg, kid, ...header }).sign(key)
}

function elsewhere(
  { alg, kid }: SigningKey,
  sign: (data: Uint8Array) => Uint8Array | Promise<Uint8Array>,
  clock: Clock,
  what: string,
): Sign {
  return async (header, payload) => {
    const input = `${base64url.encode(JSON.stringify({ alg, kid, ...header }))}.${base64url.encode(payload)}`
    const answer: unknown = await within(clock, timeout, async () => sign(new TextEncoder().encode(input))).catch(
      (cause: unknown) => {
        throw new Error(`${what}: sign() failed, or took longer than 5 s`, { cause })
      },
    )
    return `${input}.${base64url.encode(inFormOfJws(answer, alg, what))}`
  }
}

/** Bytes per number of an ECDSA signature, by algorithm (RFC 7518 §3.4). */
const numberSizes: Readonly<Record<string, number>> = { ES256: 32, ES384: 48, ES512: 66 }

function inFormOfJws(answer: unknown, alg: string, what: string): Uint8Array {
  if (!(answer instanceof Uint8Array))
    throw new TypeError(
      `${what}: sign() must answer the bytes of the signature, a Uint8Array, not ${formatType(answer)}`,
    )
  const size = numberSizes[alg]
  if (size === undefined || answer.length === 2 * size) return answer
  const signature = joseFromDer(answer, size)
  if (signature === undefined)
    throw new TypeError(
      `${what}: sign() must answer an ${alg} signature of ${2 * size} bytes (RFC 7518 §3.4), or in DER, not ${formatType(answer)}`,
    )
  return signature
}
