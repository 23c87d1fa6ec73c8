/** The exchange that is measured, in the process of its server and in the one that calls it. */

import type { JsonWebKey } from 'node:crypto'
import type { ReplayStore } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import type { Exchange } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import type { World } from '../http/world.ts'
import { audience, issuer, ownerId, repositoryId } from '../tokens.ts'

export const service = 'https://auth.acme.dev'

/** The provider whose jobs call, with the key of its tokens at hand. */
export const platform = (jwk: World['jwk']): ReturnType<typeof githubActions.at> =>
  githubActions.at(issuer, { keys: [jwk] })

/** Makes the exchange. Each CI token is new to it, as they are in life: nothing is remembered of them. */
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
