/** Whose jobs may call, and what they may deploy. */

import type { AnyWorkload, FetchGuard } from '@jobpass/core'
import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'

const verifier = createVerifier({
  audience: 'https://deploy.acme.dev',
  trust: githubActions({ ownerId: '1234567' }),
})

const shop = { repository: 'acme/shop' }

/** Jobs of the shop on main. */
export const mayDeploy = fetchGuard(verifier, githubActions({ ...shop, branch: 'main' }))

const byEnvironment = new Map([
  ['staging', mayDeploy],
  ['production', fetchGuard(verifier, githubActions({ ...shop, environment: 'production' }))],
])
const nobody = fetchGuard(verifier, () => undefined)

/** The guard of an environment. It refuses every job where there is no such environment. */
export const mayDeployTo = (environment: string): FetchGuard<AnyWorkload> => byEnvironment.get(environment) ?? nobody
