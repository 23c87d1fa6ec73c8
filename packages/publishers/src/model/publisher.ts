/** Trusted publishers, as rows: which repositories may publish a project. Types only. */

/** A repository at a CI system, by immutable ids. Ids repeat between issuers. */
export interface Repository {
  /** The issuer of the CI system, as in `iss`. */
  readonly issuer: string
  /** Immutable id of the owner of the repository. */
  readonly ownerId: string
  /** Immutable id of the repository. */
  readonly repositoryId: string
}

/** Conditions on the job, in addition to its repository. */
export interface JobConditions {
  /**
   * Path of the file that defines the run, such as `.github/workflows/release.yml`. Default: every
   * file.
   */
  readonly workflowFile?: string
  /**
   * The environment that the job names. Where the CI system says whether environments are
   * protected, as GitLab does, only a protected one is accepted. Default: jobs with and without an
   * environment.
   */
  readonly environment?: string
}

/** A project, and the account that manages it. */
export interface Managed {
  /** The project that publishers publish, as your service names it. */
  readonly project: string
  /**
   * The account that owns the project, or that will own it: a user or an organization of your
   * service, not the person who is signed in.
   */
  readonly account: string
}

/** An account that wants a project. */
export interface ProjectClaim extends Managed {
  /**
   * `'added'`: a publisher with a repository id is being added. `'published'`: the first job of a
   * pending publisher publishes.
   */
  readonly when: 'added' | 'published'
}

/** A publisher to add, with the ids of its repository. */
export interface NewPublisher extends Managed, Repository, JobConditions {
  /** Name of the repository with its owner, to show until a job says it. Default: none. */
  readonly repository?: string
}

/** A pending publisher to add: its repository need not exist yet, so it has no id. */
export interface NewPendingPublisher extends Managed, Omit<Repository, 'repositoryId'>, JobConditions {
  /** Name of the repository with its owner, such as `acme/shop`. Letter case does not matter. */
  readonly repository: string
}

/** An owner that a repository was transferred to. */
export interface Transfer {
  /** Immutable id of the new owner. */
  readonly ownerId: string
  /** Name of the new owner: to show, not to trust. */
  readonly owner: string | undefined
}

/** A publisher as it is stored. */
export interface Publisher extends Managed, Omit<Repository, 'repositoryId'>, JobConditions {
  /** Unique id: a UUID. A pending publisher that is added again gets another one. */
  readonly id: string
  /** The id of the provider, such as `'gitlab'`. */
  readonly provider: string
  /** Immutable id of the repository; `undefined` while the publisher is pending. */
  readonly repositoryId: string | undefined
  /**
   * Name of the repository with its owner: to show, not to trust. It is from the last job that
   * published. For a pending publisher, it is the name that its first job must have.
   */
  readonly repository: string | undefined
  /** When it was added. */
  readonly createdAt: Date
  /** When a pending publisher ends; `undefined` for others. */
  readonly expiresAt: Date | undefined
  /** The time of the first call of the last run that published; `undefined` before the first. */
  readonly lastUsedAt: Date | undefined
  /** The new owner of a repository that was transferred; `undefined` for others. */
  readonly transfer: Transfer | undefined
}

/** What was done to a publisher. */
export interface PublisherChange {
  /**
   * `'bound'`: a pending publisher got its repository. `'void'`: it ended, since its account does
   * not get the project.
   */
  readonly action: 'added' | 'accepted' | 'bound' | 'removed' | 'void'
  /** The account that did it, or whose job did. */
  readonly by: string
  /** When it was done. */
  readonly at: Date
  /** The publisher after the change; before it, if it was removed. */
  readonly publisher: Publisher
}
