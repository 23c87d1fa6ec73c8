/** The tables of the registry, without those of its publishers. */

export const schema = [
  // Processes that start at the same time make the tables one after the other.
  'select pg_advisory_xact_lock(736173)',
  `create table if not exists projects (
  name     text primary key,
  account  text not null            -- who manages it here
)`,
  `create table if not exists uploads (
  id            uuid primary key,
  project       text not null references projects,
  version       text not null,
  run           text not null,      -- the CI run that started it
  published_at  timestamptz,
  -- Counts the changes: each one writes the row, so that no two of them build on the same state.
  revision      integer not null default 0
)`,
  'create unique index if not exists releases on uploads (project, version) where published_at is not null',
  `create table if not exists files (
  upload  uuid not null references uploads,
  name    text not null,
  sha256  text not null,
  bytes   bytea not null,
  primary key (upload, name)
)`,
]
