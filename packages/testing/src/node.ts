/**
 * Everything of `@jobpass/testing`, with issuers that can listen, for Node.
 *
 * @module
 */

import type { WorkloadFrom } from '@jobpass/core'
import type { TestIssuerOptions } from './issuer.ts'
import { createTestIssuer as createIssuer } from './issuer.ts'
import { listen } from './server.ts'
import type { MintableProvider } from './test-issuer.ts'
import type { Bindable, BoundOf, ListeningIssuer } from './test-server.ts'

export * from './index.ts'
export type { Misbehaviour } from './misbehaviour.ts'
export type { JobOptions, RunningJob, TokenFault } from './jobs/job.ts'
export type { ListeningIssuer, TestServer } from './test-server.ts'

/**
 * Creates a local issuer as `@jobpass/testing` does, with `listen()` in addition: for tests of a
 * program that fetches keys and tokens over HTTP.
 *
 * @throws {TypeError} for options that are not allowed, as a rejection.
 *
 * @example
 * ```ts
 * const server = await (await createTestIssuer(githubActions)).listen()
 * const trust = server.provider({ ownerId: '1234567' })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust }))
 * ```
 */
export async function createTestIssuer<P extends MintableProvider>(
  provider: P,
  options: TestIssuerOptions = {},
): Promise<ListeningIssuer<WorkloadFrom<P>, BoundOf<P>>> {
  const issuer = await createIssuer(provider, options)
  // Descriptors, since `keys` is a getter.
  const members = Object.getOwnPropertyDescriptors(issuer)
  const listening = { listen: async () => listen(provider as MintableProvider & Bindable<BoundOf<P>>, issuer) }
  return Object.defineProperties(listening, members) as ListeningIssuer<WorkloadFrom<P>, BoundOf<P>>
}
