/** Keys and tokens of all measurements: a push in GitHub Actions, with a generated key. */

import type { KeyObject } from 'node:crypto'
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import type { JSONWebKey } from '@jobpass/core'
import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'

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

const fixture = await createTestIssuer(githubActions)

/** More claims, common to the jobs of one organization: they give the token a realistic size. */
const more = {
  enterprise: 'acme-group',
  enterprise_id: '90817',
  environment: 'production',
  repo_property_team: 'shop-platform',
}

const iat = Math.floor(Date.now() / 1000)
const job = fixture.claims({ iss: issuer, aud: audience, exp: iat + 7200, ...more })

/** Claims of one job; every token has another `jti`. */
function claims(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { ...job, iat, jti: randomUUID(), ...given }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Signs claims; header members can be set. */
export function mint(
  key: BenchKey,
  given: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  const input = `${encode({ typ: 'JWT', alg: key.algorithm, kid: key.jwk.kid, ...header })}.${encode(claims(given))}`
  return `${input}.${signatureOf(key, input).toString('base64url')}`
}

function signatureOf({ algorithm, privateKey }: BenchKey, input: string): Buffer {
  const hash = algorithm === 'EdDSA' ? null : 'sha256'
  return sign(hash, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
}

/** Many tokens, all different. */
export function mintMany(key: BenchKey, count: number): readonly string[] {
  return Array.from({ length: count }, () => mint(key))
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
