/** Keys and names of all measurements. */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import type { JSONWebKey } from '@jobpass/core'

export const audience = 'https://api.acme.dev'
export const issuer = 'https://ci.acme.dev/_services/token'

/** Ids of the caller. */
export const ownerId = '1234567'
export const repositoryId = '74205118'

export const algorithms = ['RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof algorithms)[number]

export interface BenchKey {
  readonly algorithm: Algorithm
  readonly jwk: JSONWebKey & { readonly kid: string }
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Makes a key pair and its published form. */
export function makeKey(algorithm: Algorithm): BenchKey {
  return keyOf(algorithm, generate(algorithm))
}

/** The same from a private key. */
export function keyOf(algorithm: Algorithm, given: KeyObject | string): BenchKey {
  const privateKey = typeof given === 'string' ? createPrivateKey(given) : given
  const publicKey = createPublicKey(privateKey)
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: randomUUID(), alg: algorithm, use: 'sig' }
  return { algorithm, jwk: jwk as BenchKey['jwk'], publicKey, privateKey }
}

function generate(algorithm: Algorithm): KeyObject {
  if (algorithm === 'RS256') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    : generateKeyPairSync('ed25519').privateKey
}

/**
 * Copies a string: a request delivers its token as a new string, and comparing a string with itself
 * is free.
 */
export function freshly(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** Flips one bit in the middle of the signature. */
export function tampered(token: string): string {
  const at = token.lastIndexOf('.') + 40
  return token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
}
