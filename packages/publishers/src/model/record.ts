/** Records of uses and refusals. Types only. */

/** Fields of a job that are known from its verified token: to show, not to trust. */
export type SeenJob = {
  readonly [
    Field in
      'repository' | 'repositoryId' | 'ownerId' | 'ref' | 'event' | 'workflowFile' | 'environment' | 'actor' | 'runUrl'
  ]?: string
}

/** A check that failed, of the publisher that was nearest to the job. */
export interface FailedCheck {
  /** The field, such as `environment` or `ownerId`. */
  readonly field: string
  /** What the publisher requires, as text of at most 200 characters. */
  readonly expected: string
  /** What the job has, as text of at most 200 characters; `undefined` if it has nothing. */
  readonly actual: string | undefined
  /** What went wrong, where it is a known mistake. */
  readonly hint?: string
}

/**
 * A job that published a project, or that was refused although it is of a publisher's repository.
 */
export interface PublisherRecord {
  /** The project. */
  readonly project: string
  /**
   * The account of a publisher that was pending: others may wait for the same project, and do not
   * see it. `undefined` for other publishers, whose records all who manage the project see.
   */
  readonly pendingOf: string | undefined
  /** Id of the publisher that admitted the job, or that was nearest to it. */
  readonly publisher: string
  /** What happened. */
  readonly outcome: 'used' | 'refused'
  /** When it happened. */
  readonly at: Date
  /** The run of the job, unique among all issuers. A run has one record per outcome. */
  readonly run: string
  /** The job. */
  readonly job: SeenJob
  /** Why the job was refused; empty for a use. */
  readonly failed: readonly FailedCheck[]
}
