/** A deploy API on h3: main of one repository deploys. */

import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'
import { H3 } from 'h3'
import { requireWorkload } from './require-workload.ts'

/** The app, and how it fetches the keys of GitHub; tests have a local issuer. */
export function createApp({ fetch }: Pick<VerifierOptions, 'fetch'> = {}): H3 {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    ...(fetch && { fetch }),
  })
  const mayDeploy = fetchGuard(verifier, githubActions({ repository: 'acme/shop', branch: 'main' }))

  const app = new H3()
  app.get('/healthz', () => 'ok')
  app.post('/deploy', ({ context }) => ({ deployed: context.workload?.repository, commit: context.workload?.commit }), {
    middleware: [requireWorkload(mayDeploy)],
  })
  return app
}
