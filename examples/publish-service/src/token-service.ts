/** The token endpoint of the registry: who may exchange a CI token, and the trust that its own API has in what is issued. */

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

/** The API: what the registry's own tokens are for. */
export const api = 'https://packages.example'
/** Who issues them, and the audience of the CI tokens that are taken for them: two names, so that neither token passes for the other. */
export const issuer = 'https://packages.example/auth'

interface TokenServiceOptions {
  readonly publishers: Publishers
  /** What the registry's tokens are signed with. Default: a key of this process. */
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
  /** Takes the tokens of the exchange, and no others. */
  readonly verifier: Verifier<Caller>
  readonly callers: TrustRule<Caller>
  readonly ruleOf: RuleOf
}

export async function createTokenService(options: TokenServiceOptions): Promise<TokenService> {
  const { publishers, keys, github = githubActions, gitlab: gitlabJobs = gitlab, clock } = options
  const timed = clock && { clock }
  const providers = [github, gitlabJobs]
  const ruleOf = ruleReader(providers)
  // One store for both verifiers: what is revoked at the exchange is refused by the API. Several processes share one in Redis.
  const replay = { store: memoryReplayStore(timed) }

  // Owners with a publisher here, and nobody else, may ask for a token. The caller says which row to look for; the row says what is allowed.
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
    // Several processes on a PostgreSQL server need a store in Redis and keys, and no such line.
    singleProcess: true,
  })
  const callers = serviceTokens(issuer, { origin: providers, fetch: exchange.fetch, revocable: true })
  return { exchange, verifier: createVerifier({ audience: api, trust: callers, replay, ...timed }), callers, ruleOf }
}
