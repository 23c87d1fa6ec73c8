/** The registry of trusted publishers: what your service mounts. */

import type { AnyWorkload, Clock, ProviderLike, TrustRule } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import { InvalidPublisher } from '../model/invalid-publisher.ts'
import type {
  Managed,
  NewPendingPublisher,
  NewPublisher,
  Publisher,
  PublisherChange,
  Repository,
} from '../model/publisher.ts'
import type { PublisherRecord } from '../model/record.ts'
import type { PublisherStore } from '../model/store.ts'
import { findCallers } from './callers.ts'
import type { Deps } from './deps.ts'
import type { GrantRequest, PublisherGrant, ScopedGrant } from './grants.ts'
import { findGrants } from './grants.ts'
import { findRules } from './guard.ts'
import { readPublisher } from './read-publisher.ts'
import type { PublisherRule } from './rules.ts'
import { readProviders } from './trusted-providers.ts'

/** The options of `createPublishers`. */
export interface PublishersOptions {
  /** Where publishers are kept, such as `postgresPublishers(…)`. */
  readonly store: PublisherStore
  /**
   * The CI systems to trust, each with one issuer: `githubActions`, `gitlab`,
   * `gitlab.at('https://gitlab.acme.dev')`, `forgejoActions.at('…')`.
   */
  readonly providers: readonly ProviderLike[]
  /**
   * Whether an account controls the owner of a repository, by what your service knows of it, such
   * as a sign-in at the CI system. Publishers of other owners are refused. Default: not asked, so
   * that an account may name the repositories of others.
   */
  readonly controlsOwner?: (claim: OwnerClaim) => boolean | Promise<boolean>
  /** Time. Default: that of the system. */
  readonly clock?: Pick<Clock, 'now'>
}

/** An account that names a repository of an owner, for a project. */
export type OwnerClaim = Managed & Pick<Repository, 'issuer' | 'ownerId'>

/** A CI system that publishers may be of. */
export interface PublisherIssuer {
  /** Its issuer, as in `iss`. */
  readonly issuer: string
  /** The id of its provider, such as `'gitlab'`. */
  readonly provider: string
  /** Its name for people, such as `GitLab CI`. */
  readonly title: string
}

/** A registry of trusted publishers. */
export interface Publishers {
  /** The CI systems that publishers may be of. */
  readonly issuers: readonly PublisherIssuer[]
  /**
   * Adds a publisher, and claims its project for the account. If one exists with the same project,
   * repository and conditions, it gets the new owner id. Rejects with `InvalidPublisher` for a
   * publisher that no job would match or whose project the account may not have, with
   * `TooManyPublishers` beyond a limit of the store, and with `StoreUnavailable`.
   */
  add(publisher: NewPublisher): Promise<Publisher>
  /**
   * Adds a pending publisher for 30 days: its first job binds the id of the repository, and claims
   * the project for the account. Adding it again renews it, with its new conditions. Rejects as
   * `add` does.
   */
  addPending(pending: NewPendingPublisher): Promise<Publisher>
  /** The publishers of a project, without the pending ones of other accounts; the oldest first. */
  list(managed: Managed): Promise<readonly Publisher[]>
  /** Removes a publisher, at once for all tokens. Whether it existed. */
  remove(publisher: Managed & Pick<Publisher, 'id'>): Promise<boolean>
  /**
   * Removes all publishers and records of a project, pending ones of other accounts included. For
   * when you delete the project: who gets its name later must not get its publishers.
   */
  removeProject(project: string): Promise<void>
  /**
   * Accepts the owner that the repository of a publisher was transferred to: the one that `list`
   * shows as its `transfer`. Whether there is such a transfer.
   */
  acceptTransfer(publisher: Managed & Pick<Publisher, 'id' | 'ownerId'>): Promise<boolean>
  /**
   * The last 50 uses or refusals of a project, the latest first. A refusal is recorded if the job
   * is of the repository of a publisher, or has its name and owner.
   */
  records(managed: Managed, outcome: PublisherRecord['outcome']): Promise<readonly PublisherRecord[]>
  /** What was done to the publishers of a project: the last 50 changes, the latest first. */
  changes(managed: Managed): Promise<readonly PublisherChange[]>
  /**
   * Finds the rules of the caller's repository, for `provider.lookup(publishers.callers)` in
   * `trust`: who may ask at all. Grants and guards decide for what.
   */
  readonly callers: <W extends AnyWorkload>(workload: W) => Promise<readonly TrustRule<W>[]>
  /**
   * Makes the function `grants` of `createExchange()`. `grantOf` returns the scopes and the
   * audience of tokens for a project, and any other member of a grant except its name and rule.
   * `projectOf` returns the project of a requested scope, or `undefined`. A request is looked up
   * for 20 projects.
   */
  grants<G extends ScopedGrant>(
    grantOf: (project: string) => G,
    projectOf: (scope: string) => string | undefined,
  ): (workload: AnyWorkload, request: GrantRequest) => Promise<readonly (G & PublisherGrant)[]>
  /**
   * Makes the function that finds the rules of a route, for `requireWorkload()`. `projectOf` reads
   * the project that a request asks for. `wrap` changes a rule, such as by `viaExchange()`.
   * Default: the rule as it is, for CI tokens.
   */
  guard<Q, R extends TrustRule<AnyWorkload> = PublisherRule>(
    projectOf: (request: Q) => string,
    wrap?: (rule: PublisherRule, project: string) => R,
  ): (workload: AnyWorkload, request: Q) => Promise<readonly R[] | undefined>
}

/** How long a pending publisher lasts: milliseconds. */
const month = 30 * 24 * 60 * 60 * 1000

/**
 * Makes a registry of trusted publishers: which repositories may publish which projects.
 *
 * @throws {TypeError} without a store, and for a provider that publishers cannot be of.
 * @example
 * ```ts
 * const database = sqlDatabase(new pg.Pool())
 * const store = await postgresPublishers(database, { claimProject: async () => true })
 * const publishers = createPublishers({ store, providers: [githubActions, gitlab] })
 * app.use(
 *   workloadAuth({
 *     audience: 'https://packages.example',
 *     trust: [githubActions.lookup(publishers.callers), gitlab.lookup(publishers.callers)],
 *   }),
 * )
 * const publisher = requireWorkload(publishers.guard((req) => String(req.params['project'])))
 * app.put('/projects/:project/files/:name', publisher, handler)
 * ```
 */
export function createPublishers(options: PublishersOptions): Publishers {
  const given = readOptions<PublishersOptions>('createPublishers()', options, {
    store: true,
    providers: true,
    controlsOwner: true,
    clock: true,
  })
  const { store, controlsOwner = () => true, clock = Date } = given
  if (typeof store?.find !== 'function')
    throw new TypeError('createPublishers() needs a store, such as await postgresPublishers(database, { … })')
  if (typeof controlsOwner !== 'function')
    throw new TypeError('createPublishers(): controlsOwner is ({ account, issuer, ownerId }) => whether it controls it')
  const providers = readProviders(given.providers)
  const deps: Deps = { store, providers, now: () => new Date(clock.now()) }
  const owned = async <T extends OwnerClaim>(row: T): Promise<T> => {
    const { project, account, issuer, ownerId } = row
    const answer: unknown = await controlsOwner({ project, account, issuer, ownerId })
    if (answer === true) return row
    throw new InvalidPublisher([{ field: 'ownerId', message: 'is not of an owner that this account controls' }])
  }
  return Object.freeze({
    issuers: [...providers.values()].map(({ issuer, id, title }) => ({ issuer, provider: id, title })),
    add: async (publisher) => {
      const row = await owned(readPublisher(publisher, 'repositoryId', providers))
      return added(await store.add({ ...row, createdAt: deps.now(), expiresAt: undefined }))
    },
    addPending: async (pending) => {
      const row = await owned(readPublisher(pending, 'repository', providers))
      return added(await store.add({ ...row, createdAt: deps.now(), expiresAt: new Date(clock.now() + month) }))
    },
    list: (managed) => store.list(managed),
    remove: (publisher) => store.remove(publisher, deps.now()),
    removeProject: (project) => store.removeProject(project, deps.now()),
    acceptTransfer: (publisher) => store.acceptTransfer(publisher, deps.now()),
    records: (managed, outcome) => store.records(managed, outcome),
    changes: (managed) => store.changes(managed),
    // Each rule is for the issuer of the caller, and so for its provider.
    callers: async <W extends AnyWorkload>(workload: W) =>
      (await findCallers(workload, deps)) as readonly TrustRule<W>[],
    grants: (grantOf, projectOf) => (workload, request) => findGrants(workload, request, grantOf, projectOf, deps),
    guard:
      <Q, R extends TrustRule<AnyWorkload>>(
        projectOf: (request: Q) => string,
        wrap: (rule: PublisherRule, project: string) => R = (rule) => rule as unknown as R,
      ) =>
      (workload: AnyWorkload, request: Q) =>
        findRules(projectOf(request), workload, wrap, deps),
  } satisfies Publishers)
}

function added(publisher: Publisher | undefined): Publisher {
  if (publisher === undefined) throw new InvalidPublisher([{ field: 'project', message: 'is not of this account' }])
  return publisher
}
