/** The contract of a store of publishers, whatever its database. Types only. */

import type { Managed, Publisher, PublisherChange, Repository } from './publisher.ts'
import type { PublisherRecord } from './record.ts'

/** A job that asks, by its verified ids and the name of its repository. */
export interface Caller extends Repository {
  /** Name of its repository with its owner. */
  readonly repository: string
}

/** A publisher to store. */
export type PublisherRow = Omit<Publisher, 'id' | 'lastUsedAt' | 'transfer'>

/** What a record changes in its publisher. Members that are left out stay as they are. */
export type ShownChange = Partial<Pick<Publisher, 'repository' | 'lastUsedAt' | 'transfer'>>

/**
 * Keeps publishers and records; `postgresPublishers` makes one for PostgreSQL and PGlite. Every
 * method settles in some seconds, and rejects with `StoreUnavailable` while the database is
 * unreachable. A change that rejected is not made later. A text that the database cannot store,
 * with NUL or half of a character, is of no row.
 */
export interface PublisherStore {
  /**
   * The publishers of a caller in some projects: those with its issuer and repository id, and those
   * with its issuer, owner id and repository name, in any letter case (ASCII). Bound ones come
   * first, then the oldest. Without `projects`, enough of all projects: one with its owner and
   * repository id, and the pending ones that end last, if there are such. One query, whose cost
   * does not grow with publishers of other projects.
   */
  find(caller: Caller, projects?: readonly string[]): Promise<readonly Publisher[]>
  /** The publishers of a project, without the pending ones of other accounts; the oldest first. */
  list(managed: Managed): Promise<readonly Publisher[]>
  /**
   * Adds a publisher, if its account may have the project; else `undefined`. A pending one is added
   * in any case, since its first job claims the project. If a bound one exists with the same
   * project, issuer, repository id and conditions, it gets the new owner and name, and no transfer.
   * Of pending publishers, one exists for each project, account, issuer, owner id and repository
   * name; adding it again replaces it, with another id. Those that ended more than 30 days ago may
   * be dropped. Rejects with `TooManyPublishers` beyond a limit of the store.
   */
  add(row: PublisherRow): Promise<Publisher | undefined>
  /** Removes a publisher of a project; a pending one only for its account. Whether it existed. */
  remove(which: Pick<Publisher, 'id' | keyof Managed>, now: Date): Promise<boolean>
  /** Removes all publishers and records of a project, and shows no earlier change any more. */
  removeProject(project: string, now: Date): Promise<void>
  /**
   * Sets the owner of a publisher of a project whose transfer is to this owner, and clears the
   * transfer. Whether it existed.
   */
  acceptTransfer(which: Pick<Publisher, 'id' | 'ownerId' | keyof Managed>, now: Date): Promise<boolean>
  /**
   * Binds a pending publisher to a repository, in one transaction: if it still exists and has not
   * expired at `now`, no pending publisher of another account names its repository for the project,
   * even one that ended, and the account may have the project, it gets the repository id. All
   * pending publishers of other accounts for the project then end; so does this one if its account
   * may not have the project. Of several concurrent calls, one binds.
   */
  bind(pending: Publisher, repositoryId: string, now: Date): Promise<void>
  /**
   * Adds a record, and changes its publisher in the same transaction. A use changes nothing if its
   * run has a use by this publisher already. A refusal replaces the one of the same run and
   * publisher. The last 50 of a project and `pendingOf` are kept for each outcome.
   */
  record(record: PublisherRecord, change: ShownChange): Promise<void>
  /** The records of a project with an outcome that the account may see, the latest first. */
  records(managed: Managed, outcome: PublisherRecord['outcome']): Promise<readonly PublisherRecord[]>
  /**
   * The last 50 changes of publishers of a project that the account may see, the latest first. All
   * are kept.
   */
  changes(managed: Managed): Promise<readonly PublisherChange[]>
}
