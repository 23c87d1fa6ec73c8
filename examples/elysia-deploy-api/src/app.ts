/** A deploy API on Elysia: main of one repository deploys. */

import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, fetchGuard, getWorkload, githubActions } from '@jobpass/core'
import { Elysia } from 'elysia'
import { guardHook } from './guard-hook.ts'

/** The app, and how it fetches the keys of GitHub; tests have a local issuer. */
export const createApp = ({ fetch }: Pick<VerifierOptions, 'fetch'> = {}) => {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    ...(fetch && { fetch }),
  })
  const main = githubActions({ repository: 'acme/shop', branch: 'main' })
  const mayDeploy = fetchGuard(verifier, main)

  return new Elysia()
    .get('/healthz', () => 'ok')
    .post(
      '/deploy',
      ({ request }) => {
        const { repository, commit } = getWorkload(request, main)
        return { deployed: repository, commit }
      },
      { beforeHandle: guardHook(mayDeploy) },
    )
}
