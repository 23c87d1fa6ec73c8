/** Who may call: main of one repository deploys. */

import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'

const verifier = createVerifier({
  audience: 'https://deploy.acme.dev',
  trust: githubActions({ ownerId: '1234567' }),
})

export const mayDeploy = fetchGuard(verifier, githubActions({ repository: 'acme/shop', branch: 'main' }))
