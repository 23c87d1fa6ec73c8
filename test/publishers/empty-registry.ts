/** A registry on a database that is empty before each test of a `describe`. */

import { postgresPublishers } from '@jobpass/publishers'
import type { PublisherStore } from '@jobpass/publishers'
import { beforeAll, beforeEach } from 'vitest'
import type { Engine } from './engines.ts'
import { claimProject, clock, registryOf, start } from './registry.ts'

/** What tests need of it. */
interface Opened {
  readonly engine: Engine
  readonly store: PublisherStore
  readonly registry: ReturnType<typeof registryOf>
}

/** Opens it before the tests, and skips them where the database is not installed. */
export function emptyRegistry(name: string, open: () => Promise<Engine | undefined>): () => Opened {
  let engine: Engine | undefined
  let store: PublisherStore
  let registry: ReturnType<typeof registryOf>
  beforeAll(async () => {
    engine = await open()
    if (engine === undefined) return undefined
    await engine.database.query('create table projects (name text primary key, account text not null)')
    store = await postgresPublishers(engine.database, { claimProject })
    registry = registryOf(store)
    return () => engine?.close()
  }, 60_000)
  beforeEach(async ({ skip }) => {
    if (engine === undefined) skip(`${name} is not installed`)
    clock.time = start
    await engine?.database.query(
      'truncate projects, jobpass_publishers, jobpass_publisher_records, jobpass_publisher_changes',
    )
  })
  return () => ({ engine: engine as Engine, store, registry })
}
