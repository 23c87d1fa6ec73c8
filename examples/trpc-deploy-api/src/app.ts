/** A deploy API with tRPC: main of one repository deploys. */

import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, fetchGuard, githubActions } from '@jobpass/core'
import { fetchRequestHandler } from '@trpc/server/adapters/fetch'
import { challengeOf, requireWorkload, t } from './trpc.ts'

/** The router, and how it fetches the keys of GitHub; tests have a local issuer. */
export const createRouter = ({ fetch }: Pick<VerifierOptions, 'fetch'> = {}) => {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    errors: 'throw',
    ...(fetch && { fetch }),
  })
  const mayDeploy = fetchGuard(verifier, githubActions({ repository: 'acme/shop', branch: 'main' }))

  return t.router({
    health: t.procedure.query(() => 'ok'),
    deploy: t.procedure.use(requireWorkload(mayDeploy)).mutation(({ ctx }) => ({
      deployed: ctx.workload.repository,
      commit: ctx.workload.commit,
    })),
  })
}

/** Serves the router at `/trpc`. */
export const createApp = (options: Pick<VerifierOptions, 'fetch'> = {}) => {
  const router = createRouter(options)
  return (request: Request): Promise<Response> =>
    fetchRequestHandler({
      endpoint: '/trpc',
      req: request,
      router,
      createContext: () => ({ request }),
      responseMeta: challengeOf,
    })
}
