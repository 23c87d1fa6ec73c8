/** The contract of a store of publishers, whatever its database. Types only. */

import type { Managed, Publisher } from './publisher.ts'
import type { PublisherRecord } from './record.ts'

/** A job that asks, by its verified ids and the name of its repository. */
export interface Caller {
  /** The issuer of its token. */
  readonly issuer: string
  /** Id of the owner of its repository. */
  readonly ownerId: string
  /** Id of its repository. */
  readonly repositoryId: string
  /** Name of its repository with its owner. */
  readonly repository: string
}

/** A publisher to store. */
export type PublisherRow = Omit<Publisher, 'id' | 'lastUsedAt' | 'transfer'>

/** What a record changes in its publisher. Members that are left out stay as they are. */
export type ShownChange = Partial<Pick<Publisher, 'repository' | 'lastUsedAt' | 'transfer'>>

/**
 * Keeps publishers and records. Every method rejects with `StoreUnavailable` while the database is
 * unreachable. `postgresPublishers` makes one for PostgreSQL and PGlite.
 */
export interface PublisherStore {
  /**
   * The publishers of a caller: those with its issuer and repository id, and those with its issuer,
   * owner id and repository name, in any letter case (ASCII). With `project`, of this project only.
   * One query, by an index.
   */
  find(caller: Caller, project?: string): Promise<readonly Publisher[]>
  /** All publishers of a project, the oldest first. */
  list(project: string): Promise<readonly Publisher[]>
  /**
   * Adds a publisher, if its account may have the project; else `undefined`. A pending one is added
   * in any case, since its first job claims the project. If a bound one exists with the same
   * project, issuer, repository id and conditions, it gets the new owner and name, and no transfer.
   * Of pending publishers, one exists for each project, account, issuer, owner id and repository
   * name; adding it again replaces it, with another id. Those that ended more than 30 days ago may
   * be dropped.
   */
  add(row: PublisherRow): Promise<Publisher | undefined>
  /** Removes a publisher of a project; a pending one only for its account. Whether it existed. */
  remove(which: Pick<Publisher, 'id' | 'project' | 'account'>): Promise<boolean>
  /** Removes all publishers and records of a project. */
  removeProject(project: string): Promise<void>
  /**
   * Sets the owner of a publisher of a project whose transfer is to this owner, and clears the
   * transfer. Whether it existed.
   */
  acceptTransfer(which: Pick<Publisher, 'id' | 'project' | 'ownerId'>): Promise<boolean>
  /**
   * Binds a pending publisher to a repository, in one transaction: if it still exists and has not
   * expired at `now`, and the account may have the project, it gets the repository id. All pending
   * publishers of other accounts for the project are then removed. Of several concurrent calls, one
   * binds.
   */
  bind(pending: Publisher, repositoryId: string, now: Date): Promise<void>
  /**
   * Adds a record, and changes its publisher in the same transaction. A use changes nothing if its
   * run has a use by this publisher already. A refusal replaces the one of the same run and
   * publisher. The store keeps the last 50 records of a project and `pendingOf` for each outcome.
   */
  record(record: PublisherRecord, change: ShownChange): Promise<void>
  /**
   * The records of a project with an outcome that the account may see, the latest first; at most
   * 50.
   */
  records(managed: Managed, outcome: PublisherRecord['outcome']): Promise<readonly PublisherRecord[]>
}
