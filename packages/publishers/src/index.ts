/**
 * Trusted publishing: which repositories may publish which projects, as rows of your database.
 *
 * @module
 */

export { publisherApi } from './http/api.ts'
export type { Manager, PublisherEndpointOptions } from './http/mount.ts'
export { publisherPage } from './http/page.ts'
export type { PublisherPageOptions } from './http/page.ts'
export { importPublishers } from './import/import-publishers.ts'
export type {
  ImportedFinding,
  ImportedPublishers,
  ImportPublishersOptions,
  RulesDocument,
} from './import/import-publishers.ts'
export type {
  JobConditions,
  Managed,
  NewPendingPublisher,
  NewPublisher,
  ProjectClaim,
  Publisher,
  PublisherChange,
  Repository,
  Transfer,
} from './model/publisher.ts'
export { InvalidPublisher, TooManyPublishers } from './model/invalid-publisher.ts'
export type { PublisherFault } from './model/invalid-publisher.ts'
export type { FailedCheck, PublisherRecord, SeenJob } from './model/record.ts'
export { StoreUnavailable } from './model/store-unavailable.ts'
export type { Caller, PublisherRow, PublisherStore, ShownChange } from './model/store.ts'
export type { ClaimProject } from './sql/bind-publisher.ts'
export type { PoolLike, Queryable, SqlClient, SqlSession, TransactionalLike } from './sql/client.ts'
export { sqlDatabase } from './sql/database.ts'
export type { SqlDatabase, SqlDatabaseOptions } from './sql/database.ts'
export { postgresPublishers } from './sql/postgres-publishers.ts'
export type { PostgresPublishersOptions } from './sql/postgres-publishers.ts'
export type { GrantRequest, PublisherGrant, ScopedGrant } from './trust/grants.ts'
export { createPublishers } from './trust/publishers.ts'
export type { OwnerClaim, PublisherIssuer, Publishers, PublishersOptions } from './trust/publishers.ts'
export type { PublisherData, PublisherRule } from './trust/rules.ts'
