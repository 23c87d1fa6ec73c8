/**
 * The token endpoint of the registry: which jobs may exchange a CI token, and the trust of its API
 * in the issued tokens.
 */

import type { Workloads } from '@jobpass/express'
import { serviceTokens } from '@jobpass/exchange'
import type { ServiceWorkload } from '@jobpass/exchange'
import type { Exchange, IssuingKey } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import type { Clock, IssuerProvider, TrustRule, Verifier } from '@jobpass/express'
import { createVerifier, githubActions, gitlab, memoryReplayStore } from '@jobpass/express'
import type { PublisherStore, Publishers } from '@jobpass/publishers'
import { createPublishers } from '@jobpass/publishers'

/** The API, which is the audience of the registry's tokens. */
export const api = 'https://packages.example'
/**
 * Issuer of these tokens, and audience of CI tokens for the exchange. The two names differ, so that
 * neither token passes for the other.
 */
export const issuer = 'https://packages.example/auth'

/**
 * Scope of a token that may publish a project. It contains the project: a token for one project
 * does not work for another, even if one repository publishes both.
 */
export const scopeOf = (project: string): string => `publish:${project}`
const projectOf = (scope: string): string | undefined => /^publish:(.+)$/.exec(scope)?.[1]

interface TokenServiceOptions {
  /** Where publishers are kept. */
  readonly store: PublisherStore
  /** Signing keys of the registry's tokens. Default: a key of this process. */
  readonly keys?: readonly IssuingKey[]
  readonly github?: IssuerProvider<Workloads['github-actions']>
  readonly gitlab?: IssuerProvider<Workloads['gitlab']>
  /** Time, for tests. */
  readonly clock?: Clock
}

/** A caller of the API. */
type Caller = ServiceWorkload<Workloads['github-actions'] | Workloads['gitlab']>

export interface TokenService {
  readonly publishers: Publishers
  readonly exchange: Exchange
  /** Accepts only tokens of the exchange. */
  readonly verifier: Verifier<Caller>
  readonly callers: TrustRule<Caller>
}

export async function createTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { store, keys, github = githubActions, gitlab: gitlabJobs = gitlab, clock } = options
  const timed = clock && { clock }
  const providers = [github, gitlabJobs]
  const publishers = createPublishers({ store, providers, ...timed })
  // One store for both verifiers: the API refuses what the exchange revokes. Several processes
  // share a store in Redis.
  const replay = { store: memoryReplayStore(timed) }

  const exchange = await createExchange({
    issuer,
    // Only jobs of a publisher's repository may request a token. The caller selects the rows; the
    // rows decide what is allowed.
    verifier: createVerifier({
      audience: issuer,
      trust: [github.lookup(publishers.callers), gitlabJobs.lookup(publishers.callers)],
      replay,
      ...timed,
    }),
    grants: publishers.grants((project) => ({ scopes: [scopeOf(project)], audience: api }), projectOf),
    ...(keys && { keys }),
    // Several processes on a PostgreSQL server need a store in Redis and configured keys instead.
    singleProcess: true,
  })
  const callers = serviceTokens(issuer, { jobs: providers, fetch: exchange.fetch, revocable: true })
  return {
    publishers,
    exchange,
    verifier: createVerifier({ audience: api, trust: callers, replay, ...timed }),
    callers,
  }
}
