/** The tables of the registry. */

export const schema = `
-- One transaction, and so processes that start at the same time make the tables one after the other.
select pg_advisory_xact_lock(736173);
create table if not exists projects (
  name     text primary key,
  account  text not null            -- who manages it here
);
create table if not exists publishers (
  id              serial primary key,
  project         text not null references projects,
  provider        text not null,
  issuer          text not null,
  "ownerId"       text not null,
  "repositoryId"  text not null,
  workflow        text,             -- optional: the file that defines the run
  environment     text,             -- optional
  unique nulls not distinct (project, issuer, "repositoryId", workflow, environment)
);
create index if not exists publishers_of_repository on publishers (issuer, "repositoryId");
create table if not exists pending_publishers (
  id            serial primary key,
  project       text not null,      -- may not exist yet
  account       text not null,
  provider      text not null,
  issuer        text not null,
  "ownerId"     text not null,
  repository    text not null,      -- in lower case
  workflow      text,
  environment   text,
  expires_at    timestamptz not null,
  -- One row for one name: if there were two, the second could bind another repository after the first was used up.
  unique (project, account, issuer, "ownerId", repository)
);
create index if not exists pending_of_owner on pending_publishers (issuer, "ownerId");
create table if not exists uploads (
  id            uuid primary key,
  project       text not null references projects,
  version       text not null,
  run           text not null,      -- the CI run that started it
  published_at  timestamptz,
  -- Counts the changes: each one writes the row, so that no two of them build on the same state.
  revision      integer not null default 0
);
create unique index if not exists releases on uploads (project, version) where published_at is not null;
create table if not exists files (
  upload  uuid not null references uploads,
  name    text not null,
  sha256  text not null,
  bytes   bytea not null,
  primary key (upload, name)
)`
