// Publishers on each database: who is admitted, what is recorded, and what renames, transfers and
// deleted owners change.

import { PGlite } from '@electric-sql/pglite'
import { decide } from '@jobpass/core'
import { createPublishers, postgresPublishers, sqlDatabase, StoreUnavailable } from '@jobpass/publishers'
import type { PublisherRecord, PublisherStore } from '@jobpass/publishers'
import { beforeEach, describe, expect, test } from 'vitest'
import { emptyRegistry } from './empty-registry.ts'
import { engines } from './engines.ts'
import {
  acme,
  audience,
  claimProject,
  clock,
  day,
  github,
  gitlabCom,
  job,
  providers,
  registryOf,
  shop,
  start,
} from './registry.ts'

type Claims = Readonly<Record<string, unknown>>

const seen = (records: readonly PublisherRecord[]) =>
  records.map(({ job: { repository }, failed }) => [
    repository,
    ...failed.map(({ field, expected, actual }) => `${field}: ${expected}, not ${actual}`),
  ])

describe.each(engines)('%s', (name, open) => {
  const ready = emptyRegistry(name, open)
  let { engine, store, registry } = {} as ReturnType<typeof ready>
  beforeEach(() => void ({ engine, store, registry } = ready()))
  beforeEach(async () => void (await registry.publishers.add(shop)))

  /** Accounts of all publishers of a project, the oldest first. */
  const accountsOf = async (project: string): Promise<readonly string[]> => {
    const text = 'select account from jobpass_publishers where project = $1 order by created_at, id'
    const { rows } = await engine.database.query<{ account: string }>(text, [project])
    return rows.map(({ account }) => account)
  }
  const list = (project = 'shop', account = 'acme') => registry.publishers.list({ project, account })
  const refusals = (project = 'shop', account = 'acme') => registry.publishers.records({ project, account }, 'refused')
  const uses = (project = 'shop', account = 'acme') => registry.publishers.records({ project, account }, 'used')

  describe('a publisher', () => {
    test('admits its repository, and is shown with the name and the time of the last run', async () => {
      clock.time = start + 1000
      expect(await registry.publish(await job())).toBe(true)
      expect(await list()).toEqual([
        {
          id: expect.any(String),
          ...shop,
          provider: 'github-actions',
          repository: 'acme/shop',
          createdAt: new Date(start),
          expiresAt: undefined,
          lastUsedAt: new Date(start + 1000),
          transfer: undefined,
        },
      ])
      expect(seen(await uses())).toEqual([['acme/shop']])
      expect(await refusals()).toEqual([])
    })

    test('has one record of a run, however many calls it makes', async () => {
      const token = await job()
      for (let call = 0; call < 3; call++) expect(await registry.publish(token)).toBe(true)
      expect(await registry.publish(await job({ run_id: '2' }))).toBe(true)
      expect(await uses()).toHaveLength(2)
    })

    test('that is removed admits nothing at once, and keeps its records', async () => {
      const [row] = await list()
      expect(await registry.publish(await job())).toBe(true)
      expect(await registry.publishers.remove({ ...shop, id: row?.id ?? '' })).toBe(true)
      expect(await registry.publishers.remove({ ...shop, id: row?.id ?? '' })).toBe(false)
      expect(await registry.publish(await job())).toBe(false)
      expect(await uses()).toHaveLength(1)
    })

    test('of a project that is removed goes with its records, pending ones of other accounts included', async () => {
      await registry.publishers.addPending({ ...acme, account: 'bolt', project: 'shop', repository: 'bolt/shop' })
      await registry.publish(await job())
      await registry.publishers.removeProject('shop')
      expect(await registry.publish(await job())).toBe(false)
      expect([await accountsOf('shop'), await uses()]).toEqual([[], []])
    })

    test('is of one project: another project, and an id that is no UUID, remove nothing', async () => {
      const [row] = await list()
      expect(await registry.publishers.remove({ account: 'acme', project: 'docs', id: row?.id ?? '' })).toBe(false)
      expect(await registry.publishers.remove({ ...shop, id: "'; drop table projects" })).toBe(false)
      expect(await registry.publish(await job(), 'docs')).toBe(false)
    })

    test('is added once, with the same conditions', async () => {
      await registry.publishers.add(shop)
      await registry.publishers.add({ ...shop, environment: 'release' })
      expect(await list()).toHaveLength(2)
    })

    test('claims its project, and is not added to one of another account', async () => {
      await expect(
        registry.publishers.add({ ...shop, account: 'eve', ownerId: '666', repositoryId: '667' }),
      ).rejects.toMatchObject({
        faults: [{ field: 'project', message: 'is not of this account' }],
      })
      expect(await list()).toHaveLength(1)
      await registry.publishers.add({ ...shop, account: 'eve', project: 'free', ownerId: '666', repositoryId: '667' })
      // The first job of a pending publisher comes too late.
      clock.time = start + 1000
      await registry.publishers.addPending({ ...acme, project: 'free', repository: 'acme/shop' })
      expect(await registry.publish(await job(), 'free')).toBe(false)
      expect(await list('free')).toMatchObject([
        { account: 'eve' },
        { account: 'acme', expiresAt: new Date(start + 1000) },
      ])
    })

    test('refuses other jobs of its repository, and records why', async () => {
      await registry.publishers.add({ ...shop, project: 'docs', environment: 'release' })
      expect(await registry.publish(await job({ environment: 'test' }), 'docs')).toBe(false)
      expect(seen(await refusals('docs'))).toEqual([['acme/shop', 'environment: release, not test']])
      expect(await registry.publish(await job({ environment: 'release' }), 'docs')).toBe(true)
    })

    test('refuses pull requests of its repository, and records their event', async () => {
      expect(await registry.publish(await github.mint({ aud: audience }, { trigger: 'pull_request_target' }))).toBe(
        false,
      )
      expect(await refusals()).toMatchObject([{ failed: [{ field: 'event', actual: 'pull_request_target' }] }])
    })

    test('of GitLab accepts its environment only where that is protected', async () => {
      const site = {
        account: 'acme',
        project: 'site',
        issuer: gitlabCom.issuer,
        ownerId: '99',
        repositoryId: '48120077',
      }
      await registry.publishers.add({ ...site, environment: 'release' })
      const deploy = (isProtected: string) =>
        gitlabCom.mint({ aud: audience, environment: 'release', environment_protected: isProtected })
      expect(await registry.publish(await deploy('false'), 'site')).toBe(false)
      expect(seen(await refusals('site'))).toEqual([['acme/shop', 'environmentProtected: true, not false']])
      expect(await registry.publish(await deploy('true'), 'site')).toBe(true)
    })

    test('has a record of one refusal of a run, the last one', async () => {
      await registry.publishers.add({ ...shop, project: 'docs', environment: 'release' })
      for (const environment of ['test', 'stage']) await registry.publish(await job({ environment }), 'docs')
      expect(seen(await refusals('docs'))).toEqual([['acme/shop', 'environment: release, not stage']])
    })
  })

  describe('strangers', () => {
    test('a stranger is refused, and leaves no record', async () => {
      const eve = { repository: 'eve/shop', repository_owner: 'eve', repository_owner_id: '666', repository_id: '667' }
      expect(await registry.publish(await job(eve))).toBe(false)
      expect(await registry.publish(await job({ repository: 'acme/other', repository_id: '668' }))).toBe(false)
      expect([...(await refusals()), ...(await uses())]).toEqual([])
    })

    test('the same ids at another issuer are a stranger', async () => {
      const twin = { aud: audience, namespace_id: '1234567', project_id: '74205118' }
      expect(await registry.publish(await gitlabCom.mint(twin))).toBe(false)
      expect(await refusals()).toEqual([])
    })
  })

  describe('renames, transfers and deleted owners', () => {
    test('a renamed repository publishes, and its new name is shown', async () => {
      await registry.publish(await job())
      expect(await registry.publish(await job({ repository: 'acme/store', run_id: '2' }))).toBe(true)
      expect(await list()).toMatchObject([{ repository: 'acme/store', ownerId: '1234567' }])
    })

    test('another repository with the old name is refused, and recorded with its id', async () => {
      await registry.publish(await job())
      expect(await registry.publish(await job({ repository_id: '667', run_id: '2' }))).toBe(false)
      expect(seen(await refusals())).toEqual([['acme/shop', 'repositoryId: 74205118, not 667']])
    })

    test('an owner that was deleted and registered again by somebody else is a stranger', async () => {
      await registry.publish(await job())
      const again = { repository_owner_id: '8080', repository_id: '667', run_id: '2' }
      expect(await registry.publish(await job(again))).toBe(false)
      expect(await refusals()).toEqual([])
      expect(await list()).toMatchObject([{ ownerId: '1234567', transfer: undefined }])
    })

    test('a transferred repository is refused until the account accepts its new owner', async () => {
      await registry.publish(await job())
      const moved = { repository: 'zebra/shop', repository_owner: 'zebra', repository_owner_id: '8080', run_id: '2' }
      expect(await registry.publish(await job(moved))).toBe(false)
      expect(seen(await refusals())).toEqual([['zebra/shop', 'ownerId: 1234567, not 8080']])
      const [row] = await list()
      expect(row).toMatchObject({ repository: 'acme/shop', transfer: { ownerId: '8080', owner: 'zebra' } })
      const accept = (ownerId: string) => registry.publishers.acceptTransfer({ ...shop, id: row?.id ?? '', ownerId })
      // Only the owner that the page showed.
      expect(await accept('9090')).toBe(false)
      expect(await accept('8080')).toBe(true)
      expect(await accept('8080')).toBe(false)
      expect(await registry.publish(await job({ ...moved, run_id: '3' }))).toBe(true)
      expect(await list()).toMatchObject([{ ownerId: '8080', repository: 'zebra/shop', transfer: undefined }])
      expect(await registry.publish(await job({ run_id: '4' }))).toBe(false)
    })

    test('a transferred repository of many projects shows its transfer at all of them, after a few calls', async () => {
      const projects = Array.from({ length: 30 }, (_, index) => `p${index}`)
      for (const project of projects) await registry.publishers.add({ ...shop, project })
      const moved = { repository_owner_id: '8080', repository_owner: 'zebra', repository: 'zebra/shop' }
      for (const run_id of ['2', '3']) await registry.publish(await job({ ...moved, run_id }))
      const shown = await Promise.all(projects.map(async (project) => (await list(project))[0]?.transfer))
      expect(shown).toEqual(projects.map(() => ({ ownerId: '8080', owner: 'zebra' })))
    })

    test('a repository that was transferred back publishes again, and shows no transfer', async () => {
      await registry.publish(await job({ repository_owner_id: '8080' }))
      expect(await list()).toMatchObject([{ transfer: { ownerId: '8080' } }])
      expect(await registry.publish(await job({ run_id: '2' }))).toBe(true)
      expect(await list()).toMatchObject([{ transfer: undefined }])
    })
  })

  describe('a pending publisher', () => {
    const pending = { ...acme, project: 'kiosk', repository: 'Acme/Kiosk' } as const
    const kiosk = (id: string, claims: Claims = {}) =>
      job({ repository: 'acme/kiosk', repository_id: id, run_id: id, ...claims })

    test('is bound to the repository of its first job, and admits no other', async () => {
      await registry.publishers.addPending(pending)
      expect(await list('kiosk')).toMatchObject([
        { repositoryId: undefined, repository: 'Acme/Kiosk', expiresAt: new Date(start + 30 * day) },
      ])
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(true)
      expect(await list('kiosk')).toMatchObject([
        { repositoryId: '501', repository: 'acme/kiosk', expiresAt: undefined },
      ])
      expect(await registry.publish(await kiosk('502'), 'kiosk')).toBe(false)
      expect(await registry.publish(await kiosk('501', { repository: 'acme/booth' }), 'kiosk')).toBe(true)
    })

    test('binds one of 20 first jobs at once, each of its own repository', async () => {
      await registry.publishers.addPending(pending)
      const ids = Array.from({ length: 20 }, (_, index) => String(500 + index))
      const tokens = await Promise.all(ids.map((id) => kiosk(id)))
      const admitted = await Promise.all(tokens.map((token) => registry.publish(token, 'kiosk')))
      expect(admitted.filter(Boolean)).toHaveLength(1)
      expect(await list('kiosk')).toMatchObject([{ repositoryId: ids[admitted.indexOf(true)] }])
    })

    test('admits two first jobs at once of one repository', async () => {
      await registry.publishers.addPending(pending)
      const tokens = await Promise.all([kiosk('501'), kiosk('501', { run_id: '2' })])
      expect(await Promise.all(tokens.map((token) => registry.publish(token, 'kiosk')))).toEqual([true, true])
      expect(await list('kiosk')).toHaveLength(1)
    })

    test('of an account that may not have the project is void', async () => {
      await claimProject(engine.database, { project: 'kiosk', account: 'bolt' })
      await registry.publishers.addPending(pending)
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(false)
      expect(await list('kiosk')).toMatchObject([{ repositoryId: undefined, expiresAt: new Date(start) }])
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(false)
    })

    test('is not shown to other accounts, nor removed by them, nor are its records', async () => {
      await registry.publishers.addPending({ ...pending, environment: 'release' })
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(false)
      const [row] = await list('kiosk')
      expect(await list('kiosk', 'bolt')).toEqual([])
      expect(await registry.publishers.remove({ project: 'kiosk', account: 'bolt', id: row?.id ?? '' })).toBe(false)
      expect(await refusals('kiosk', 'bolt')).toEqual([])
      expect(seen(await refusals('kiosk'))).toEqual([['acme/kiosk', 'environment: release, not undefined']])
    })

    test('ends after 30 days, which its next job is refused for, unless it is added again', async () => {
      await registry.publishers.addPending(pending)
      clock.time = start + 30 * day
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(false)
      expect(await refusals('kiosk')).toMatchObject([{ failed: [{ field: 'expiresAt' }] }])
      await registry.publishers.addPending(pending)
      expect(await registry.publish(await kiosk('501'), 'kiosk')).toBe(true)
    })

    test('that ended more than 30 days ago is dropped when another is added', async () => {
      await registry.publishers.addPending(pending)
      clock.time = start + 60 * day + 1
      await registry.publishers.addPending({ ...pending, project: 'stand' })
      expect([await list('kiosk'), await list('stand')]).toMatchObject([[], [{ project: 'stand' }]])
    })

    test('that is added again with other conditions is not bound by the previous ones', async () => {
      const before = await registry.publishers.addPending(pending)
      await registry.publishers.addPending({ ...pending, environment: 'release' })
      await store.bind(before, '501', new Date(clock.time))
      expect(await list('kiosk')).toMatchObject([{ repositoryId: undefined, environment: 'release' }])
    })

    test('of a repository that is a publisher already goes without a trace', async () => {
      await registry.publishers.add({ ...acme, project: 'kiosk', repositoryId: '501', environment: 'release' })
      const added = await registry.publishers.addPending({ ...pending, environment: 'release' })
      await store.bind(added, '501', new Date(clock.time))
      expect(await list('kiosk')).toMatchObject([{ repositoryId: '501' }])
    })
  })

  test('the last 50 records of each outcome are kept', async () => {
    await registry.publishers.add({ ...shop, project: 'docs', environment: 'release' })
    for (let run = 1; run <= 60; run++) {
      clock.time = start + run * 1000
      await registry.publish(await job({ run_id: String(run), environment: run % 2 ? 'test' : 'release' }), 'docs')
      await registry.publish(await job({ run_id: String(run + 100), environment: 'release' }), 'docs')
    }
    const kept = await engine.database.query<{ outcome: string; count: number }>(
      'select outcome, count(*)::int as count from jobpass_publisher_records group by outcome order by outcome',
    )
    expect(kept.rows).toEqual([
      { outcome: 'refused', count: 30 },
      { outcome: 'used', count: 50 },
    ])
    expect((await uses('docs'))[0]?.at).toEqual(new Date(start + 60_000))
  })

  test('processes that start at the same time create the tables once', async () => {
    const clients = Array.from({ length: 4 }, () => engine.another())
    await engine.database.query(
      'drop table jobpass_publishers, jobpass_publisher_records, jobpass_publisher_changes, jobpass_publisher_migrations',
    )
    await Promise.all(clients.map((client) => postgresPublishers(sqlDatabase(client), { claimProject })))
    const { rows } = await engine.database.query('select version from jobpass_publisher_migrations')
    expect(rows).toEqual([{ version: 1 }])
  })

  test('a caller among 1,000 publishers is found by one query, by indexes', async () => {
    const queries: (readonly [text: string, values: readonly unknown[]])[] = []
    const { database } = engine
    const watched = await postgresPublishers(
      {
        ...database,
        query: (text, values = []) => {
          queries.push([text, values])
          return database.query(text, values)
        },
      },
      { claimProject, maxPendingOfAccount: 500 },
    )
    const { publishers } = registryOf(watched)
    for (let index = 0; index < 1_000; index++) {
      const repositoryId = String(index)
      const ownerId = String(index % 10)
      if (index % 3 === 0)
        await publishers.addPending({ ...acme, ownerId, project: `p${index}`, repository: `acme/r${index}` })
      else
        await publishers.add({
          ...acme,
          ownerId,
          project: `p${index}`,
          repositoryId,
          repository: `acme/r${index}`,
        })
    }
    await database.query('analyze jobpass_publishers')
    const caller = { issuer: github.issuer, ownerId: '6', repositoryId: '496', repository: 'acme/r96' }
    for (const [projects, found] of [
      [undefined, ['p496', 'p96']],
      [['p496'], ['p496']],
      [['p96', 'p97'], ['p96']],
    ] as const) {
      queries.length = 0
      expect((await watched.find(caller, projects)).map(({ project }) => project)).toEqual(found)
      expect(queries).toHaveLength(1)
      const [text, values] = queries[0] ?? ['', []]
      const { rows } = await database.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values)
      const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
      expect(plan).toContain('jobpass_publishers_of_')
      expect(plan).not.toContain('Seq Scan')
      if (projects === undefined) {
        expect(plan).toContain('jobpass_publishers_of_repository')
        expect(plan).toContain('jobpass_publishers_of_name')
      }
    }
  })
})

test('an answer of claimProject that is not true is a refusal', async () => {
  const client = await PGlite.create()
  for (const answer of [false, undefined, 1, 'acme', [{ name: 'shop' }]]) {
    const store = await postgresPublishers(sqlDatabase(client), { claimProject: async () => answer as never })
    await expect(createPublishers({ store, providers, clock }).add(shop)).rejects.toThrow(
      'project is not of this account',
    )
  }
  await client.close()
})

describe('a store that cannot record', () => {
  const unable = async (outcome: PublisherRecord['outcome']) => {
    const client = await PGlite.create()
    const database = sqlDatabase(client)
    await database.query('create table projects (name text primary key, account text not null)')
    const store = await postgresPublishers(database, { claimProject })
    const record: PublisherStore['record'] = (each, change) =>
      each.outcome === outcome ? Promise.reject(new StoreUnavailable('full')) : store.record(each, change)
    const registry = registryOf({ ...store, record })
    await registry.publishers.add(shop)
    await registry.publishers.add({ ...shop, project: 'docs', environment: 'release' })
    return { ...registry, close: () => client.close() }
  }

  test('a refusal refuses its job all the same, and no job that has two projects in mind', async () => {
    const { publish, publishers, verifier, close } = await unable('refused')
    expect(await publish(await job(), 'docs')).toBe(false)
    expect(await publish(await job({ repository_owner_id: '8080' }))).toBe(false)
    const grants = publishers.grants(
      (project) => ({ scopes: [project] }),
      (scope) => scope,
    )
    const workload = await verifier.verify(await job())
    const granted = await grants(workload, { scopes: ['docs', 'shop'] })
    expect(granted.filter(({ rule }) => decide([rule], workload).allowed).map(({ scopes }) => scopes)).toEqual([
      ['shop'],
    ])
    await close()
  })

  test('a use lets nothing be published', async () => {
    const { publish, close } = await unable('used')
    await expect(publish(await job())).rejects.toBeInstanceOf(StoreUnavailable)
    await close()
  })
})

test('an unreachable database rejects', async () => {
  const gone = { query: () => Promise.reject(new Error('gone')), transaction: () => Promise.reject(new Error('gone')) }
  await expect(postgresPublishers(sqlDatabase(gone), { claimProject })).rejects.toBeInstanceOf(StoreUnavailable)
})
