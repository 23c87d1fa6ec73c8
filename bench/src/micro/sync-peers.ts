/**
 * The packages that verify without a promise, each set up as documented, with a local key and the
 * same issuer and audience. In a file of their own, since what counts instructions loads no more
 * than it calls.
 */

import { JwtVerifier } from 'aws-jwt-verify'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import jsonwebtoken from 'jsonwebtoken'
import type { BenchKey } from '../tokens.ts'
import { audience, issuer } from '../tokens.ts'

export interface Peer {
  readonly name: string
  /** Whether its calls are awaited. */
  readonly waits: boolean
  /** Whether it caches tokens. */
  readonly remembers?: boolean
  /** Throws or rejects for an invalid token. */
  readonly verify: (token: string) => unknown
}

/** Capacity of all token caches. */
export const remembered = 1000

export function fastJwt(
  { algorithm, publicKey }: BenchKey,
  cache: number = remembered,
): readonly [off: Peer, on: Peer] {
  const key = publicKey.export({ format: 'pem', type: 'spki' })
  const options = { key, algorithms: [algorithm], allowedIss: issuer, allowedAud: audience }
  const off = createFastVerifier({ ...options, cache: false })
  const on = createFastVerifier({ ...options, cache })
  return [
    { name: 'fast-jwt, cache off', waits: false, verify: (token) => off(token) as unknown },
    { name: 'fast-jwt, cache on', waits: false, remembers: true, verify: (token) => on(token) as unknown },
  ]
}

export function aws({ jwk }: BenchKey): readonly [sync: Peer, awaited: Peer] {
  const verifier = JwtVerifier.create({ issuer, audience, jwksUri: `${issuer}/jwks` })
  verifier.cacheJwks({ keys: [jwk as never] })
  return [
    { name: 'aws-jwt-verify, verifySync', waits: false, verify: (token) => verifier.verifySync(token) },
    { name: 'aws-jwt-verify, verify', waits: true, verify: (token) => verifier.verify(token) },
  ]
}

export function jsonWebToken({ algorithm, publicKey }: BenchKey): Peer {
  const options = { algorithms: [algorithm as 'RS256'], issuer, audience }
  return { name: 'jsonwebtoken', waits: false, verify: (token) => jsonwebtoken.verify(token, publicKey, options) }
}
