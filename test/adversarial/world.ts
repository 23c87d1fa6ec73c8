/**
 * Two issuers with keys of every kind, their tokens, and a verifier and a reference that both trust
 * them.
 */

import type { KeyObject } from 'node:crypto'
import { constants, generateKeyPairSync, sign } from 'node:crypto'
import type { JSONWebKey, VerifierOptions } from '@jobpass/core'
import { defineProvider, githubActions, WorkloadAuthError } from '@jobpass/core'
import { base64url, clockAt, githubPush, now } from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'
import type { ReferenceWorld } from './reference.ts'

export const audience = 'https://api.acme.dev'
/** Signs with RS256 only. */
export const githubIssuer = githubActions.issuer
/** Signs with all other algorithms. */
export const acmeIssuer = 'https://ci.acme.example'

/** An invented CI system whose issuer uses the algorithms that others do not. */
export const acmeCi = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: acmeIssuer,
  algorithms: ['ES256', 'ES512', 'EdDSA', 'PS256'],
  claims: { team_id: 'id', ref: 'text' },
  identity: { ownerId: 'team_id', ref: 'ref' },
  pins: ['ownerId'],
})

/** A key pair with its published kid. */
export interface Signer {
  readonly kid: string
  readonly algorithm: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JSONWebKey
}

function signer(kid: string, algorithm: string, pair: { publicKey: KeyObject; privateKey: KeyObject }): Signer {
  const jwk = { ...(pair.publicKey.export({ format: 'jwk' }) as JSONWebKey), kid, alg: algorithm, use: 'sig' }
  return { kid, algorithm, ...pair, jwk }
}

const rsaPair = (publicExponent = 65_537): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent })

export const rsa: Signer = signer('rsa', 'RS256', rsaPair())
export const rsaCubic: Signer = signer('rsa-cubic', 'RS256', rsaPair(3))
export const pss: Signer = signer('pss', 'PS256', rsaPair())
export const ec: Signer = signer('ec', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' }))
export const ecWide: Signer = signer('ec-wide', 'ES512', generateKeyPairSync('ec', { namedCurve: 'P-521' }))
export const ed: Signer = signer('ed', 'EdDSA', generateKeyPairSync('ed25519'))
/** Unpublished keys with the kids of published ones. */
export const forgers = {
  rsa: signer('rsa', 'RS256', rsaPair()),
  ec: signer('ec', 'ES256', generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  ed: signer('ed', 'EdDSA', generateKeyPairSync('ed25519')),
} as const

/** Published keys: each issuer publishes only its own. */
const githubKeys: readonly JSONWebKey[] = [rsa.jwk, rsaCubic.jwk]
const acmeKeys: readonly JSONWebKey[] = [ec.jwk, ecWide.jwk, ed.jwk, pss.jwk]

/** Signs text with any algorithm that the key can be used for. */
export function signWith({ privateKey }: Pick<Signer, 'privateKey'>, algorithm: string, input: string): Buffer {
  const bytes = Buffer.from(input)
  if (algorithm.startsWith('Ed')) return sign(null, bytes, privateKey)
  const bits = Number(algorithm.slice(2))
  if (algorithm.startsWith('ES')) {
    return sign(`sha${bits}`, bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  }
  const padding = algorithm.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 }
    : { padding: constants.RSA_PKCS1_PADDING }
  return sign(`sha${bits}`, bytes, { key: privateKey, ...padding })
}

export const acmePush: Claims = {
  iss: acmeIssuer,
  sub: 'team:7',
  aud: audience,
  iat: now - 50,
  exp: now + 250,
  team_id: '7',
  ref: 'refs/heads/main',
}

/** Claims as the key's issuer would sign them. */
export const claimsOf = (by: Signer): Claims => (by === rsa || by === rsaCubic ? githubPush : acmePush)

/** A token of the given parts (objects as JSON), signed by the key with its own algorithm. */
export function mint(by: Signer, header: unknown = {}, payload: unknown = claimsOf(by)): string {
  const full = isMembers(header) ? { typ: 'JWT', alg: by.algorithm, kid: by.kid, ...header } : header
  const input = `${base64url(full)}.${base64url(payload)}`
  return `${input}.${signWith(by, by.algorithm, input).toString('base64url')}`
}

const isMembers = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof Uint8Array)

/** The three parts of a token; missing parts are empty. */
export function partsOf(token: string): readonly [header: string, payload: string, signature: string] {
  const [header = '', payload = '', signature = ''] = token.split('.')
  return [header, payload, signature]
}

/** The same bytes with one bit flipped. */
export function flipBit(part: string, bit: number): string {
  const bytes = Buffer.from(part, 'base64url')
  const index = bit >> 3
  bytes.writeUInt8(bytes.readUInt8(index) ^ (1 << (bit & 7)), index)
  return bytes.toString('base64url')
}

/** One valid token of every key. */
export const goodTokens: readonly string[] = [rsa, rsaCubic, ec, ecWide, ed, pss].map((by) => mint(by))

/** The documents of both issuers. */
const fetchDocuments: typeof fetch = async (input) => {
  const url = input instanceof Request ? input.url : String(input)
  const issuer = url.replace(/\/\.well-known\/.*$/, '')
  if (url.endsWith('/openid-configuration')) return Response.json({ issuer, jwks_uri: `${issuer}/.well-known/jwks` })
  return Response.json({ keys: issuer === acmeIssuer ? acmeKeys : githubKeys })
}

/** Trusts the workloads of the valid tokens. */
export const trusting: VerifierOptions = {
  audience,
  trust: [githubActions({ ownerId: '1234567' }), acmeCi({ ownerId: '7' })],
  fetch: fetchDocuments,
  clock: clockAt(now),
  onWarning: () => {},
}

/** The same for the reference check. */
export const referenceWorld: ReferenceWorld = {
  audience,
  now,
  tolerance: 30,
  issuers: {
    [githubIssuer]: { algorithms: ['RS256'], keys: githubKeys },
    [acmeIssuer]: {
      algorithms: ['ES256', 'ES512', 'EdDSA', 'PS256'],
      keys: acmeKeys,
    },
  },
}

/** The code of a refusal, or `'allowed'`. Other errors are rethrown. */
export async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'allowed'
  } catch (error) {
    if (error instanceof WorkloadAuthError) return error.code
    throw error
  }
}
