// What strangers add makes no call, page or change slower: measured by the pages of the database
// that each statement reads, not by time.

import { postgresPublishers } from '@jobpass/publishers'
import type { PublisherStore, SqlDatabase, SqlSession } from '@jobpass/publishers'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from './engines.ts'
import { engines } from './engines.ts'
import { acme, claimProject, clock, github, job, registryOf, shop } from './registry.ts'

/** Rows of each kind that strangers add. */
const many = 20_000

/** Statements that were run, with the pages that each read. */
interface Cost {
  readonly statement: string
  readonly pages: number
}

/** A database that also explains each statement, in a part of a transaction that is rolled back. */
function explaining(database: SqlDatabase, costs: Cost[]): SqlDatabase {
  const explain = async (tx: SqlSession, text: string, values: readonly unknown[] = []): Promise<void> => {
    await tx.query('savepoint explained')
    const { rows } = await tx.query<{ 'QUERY PLAN': readonly [{ readonly Plan: Readonly<Record<string, number>> }] }>(
      `explain (analyze, buffers, format json) ${text}`,
      values,
    )
    await tx.query('rollback to savepoint explained')
    const plan = rows[0]?.['QUERY PLAN'][0].Plan ?? {}
    const pages = (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)
    costs.push({ statement: text.replaceAll(/\s+/g, ' ').slice(0, 80), pages })
  }
  const watched = (tx: SqlSession): SqlSession => ({
    query: async (text, values) => {
      if (/^\s*(?:select|with|insert|update|delete)/i.test(text)) await explain(tx, text, values)
      return tx.query(text, values)
    },
  })
  return {
    query: (text, values) => database.transaction((tx) => watched(tx).query(text, values)),
    transaction: (run) => database.transaction((tx) => run(watched(tx))),
  }
}

describe.each(engines.slice(0, 2))('%s', (name, open) => {
  let engine: Engine | undefined
  let store: PublisherStore
  const costs: Cost[] = []

  beforeAll(async () => {
    engine = await open()
    if (engine === undefined) return undefined
    await engine.database.query('create table projects (name text primary key, account text not null)')
    store = await postgresPublishers(explaining(engine.database, costs), { claimProject })
    return () => engine?.close()
  }, 60_000)

  /** Rows of strangers, by what differs between them. `n` counts from 1. */
  const floods = [
    // pending ones of the repository, and ones that ended
    { owner: `'1234567'`, id: 'null', expires: `now() + interval '20 days'` },
    { owner: `'1234567'`, id: 'null', expires: `now() - interval '20 days'` },
    // publishers of the repository, of its id with another owner, and of its name with another id
    { owner: `'1234567'`, id: `'74205118'`, expires: 'null' },
    { owner: 'n::text', id: `'74205118'`, expires: 'null' },
    { owner: `'1234567'`, id: 'n::text', expires: 'null' },
  ]

  test(
    'a call, the page, and a change read as few pages next to 100,000 publishers of others as without them',
    { timeout: 280_000 },
    async ({ skip }) => {
      if (engine === undefined) skip(`${name} is not installed`)
      const { database } = engine as Engine
      clock.time = Date.now()
      const { publishers, publish, verifier } = registryOf(store)
      await publishers.add(shop)
      await publishers.addPending({ ...acme, project: 'shop', repository: 'acme/other' })
      const grants = publishers.grants(
        (project) => ({ scopes: [project] }),
        (scope) => scope,
      )
      let run = 0
      const calls: Readonly<Record<string, () => Promise<unknown>>> = {
        'a job that publishes': async () => expect(await publish(await job({ run_id: String(++run) }))).toBe(true),
        'a job that exchanges its token': async () => {
          const workload = await verifier.verify(await job({ run_id: String(++run) }))
          expect(await grants(workload, { scopes: ['shop'] })).toHaveLength(1)
        },
        'a job of a repository that was transferred': async () =>
          expect(await publish(await job({ repository_owner_id: '9000000', run_id: String(++run) }))).toBe(false),
        'a job that asks for another project': async () =>
          expect(await publish(await job({ run_id: String(++run) }), 'nothing')).toBe(false),
        'a stranger': async () => {
          const eve = { repository: 'eve/x', repository_owner_id: '6660000', repository_id: '6670000' }
          expect(await publish(await job({ ...eve, run_id: String(++run) }))).toBe(false)
        },
        'the page': async () => {
          expect(await publishers.list(shop)).toHaveLength(2)
          for (const outcome of ['used', 'refused'] as const) await publishers.records(shop, outcome)
          expect((await publishers.changes(shop)).length).toBeGreaterThan(1)
        },
        'a change': async () => {
          const { id } = await publishers.addPending({ ...acme, project: 'shop', repository: 'acme/third' })
          expect(await publishers.remove({ ...shop, id })).toBe(true)
        },
      }
      const measure = async () => {
        const measured: Record<string, readonly Cost[]> = {}
        for (const [call, act] of Object.entries(calls)) {
          costs.length = 0
          await act()
          measured[call] = [...costs]
        }
        return measured
      }
      const before = await measure()
      for (const [kind, { owner, id, expires }] of floods.entries())
        await database.query(
          `insert into jobpass_publishers (project, account, provider, issuer, owner_id, repository_id, repository,
             repository_key, created_at, expires_at)
           select $2 || n, 'e' || n % 1000, 'github-actions', $1, ${owner}, ${id}, 'acme/shop', 'acme/shop',
             now() - interval '40 days', ${expires} from generate_series(1, ${many}) n`,
          [github.issuer, `flood-${kind}-`],
        )
      for (const kind of ['added', 'removed'])
        await database.query(
          `insert into jobpass_publisher_changes (of_project, pending_of, action, by_account, at, publisher)
           select 'shop', 'eve', $1, 'eve', now(), '{}' from generate_series(1, ${many})`,
          [kind],
        )
      for (const table of ['jobpass_publishers', 'jobpass_publisher_changes']) await database.query(`analyze ${table}`)
      const after = await measure()
      for (const [call, statements] of Object.entries(after)) {
        expect(statements.filter(({ pages }) => pages > 100)).toEqual([])
        // What refuses a job altogether is recorded for 20 projects, by three statements each.
        const most = call === 'a job of a repository that was transferred' ? 1 + 20 * 3 : before[call]?.length
        expect([call, statements.length]).toEqual([call, most])
      }
    },
  )
})
