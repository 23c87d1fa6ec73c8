/** A deploy API: main of one repository deploys, over Connect, gRPC and gRPC-Web. */

import type { ConnectRouter } from '@connectrpc/connect'
import type { VerifierOptions } from '@jobpass/core'
import { createVerifier, fetchGuard, getWorkload, githubActions } from '@jobpass/core'
import { DeployService } from './deploy_pb.ts'
import { requestOf, requireWorkload } from './require-workload.ts'

const main = githubActions({ repository: 'acme/shop', branch: 'main' })

/** The routes, and how they fetch the keys of GitHub; tests have a local issuer. */
export function createRoutes({ fetch }: Pick<VerifierOptions, 'fetch'> = {}): (router: ConnectRouter) => void {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    ...(fetch && { fetch }),
  })
  const guarded = { interceptors: [requireWorkload(fetchGuard(verifier, main))] }
  const { deploy, watch, upload, health } = DeployService.method

  return (router) =>
    router
      .rpc(
        deploy,
        (_call, context) => {
          const { repository, commit } = getWorkload(requestOf(context), main)
          return { repository, commit: commit ?? '' }
        },
        guarded,
      )
      .rpc(
        watch,
        async function* () {
          yield { line: 'building' }
          yield { line: 'deployed' }
        },
        guarded,
      )
      .rpc(
        upload,
        async (calls) => {
          let files = 0
          for await (const _ of calls) files++
          return { files }
        },
        guarded,
      )
      .rpc(health, () => ({}))
}
