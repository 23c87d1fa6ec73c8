/** The workload identity: the vocabulary every provider's claims are told in. Types only. */

/** Verified facts that every identity has. */
export interface VerifiedFields {
  /** `iss`, exactly as issued. */
  readonly issuer: string
  /** `sub`, exactly as issued; its format is the provider's. */
  readonly subject: string
  /** The configured audience that the token's `aud` matched. */
  readonly audience: string
  /** `iat`, in seconds since 1970. */
  readonly issuedAt: number
  /** `exp`, in seconds since 1970. */
  readonly expiresAt: number
}

/** Facts that have one name for all providers; `undefined` where the provider does not say. */
export interface CommonFields {
  /** Unique id of the token. */
  readonly tokenId: string | undefined
  /** Name of the account, group or organization: mutable, and free for others once given up. */
  readonly owner: string | undefined
  /** Immutable id of the owner, unique per issuer. */
  readonly ownerId: string | undefined
  /** Issuer and `ownerId` in one text, for databases: ids are unique per issuer only. */
  readonly ownerKey: string | undefined
  /** Name of the repository with its owner, as the provider spells it: mutable. */
  readonly repository: string | undefined
  /** Immutable id of the repository, unique per issuer. */
  readonly repositoryId: string | undefined
  /** Issuer and `repositoryId` in one text, for databases. */
  readonly repositoryKey: string | undefined
  /** Name of the CI project, where that is something else than the repository. */
  readonly project: string | undefined
  /** Immutable id of the CI project. */
  readonly projectId: string | undefined
  /** Name of the pipeline's definition. */
  readonly pipeline: string | undefined
  /** Immutable id of the pipeline's definition. */
  readonly pipelineId: string | undefined
  /** Full ref the run is of: `refs/heads/…`, `refs/tags/…`. */
  readonly ref: string | undefined
  /** Branch, there only when the run is provably of a branch of this repository, and not of a pull request, fork or merge queue. */
  readonly branch: string | undefined
  /** Tag, there only for runs of a tag. */
  readonly tag: string | undefined
  /** Whether the ref is protected. */
  readonly refProtected: boolean | undefined
  /** Commit the run is of. */
  readonly commit: string | undefined
  /** Number of the pull request the run is of. */
  readonly pullRequest: string | undefined
  /** Base branch of a merge-queue run. */
  readonly mergeQueue: string | undefined
  /** Deployment environment the job names. */
  readonly environment: string | undefined
  /** Whether that environment is protected. */
  readonly environmentProtected: boolean | undefined
  /** What triggered the run. */
  readonly event: string | undefined
  /** File that defines the run, with its ref. */
  readonly workflow: string | undefined
  /** File that defines the job, with its ref. */
  readonly jobWorkflow: string | undefined
  readonly runId: string | undefined
  readonly runAttempt: string | undefined
  /** Web page of the run. */
  readonly runUrl: string | undefined
  readonly jobId: string | undefined
  /** Login of whoever started the run: to show, not to authorize by. */
  readonly actor: string | undefined
  readonly actorId: string | undefined
  readonly runner: 'hosted' | 'self-hosted' | undefined
}

/** The names of the common fields; a table may fill these, and add fields under other names. */
export const commonFields: readonly (keyof CommonFields)[] = [
  ...(['tokenId', 'owner', 'ownerId', 'ownerKey', 'repository', 'repositoryId', 'repositoryKey', 'project'] as const),
  ...([
    'projectId',
    'pipeline',
    'pipelineId',
    'ref',
    'branch',
    'tag',
    'refProtected',
    'commit',
    'pullRequest',
  ] as const),
  ...(['mergeQueue', 'environment', 'environmentProtected', 'event', 'workflow', 'jobWorkflow', 'runId'] as const),
  ...(['runAttempt', 'runUrl', 'jobId', 'actor', 'actorId', 'runner'] as const),
]

/** Fields that can be read but are no rule keys: derived ones, times, the token's own coordinates, people. */
export type ReadOnlyField =
  | keyof Omit<VerifiedFields, 'subject'>
  | 'provider'
  | 'claims'
  | 'tokenId'
  | 'ownerKey'
  | 'repositoryKey'
  | 'runUrl'
  | 'actor'
  | 'actorId'

/** The same as values. */
export const readOnlyFields: ReadonlySet<string> = new Set<ReadOnlyField>([
  ...(['issuer', 'audience', 'issuedAt', 'expiresAt', 'provider', 'claims', 'tokenId'] as const),
  ...(['ownerKey', 'repositoryKey', 'runUrl', 'actor', 'actorId'] as const),
])

/** Fields of the common vocabulary that have these values and no others. */
export const fieldValues: Readonly<Record<string, readonly string[]>> = { runner: ['hosted', 'self-hosted'] }

/** What every workload has, whatever its provider: the bound of the type parameter everything public hangs on. */
export interface AnyWorkload extends VerifiedFields, CommonFields {
  readonly provider: string
  readonly claims: object
}
