/** The workload identity: the common vocabulary for the claims of all providers. Types only. */

/** Verified facts that every identity has. */
export interface VerifiedFields {
  /** `iss`, exactly as issued. */
  readonly issuer: string
  /** `sub`, exactly as issued; its format depends on the provider. */
  readonly subject: string
  /** The configured audience that was in the token's `aud`. */
  readonly audience: string
  /** `iat`: seconds since 1970. */
  readonly issuedAt: number
  /** `exp`: seconds since 1970. */
  readonly expiresAt: number
}

/**
 * Fields that have the same name for all providers; `undefined` where the provider does not state
 * them.
 */
export interface CommonFields {
  /** Unique id of the token. */
  readonly tokenId: string | undefined
  /**
   * Name of the account, group or organization: mutable, and free for others once it was given up.
   */
  readonly owner: string | undefined
  /** Immutable id of the owner, unique per issuer. */
  readonly ownerId: string | undefined
  /** Issuer and `ownerId` in one text, as a database key: ids are unique per issuer only. */
  readonly ownerKey: string | undefined
  /** Name of the repository with its owner, as the provider spells it: mutable. */
  readonly repository: string | undefined
  /** Immutable id of the repository, unique per issuer. */
  readonly repositoryId: string | undefined
  /** Issuer and `repositoryId` in one text, as a database key. */
  readonly repositoryKey: string | undefined
  /** Name of the CI project, where it is not the repository. */
  readonly project: string | undefined
  /** Immutable id of the CI project. */
  readonly projectId: string | undefined
  /** Name of the pipeline definition. */
  readonly pipeline: string | undefined
  /** Immutable id of the pipeline definition. */
  readonly pipelineId: string | undefined
  /** Full ref of the run: `refs/heads/…`, `refs/tags/…`. */
  readonly ref: string | undefined
  /**
   * Branch: present only when the run is provably of a branch of this repository, not of a pull
   * request, fork or merge queue.
   */
  readonly branch: string | undefined
  /** Tag: present only for runs of a tag. */
  readonly tag: string | undefined
  /** Whether the ref is protected. */
  readonly refProtected: boolean | undefined
  /** Commit of the run. */
  readonly commit: string | undefined
  /** Number of the pull request of the run. */
  readonly pullRequest: string | undefined
  /** Base branch of a merge-queue run. */
  readonly mergeQueue: string | undefined
  /** Deployment environment that the job names. */
  readonly environment: string | undefined
  /** Whether that environment is protected. */
  readonly environmentProtected: boolean | undefined
  /** What triggered the run. */
  readonly event: string | undefined
  /** File that defines the run, with its ref. */
  readonly workflow: string | undefined
  /** File that defines the job, with its ref. */
  readonly jobWorkflow: string | undefined
  /**
   * Path of the file that defines the run: present only when it is of the calling repository, at
   * the run's own ref or commit.
   */
  readonly workflowFile: string | undefined
  /**
   * Path of the file that defines the job: as `workflowFile`, or after its repository for a
   * reusable workflow, `acme/ci-kit/.github/workflows/release.yml`, which is on a branch or tag
   * there.
   */
  readonly jobWorkflowFile: string | undefined
  /** Id of the run. */
  readonly runId: string | undefined
  /** Number of the attempt of the run, as text. */
  readonly runAttempt: string | undefined
  /** Web page of the run. */
  readonly runUrl: string | undefined
  /** Id of the job. */
  readonly jobId: string | undefined
  /** Login of the person who started the run: to show, not to authorize by. */
  readonly actor: string | undefined
  /** Id of that person: to show, not to authorize by. */
  readonly actorId: string | undefined
  /** Whether the platform hosts the runner. */
  readonly runner: 'hosted' | 'self-hosted' | undefined
}

/** The names of the common fields. A table may fill these, and add fields under other names. */
export const commonFields: readonly (keyof CommonFields)[] = [
  'tokenId',
  'owner',
  'ownerId',
  'ownerKey',
  'repository',
  'repositoryId',
  'repositoryKey',
  'project',
  'projectId',
  'pipeline',
  'pipelineId',
  'ref',
  'branch',
  'tag',
  'refProtected',
  'commit',
  'pullRequest',
  'mergeQueue',
  'environment',
  'environmentProtected',
  'event',
  'workflow',
  'jobWorkflow',
  'workflowFile',
  'jobWorkflowFile',
  'runId',
  'runAttempt',
  'runUrl',
  'jobId',
  'actor',
  'actorId',
  'runner',
]

/**
 * Fields that can be read but are not rule keys: derived fields, times, the token's own ids,
 * people.
 */
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

/** The same names as values. */
export const readOnlyFields: ReadonlySet<string> = new Set<ReadOnlyField>([
  'issuer',
  'audience',
  'issuedAt',
  'expiresAt',
  'provider',
  'claims',
  'tokenId',
  'ownerKey',
  'repositoryKey',
  'runUrl',
  'actor',
  'actorId',
])

/** The common fields that have a closed list of values. */
export const fieldValues: Readonly<Record<string, readonly string[]>> = { runner: ['hosted', 'self-hosted'] }

/** The fields of every workload, whatever its provider. */
export interface AnyWorkload extends VerifiedFields, CommonFields {
  /** The id of the provider, such as `'gitlab'`. */
  readonly provider: string
  /** The raw claims, as issued. */
  readonly claims: object
}
