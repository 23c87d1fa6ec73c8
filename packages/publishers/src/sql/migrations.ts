/** Creates the tables, and brings them up to date. */

import type { SqlDatabase } from './database.ts'

const index = (name: string, columns: string): string =>
  `create index jobpass_publishers_${name} on jobpass_publishers ${columns}`

/** The statements of each version. A version that was published never changes. */
const migrations: readonly (readonly string[])[] = [
  [
    // Without a repository_id while it is pending. The key is the name in lower case.
    `create table jobpass_publishers (
  id uuid primary key default gen_random_uuid(),
  project text not null,
  account text not null,
  provider text not null,
  issuer text not null,
  owner_id text not null,
  repository_id text,
  repository text not null default '',
  repository_key text not null default '',
  workflow_file text not null default '',
  environment text not null default '',
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  transfer_owner_id text,
  transfer_owner text)`,
    `create unique index jobpass_publishers_bound on jobpass_publishers
  (project, issuer, repository_id, workflow_file, environment) where repository_id is not null`,
    // One row for one name: if there were two, the second could bind another repository after the
    // first was used up.
    `create unique index jobpass_publishers_pending on jobpass_publishers
  (project, account, issuer, owner_id, repository_key) where repository_id is null`,
    index('expired', '(expires_at) where repository_id is null'),
    index('of_account', '(account, project) where repository_id is null'),
    index('of_project', '(project, issuer, owner_id, repository_key)'),
    index('of_repository', '(issuer, repository_id, owner_id, id)'),
    index('of_name', '(issuer, owner_id, repository_key, expires_at desc nulls last, id)'),
    `create table jobpass_publisher_records (
  project text not null,
  pending_of text not null default '',
  outcome text not null,
  publisher uuid not null,
  run text not null,
  at timestamptz not null,
  job jsonb not null,
  failed jsonb not null,
  primary key (project, outcome, publisher, run))`,
    `create index jobpass_publisher_records_last on jobpass_publisher_records
  (project, outcome, pending_of, at desc)`,
    // Rows are only added. One without an account to show it to ends what is shown of a project.
    `create table jobpass_publisher_changes (
  number bigint generated always as identity primary key,
  of_project text not null,
  pending_of text,
  action text not null,
  by_account text not null,
  at timestamptz not null,
  publisher jsonb not null)`,
    `create index jobpass_publisher_changes_last on jobpass_publisher_changes
  (of_project, pending_of, number)`,
  ],
]

/** Any number that other users of the database do not lock. */
const lock = 736_173_621

/**
 * Creates the tables or brings them up to date, in one transaction. Processes that start at the
 * same time do so one after the other.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  await database.transaction(async (tx) => {
    // A statement after the lock must see what the previous holder of the lock committed.
    await tx.query('set transaction isolation level read committed')
    await tx.query('select pg_advisory_xact_lock($1)', [lock])
    await tx.query(
      `create table if not exists jobpass_publisher_migrations (
         version integer primary key, applied_at timestamptz not null default now())`,
    )
    const { rows } = await tx.query<{ readonly version: number }>(
      'select coalesce(max(version), 0) as version from jobpass_publisher_migrations',
    )
    const done = rows[0]?.version ?? 0
    for (const [index, statements] of migrations.entries()) {
      if (index < done) continue
      for (const statement of statements) await tx.query(statement)
      await tx.query('insert into jobpass_publisher_migrations (version) values ($1)', [index + 1])
    }
  })
}
