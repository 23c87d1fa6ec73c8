/**
 * The token endpoint of the registry: which jobs may exchange a CI token, and the trust of its API
 * in the issued tokens.
 */

import type { Workloads } from '@jobpass/express'
import { serviceTokens } from '@jobpass/exchange'
import type { ServiceWorkload } from '@jobpass/exchange'
import type { Exchange, IssuingKey } from '@jobpass/exchange'
import { createExchange } from '@jobpass/exchange'
import type { AnyWorkload, Clock, IssuerProvider, ProviderLike, TrustRule, Verifier } from '@jobpass/express'
import { createVerifier, githubActions, gitlab, memoryReplayStore, parseRule } from '@jobpass/express'
import type { RuleOf } from './grants.ts'
import { grantFinder, ruleReader } from './grants.ts'
import type { Owner, Publishers } from './publishers.ts'

/** The API, which is the audience of the registry's tokens. */
export const api = 'https://packages.example'
/**
 * Issuer of these tokens, and audience of CI tokens for the exchange. The two names differ, so that
 * neither token passes for the other.
 */
export const issuer = 'https://packages.example/auth'

interface TokenServiceOptions {
  readonly publishers: Publishers
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
  readonly exchange: Exchange
  /** Accepts only tokens of the exchange. */
  readonly verifier: Verifier<Caller>
  readonly callers: TrustRule<Caller>
  readonly ruleOf: RuleOf
}

export async function createTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { publishers, keys, github = githubActions, gitlab: gitlabJobs = gitlab, clock } = options
  const timed = clock && { clock }
  const providers = [github, gitlabJobs]
  const ruleOf = ruleReader(providers)
  // One store for both verifiers: the API refuses what the exchange revokes. Several processes
  // share a store in Redis.
  const replay = { store: memoryReplayStore(timed) }

  // Only owners with a publisher may request a token. The caller selects the row; the row decides
  // what is allowed.
  const owner = ({ issuer, ownerId }: AnyWorkload) => publishers.owner(issuer, ownerId)
  const rule = <P extends ProviderLike>(row: Owner | undefined, provider: P) => row && parseRule(row, [provider])
  const exchange = await createExchange({
    issuer,
    verifier: createVerifier({
      audience: issuer,
      trust: [
        github.lookup(async (workload) => rule(await owner(workload), github)),
        gitlabJobs.lookup(async (workload) => rule(await owner(workload), gitlabJobs)),
      ],
      replay,
      ...timed,
    }),
    grants: grantFinder(publishers, ruleOf, api),
    ...(keys && { keys }),
    // Several processes on a PostgreSQL server need a store in Redis and configured keys instead.
    singleProcess: true,
  })
  const callers = serviceTokens(issuer, { jobs: providers, fetch: exchange.fetch, revocable: true })
  return { exchange, verifier: createVerifier({ audience: api, trust: callers, replay, ...timed }), callers, ruleOf }
}
