/** The measured exchange, as seen by its server process and by the calling process. */

import type { JsonWebKey } from 'node:crypto'
import type { ReplayStore } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import type { Exchange } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import type { World } from '../http/world.ts'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'

export const service = 'https://auth.acme.dev'

/** The provider of the calling jobs, with a local key. */
export const platform = (jwk: World['jwk']): ReturnType<typeof githubActions.at> =>
  githubActions.at(issuer, { keys: [jwk] })

/** Creates the exchange. Without a token cache, because each CI token is new, as in production. */
export function makeExchange(jwk: World['jwk'], serviceKey: JsonWebKey, store: ReplayStore): Promise<Exchange> {
  const jobs = platform(jwk)
  const verifier = createVerifier({
    audience,
    trust: jobs({ ownerId }),
    cache: false,
    replay: { store },
    onWarning: () => {},
  })
  const rule = jobs({ repositoryId, branch: 'main' })
  const privateKey = { ...serviceKey, kty: 'EC' as const }
  return createExchange({
    issuer: service,
    verifier,
    grants: [{ name: 'deploy', rule, scopes: ['deploy'], audience, lifetime: 3600 }],
    keys: [{ privateKey, algorithm: 'ES256' }],
    singleProcess: true,
  })
}
