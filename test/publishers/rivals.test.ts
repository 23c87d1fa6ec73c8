// Accounts that name one repository for one project: nothing is bound while more than one does.

import { InvalidPublisher } from '@jobpass/publishers'
import type { NewPendingPublisher, OwnerClaim } from '@jobpass/publishers'
import { beforeEach, describe, expect, test } from 'vitest'
import { emptyRegistry } from './empty-registry.ts'
import { engines } from './engines.ts'
import { acme, clock, day, job, registryOf, shop, start } from './registry.ts'

/** A pending publisher of an account, for the repository of the jobs of this test. */
const pendingOf = (account: string, others: Partial<NewPendingPublisher> = {}): NewPendingPublisher => ({
  ...acme,
  account,
  project: 'shop',
  repository: 'acme/shop',
  ...others,
})

/** What each account sees of a job that was refused, since another account names its repository. */
const rivalry = (accounts: number) => ({
  job: { repository: 'acme/shop' },
  failed: [
    {
      field: 'accounts',
      expected: '1',
      actual: String(accounts),
      hint: expect.stringContaining('Other accounts name'),
    },
  ],
})

describe.each(engines)('%s', (name, open) => {
  const ready = emptyRegistry(name, open)
  let { engine, store, registry } = {} as ReturnType<typeof ready>
  beforeEach(() => void ({ engine, store, registry } = ready()))

  const owner = async (): Promise<string | undefined> =>
    (await engine.database.query<{ account: string }>('select account from projects')).rows[0]?.account
  const refusals = (account: string) => registry.publishers.records({ project: 'shop', account }, 'refused')
  const removeOf = async (account: string): Promise<void> => {
    const rows = await registry.publishers.list({ project: 'shop', account })
    const row = rows.find((each) => each.account === account)
    expect(await registry.publishers.remove({ project: 'shop', account, id: row?.id ?? '' })).toBe(true)
  }

  test.each([
    ['the first one of another account', ['eve', 'acme'], {}],
    ['the last one of another account', ['acme', 'eve'], {}],
    ['although one adds its own again', ['acme', 'eve', 'acme'], {}],
    ['whatever environment the job has', ['eve', 'acme'], { environment: 'release' }],
    ['of more than two', ['bolt', 'cork', 'acme', 'dune', 'eve'], {}],
  ])('pending publishers of several accounts bind nothing, %s, and each page says why', async (_, added, claims) => {
    for (const account of added) {
      clock.time += 1000
      const conditions = account === 'acme' ? { environment: 'release' } : {}
      await registry.publishers.addPending(pendingOf(account, conditions))
    }
    for (const run_id of ['1', '2']) expect(await registry.publish(await job({ ...claims, run_id }))).toBe(false)
    expect(await owner()).toBeUndefined()
    const accounts = [...new Set(added)]
    for (const account of accounts) {
      expect(await registry.publishers.list({ project: 'shop', account })).toMatchObject([{ repositoryId: undefined }])
      expect(await refusals(account)).toMatchObject([rivalry(accounts.length), rivalry(accounts.length)])
    }
    expect(await refusals('zebra')).toEqual([])
  })

  test('accounts compete by the name of the repository in any letter case', async () => {
    await registry.publishers.addPending(pendingOf('acme'))
    await registry.publishers.addPending(pendingOf('eve', { repository: 'ACME/Shop' }))
    expect(await registry.publish(await job())).toBe(false)
    expect(await owner()).toBeUndefined()
  })

  test.each([
    ['of another repository', { repository: 'eve/shop', ownerId: '666' }],
    ['of another repository of the owner', { repository: 'acme/other' }],
    ['of another project', { project: 'store' }],
  ])('a pending publisher of another account, %s, is no rival', async (_, others) => {
    await registry.publishers.addPending(pendingOf('eve', others))
    await registry.publishers.addPending(pendingOf('acme'))
    expect(await registry.publish(await job())).toBe(true)
    expect(await owner()).toBe('acme')
  })

  test('when all rivals but one are removed, the next job binds it', async () => {
    await registry.publishers.addPending(pendingOf('eve'))
    await registry.publishers.addPending(pendingOf('acme'))
    expect(await registry.publish(await job())).toBe(false)
    await removeOf('eve')
    expect(await registry.publish(await job({ run_id: '2' }))).toBe(true)
    expect(await owner()).toBe('acme')
  })

  test('a rival that ended is one for another 30 days', async () => {
    await registry.publishers.addPending(pendingOf('eve'))
    clock.time += 60 * day
    await registry.publishers.addPending(pendingOf('acme'))
    expect(await registry.publish(await job())).toBe(false)
    clock.time += 1
    await registry.publishers.addPending(pendingOf('acme'))
    expect(await registry.publish(await job({ run_id: '2' }))).toBe(true)
  })

  test('a publisher that another account adds by id does not take the jobs of a pending one', async () => {
    await registry.publishers.addPending(pendingOf('acme'))
    await registry.publishers.add({ ...shop, account: 'eve' })
    expect(await owner()).toBe('eve')
    expect(await registry.publish(await job())).toBe(false)
    // Of the publisher with its repository, all who manage the project see what it refused.
    expect(await refusals('eve')).toMatchObject([{ ...rivalry(2), pendingOf: undefined }])
    expect(await refusals('acme')).toContainEqual(expect.objectContaining({ pendingOf: 'acme' }))
    await removeOf('acme')
    expect(await registry.publish(await job({ run_id: '2' }))).toBe(true)
  })

  test.each([
    [
      'publishes first from a repository of its own',
      async () => {
        const own = { repository: 'eve/x', repository_owner: 'eve', repository_owner_id: '666', repository_id: '667' }
        await registry.publishers.addPending(pendingOf('eve', { repository: 'eve/x', ownerId: '666' }))
        expect(await registry.publish(await job(own))).toBe(true)
      },
    ],
    [
      'adds a repository of its own by id',
      async () => {
        await registry.publishers.add({ ...shop, account: 'eve', ownerId: '666', repositoryId: '667' })
        // The pending publisher ends by its own job.
        expect(await registry.publish(await job({ run_id: '2' }))).toBe(false)
      },
    ],
  ])('an account that %s gets the name, but not the jobs of one that waited for it', async (_, take) => {
    await registry.publishers.addPending(pendingOf('acme'))
    await take()
    expect(await owner()).toBe('eve')
    await registry.publishers.add({ ...shop, account: 'eve' })
    expect(await registry.publish(await job({ run_id: '3' }))).toBe(false)
    const last = (await refusals('acme')).filter(({ pendingOf, run }) => pendingOf === 'acme' && run.endsWith('#3'))
    expect(last).toMatchObject([rivalry(2)])
  })

  test('publishers of several accounts that have their repository are no rivals: each of them had the project', async () => {
    await registry.publishers.add({ ...shop, environment: 'release' })
    await engine.database.query(`update projects set account = 'bolt'`)
    await registry.publishers.add({ ...shop, account: 'bolt' })
    expect(await registry.publish(await job())).toBe(true)
  })

  test('a store binds nothing for a rival that came after the guard had looked', async () => {
    const pending = await registry.publishers.addPending(pendingOf('acme'))
    await registry.publishers.addPending(pendingOf('eve'))
    await store.bind(pending, '74205118', new Date(start))
    expect(await owner()).toBeUndefined()
    expect(await registry.publishers.list({ project: 'shop', account: 'acme' })).toMatchObject([
      { repositoryId: undefined },
    ])
  })

  test('of a rival that is added while the first job publishes, nobody gets the project but the account of the job', async () => {
    for (let round = 0; round < 10; round++) {
      const project = `race-${round}`
      await registry.publishers.addPending(pendingOf('acme', { project }))
      const run_id = String(round)
      const tokens = await Promise.all(['1', '2', '3'].map((run_attempt) => job({ run_id, run_attempt })))
      const [added, ...published] = await Promise.all([
        registry.publishers.addPending(pendingOf('eve', { project })),
        ...tokens.map((token) => registry.publish(token, project)),
      ])
      expect(added.account).toBe('eve')
      const { rows } = await engine.database.query<{ account: string }>(
        'select account from projects where name = $1',
        [project],
      )
      const owners = rows.map(({ account }) => account)
      // A rival that is added after the binding has the job refused, and leaves the project.
      expect(owners).toEqual(published.includes(true) ? ['acme'] : owners.filter((each) => each === 'acme'))
    }
  })

  test('an exchange grants no rival its scope, and records why', async () => {
    await registry.publishers.addPending(pendingOf('acme'))
    await registry.publishers.addPending(pendingOf('eve'))
    await registry.publishers.addPending(pendingOf('acme', { project: 'site' }))
    const grants = registry.publishers.grants(
      (project) => ({ scopes: [project] }),
      (scope) => scope,
    )
    const workload = await registry.verifier.verify(await job())
    expect((await grants(workload, { scopes: ['shop', 'site'] })).map(({ scopes }) => scopes)).toEqual([['site']])
    for (const account of ['acme', 'eve']) expect(await refusals(account)).toMatchObject([rivalry(2)])
  })

  test('a call records a refusal for each rival, of which there are only so many', async () => {
    const accounts = Array.from({ length: 20 }, (_, index) => `account-${index}`)
    for (const account of accounts) await registry.publishers.addPending(pendingOf(account))
    await expect(registry.publishers.addPending(pendingOf('acme'))).rejects.toMatchObject({
      name: 'TooManyPublishers',
      faults: [{ field: 'project', message: 'has as many pending publishers as it may have: 20' }],
    })
    expect(await registry.publish(await job())).toBe(false)
    for (const account of accounts) expect(await refusals(account)).toMatchObject([rivalry(20)])
  })

  describe('a service that knows who controls an owner', () => {
    const claims: OwnerClaim[] = []
    const controlled = () =>
      registryOf(store, {
        controlsOwner: async (claim) => {
          claims.push(claim)
          return claim.account === 'acme'
        },
      })
    beforeEach(() => void claims.splice(0))

    test('adds no publisher of another owner, pending or not', async () => {
      const { publishers, publish } = controlled()
      const faults = [{ field: 'ownerId', message: 'is not of an owner that this account controls' }]
      await expect(publishers.addPending(pendingOf('eve'))).rejects.toMatchObject({ faults })
      await expect(publishers.add({ ...shop, account: 'eve' })).rejects.toMatchObject({ faults })
      expect(await owner()).toBeUndefined()
      await publishers.addPending(pendingOf('acme'))
      expect(await publish(await job())).toBe(true)
      expect(await owner()).toBe('acme')
      expect(claims).toEqual(['eve', 'eve', 'acme'].map((account) => ({ ...acme, account, project: 'shop' })))
    })

    test('is not asked about a publisher that no job would match', async () => {
      await expect(controlled().publishers.addPending(pendingOf('acme', { ownerId: 'acme' }))).rejects.toThrow(
        InvalidPublisher,
      )
      expect(claims).toEqual([])
    })

    test.each([false, undefined, null, 1, 'acme', [{ account: 'acme' }]])(
      'answers true, and not %j',
      async (answer) => {
        const { publishers } = registryOf(store, { controlsOwner: () => answer as never })
        await expect(publishers.addPending(pendingOf('acme'))).rejects.toThrow(InvalidPublisher)
      },
    )

    test('has its own errors passed on', async () => {
      const error = new Error('no answer of the sign-in')
      const { publishers } = registryOf(store, { controlsOwner: () => Promise.reject(error) })
      await expect(publishers.addPending(pendingOf('acme'))).rejects.toBe(error)
    })

    test('is a function', () => {
      expect(() => registryOf(store, { controlsOwner: true as never })).toThrow('controlsOwner is (')
      expect(() => registryOf(store, { controlsOwner: true as never })).toThrow(TypeError)
    })
  })
})
