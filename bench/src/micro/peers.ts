/**
 * Other packages that verify tokens, each set up as documented, with a local key and the same
 * issuer and audience.
 */

import OktaJwtVerifier from '@okta/jwt-verifier'
import { auth } from 'express-oauth2-jwt-bearer'
import { verifyWithJwks } from 'hono/jwt'
import { createLocalJWKSet, jwtVerify } from 'jose'
import type { BenchKey } from '../tokens.ts'
import { audience, issuer } from '../tokens.ts'
import type { Peer } from './sync-peers.ts'
import { aws, fastJwt, jsonWebToken } from './sync-peers.ts'

/** The peers that support an algorithm. */
export function peersFor(key: BenchKey, jwksUri: string): readonly Peer[] {
  return [
    jose(key),
    ...fastJwt(key),
    ...aws(key),
    ...(key.algorithm === 'EdDSA' ? [] : [jsonWebToken(key)]),
    hono(key),
    bearer(key, jwksUri),
    ...(key.algorithm === 'RS256' ? [okta(jwksUri)] : []),
  ]
}

export function jose({ algorithm, jwk }: BenchKey): Peer {
  const keys = createLocalJWKSet({ keys: [jwk] })
  const options = { issuer, audience, algorithms: [algorithm] }
  return { name: 'jose', waits: true, verify: (token) => jwtVerify(token, keys, options) }
}

function hono({ algorithm, jwk }: BenchKey): Peer {
  const options = { keys: [jwk as never], allowedAlgorithms: [algorithm], verification: { iss: issuer, aud: audience } }
  return { name: 'hono/jwt, verifyWithJwks', waits: true, verify: (token) => verifyWithJwks(token, options) }
}

/** A middleware, called with the part of a request that it reads. */
function bearer({ algorithm }: BenchKey, jwksUri: string): Peer {
  const middleware = auth({ issuer, jwksUri, audience, tokenSigningAlg: algorithm })
  const verify = (token: string): Promise<void> =>
    new Promise((resolve, reject) => {
      void middleware(new FakeRequest(token) as never, {} as never, (error?: unknown) => {
        if (error === undefined) resolve()
        else reject(error)
      })
    })
  return { name: 'express-oauth2-jwt-bearer', waits: true, verify }
}

class FakeRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly query = {}
  readonly method = 'GET'
  readonly protocol = 'https'
  readonly originalUrl = '/deploy'

  constructor(token: string) {
    this.headers = { host: 'api.acme.dev', authorization: `Bearer ${token}` }
  }

  get(name: string): string | undefined {
    return this.headers[name.toLowerCase()]
  }

  is(): false {
    return false
  }
}

function okta(jwksUri: string): Peer {
  const verifier = new OktaJwtVerifier({ issuer, jwksUri })
  return { name: '@okta/jwt-verifier', waits: true, verify: (token) => verifier.verifyAccessToken(token, audience) }
}
