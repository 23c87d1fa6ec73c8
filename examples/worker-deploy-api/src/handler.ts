/** A deploy API on Cloudflare Workers, without a framework. */

import type { IssuerProvider, Workloads } from '@jobpass/core'
import * as ci from '@jobpass/core'
import { createVerifier, fetchGuard } from '@jobpass/core'
import { keysInCache } from './keys-in-cache.ts'

/** Makes the handler of requests, once for each isolate. */
export function createHandler({ githubActions }: { githubActions: IssuerProvider<Workloads['github-actions']> } = ci): (
  request: Request,
) => Promise<Response> {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    keySnapshot: keysInCache,
  })
  const mayDeploy = fetchGuard(verifier, githubActions({ repository: 'acme/shop', branch: 'main' }))

  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/healthz') return new Response('ok')
    if (request.method !== 'POST' || pathname !== '/deploy') return new Response('Not Found', { status: 404 })
    const auth = await mayDeploy(request)
    if (!('workload' in auth)) return auth
    const { repository, commit, actor } = auth.workload
    return Response.json({ deployed: commit, repository, by: actor })
  }
}
