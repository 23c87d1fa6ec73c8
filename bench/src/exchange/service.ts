/** The measured exchange, as seen by its server process and by the calling process. */

import { createHash } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import type { ReplayStore } from '@jobpass/core'
import * as exchange from '@jobpass/exchange'
import * as express from '@jobpass/express'
import { packageBefore } from '../before.ts'
import type { World } from '../http/world.ts'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'

export const service = 'https://auth.acme.dev'

/** The credentials of an API that asks about tokens. */
export const introspector = { client_id: 'billing', client_secret: 'a'.repeat(32) }
const secretDigest = createHash('sha256').update(introspector.client_secret).digest('hex')

/** The packages of one build. */
export interface Build {
  readonly express: typeof express
  readonly exchange: typeof exchange
}

export const present: Build = { express, exchange }

/** The build that `--before` names. */
export const before: Build | undefined = await (async () => {
  const expressBefore = await packageBefore<typeof express>('express')
  const exchangeBefore = await packageBefore<typeof exchange>('exchange')
  return expressBefore && exchangeBefore && { express: expressBefore, exchange: exchangeBefore }
})()

/** The provider of the calling jobs, with a local key. */
export const platform = (
  jwk: World['jwk'],
  { express: { githubActions } }: Build = present,
): ReturnType<typeof express.githubActions.at> => githubActions.at(issuer, { keys: [jwk] })

/** Creates the exchange. Without a token cache, because each CI token is new, as in production. */
export function makeExchange(
  jwk: World['jwk'],
  serviceKey: JsonWebKey,
  store: ReplayStore,
  build: Build = present,
): Promise<exchange.Exchange> {
  const jobs = platform(jwk, build)
  const verifier = build.express.createVerifier({
    audience: [audience, service],
    trust: jobs({ ownerId }),
    cache: false,
    replay: { store },
    onWarning: () => {},
  })
  const rule = jobs({ repositoryId, branch: 'main' })
  const privateKey = { ...serviceKey, kty: 'EC' as const }
  return build.exchange.createExchange({
    issuer: service,
    verifier,
    grants: [{ name: 'deploy', rule, scopes: ['deploy'], audience, lifetime: 3600 }],
    keys: [{ privateKey, algorithm: 'ES256' }],
    singleProcess: true,
    // The build before may lack the option.
    ...(build === present && { introspection: [{ id: introspector.client_id, secretDigest, audience }] }),
  })
}
