/** Cost of a request by the number of trusted issuers. The caller's issuer is the last one. */

import { createVerifier, githubActions } from '@jobpass/core'
import { createAuthenticator } from '@jobpass/core/adapter'
import { JwtVerifier } from 'aws-jwt-verify'
import { createLocalJWKSet, decodeJwt, jwtVerify } from 'jose'
import type { Rounds, Subject } from '../measure/interleave.ts'
import { settled, timed } from '../measure/interleave.ts'
import type { BenchKey } from '../tokens.ts'
import { mint } from '../mint.ts'
import { audience, freshly, makeKey, ownerId } from '../tokens.ts'
import type { Curve } from './curve.ts'
import { curve } from './curve.ts'

export async function byIssuers(sizes: readonly number[], rounds: Rounds): Promise<Curve> {
  const key = makeKey('RS256')
  return curve(
    { title: 'A request by the number of trusted issuers', x: 'issuers' },
    sizes,
    async (size) => {
      const issuers = Array.from({ length: size }, (_, index) => `https://ci-${index}.acme.dev/_services/token`)
      const token = mint(key, { iss: issuers.at(-1) })
      return [...(await jobpass(key, issuers, token)), jose(key, issuers, token), aws(key, issuers, token)]
    },
    rounds,
  )
}

function jobpass({ jwk }: BenchKey, issuers: readonly string[], token: string): Promise<readonly Subject[]> {
  const trust = issuers.map((issuer) => githubActions.at(issuer, { keys: [jwk] })({ ownerId }))
  const through = async (name: string, cache: { readonly entries: number } | false): Promise<Subject> => {
    const { authenticate } = createAuthenticator(createVerifier({ audience, trust, cache }))
    if ((await authenticate({}, [`Bearer ${token}`])) !== undefined) throw new Error('a good token was refused')
    return settled(
      name,
      () => [freshly(`Bearer ${token}`)],
      (values) => authenticate({}, values),
    )
  }
  return Promise.all([
    through('jobpass, entrance, cache off', false),
    through('jobpass, entrance, token seen before', { entries: 1000 }),
  ])
}

/** jose handles one issuer at a time: the key set is looked up by the token's issuer. */
function jose({ jwk }: BenchKey, issuers: readonly string[], token: string): Subject {
  const keys = new Map(issuers.map((issuer) => [issuer, createLocalJWKSet({ keys: [jwk as never] })]))
  const verify = async (text: string): Promise<unknown> => {
    const { iss = '' } = decodeJwt(text)
    const own = keys.get(iss)
    if (own === undefined) throw new Error('not trusted')
    return jwtVerify(text, own, { issuer: iss, audience, algorithms: ['RS256'] })
  }
  return settled('jose, key sets in a Map', () => freshly(token), verify)
}

function aws({ jwk }: BenchKey, issuers: readonly string[], token: string): Subject {
  const verifier = JwtVerifier.create(issuers.map((issuer) => ({ issuer, audience, jwksUri: `${issuer}/jwks` })))
  for (const issuer of issuers) verifier.cacheJwks({ keys: [jwk as never] }, issuer)
  return timed(
    'aws-jwt-verify, verifySync',
    () => freshly(token),
    (text) => verifier.verifySync(text),
  )
}
