// The log of changes, and the limits of what may be added, on each database.

import { postgresPublishers } from '@jobpass/publishers'
import type { PublisherChange } from '@jobpass/publishers'
import { beforeEach, describe, expect, test } from 'vitest'
import { emptyRegistry } from './empty-registry.ts'
import { engines } from './engines.ts'
import { acme, claimProject, clock, day, job, registryOf, shop, start } from './registry.ts'

describe.each(engines)('%s', (name, open) => {
  const ready = emptyRegistry(name, open)
  let { engine, registry } = {} as ReturnType<typeof ready>
  beforeEach(() => void ({ engine, registry } = ready()))

  const changes = (account = 'acme', project = 'shop') => registry.publishers.changes({ project, account })
  /** Changes in short, the first one first. */
  const seen = (of: readonly PublisherChange[]) =>
    of
      .toReversed()
      .map(({ action, by, publisher }) => `${action} by ${by}: ${publisher.repository ?? publisher.repositoryId}`)
  /** Another time for each step. */
  const later = (): void => void (clock.time += 1000)

  describe('the log of changes', () => {
    test('has who added, bound, accepted and removed a publisher, and when, with the publisher as it was then', async () => {
      const { publishers, publish } = registry
      const pending = await publishers.addPending({ ...acme, project: 'shop', repository: 'acme/shop' })
      later()
      expect(await publish(await job())).toBe(true)
      later()
      const moved = { repository: 'zebra/shop', repository_owner: 'zebra', repository_owner_id: '8080', run_id: '2' }
      expect(await publish(await job(moved))).toBe(false)
      await publishers.acceptTransfer({ project: 'shop', account: 'bolt', id: pending.id, ownerId: '8080' })
      later()
      await publishers.remove({ project: 'shop', account: 'cork', id: pending.id })
      const { expiresAt: _, ...row } = pending
      const bound = { ...row, repositoryId: '74205118', expiresAt: undefined }
      const used = { ...bound, lastUsedAt: new Date(start + 1000) }
      expect((await changes()).toReversed()).toEqual([
        { action: 'added', by: 'acme', at: new Date(start), publisher: pending },
        { action: 'bound', by: 'acme', at: new Date(start + 1000), publisher: bound },
        { action: 'accepted', by: 'bolt', at: new Date(start + 2000), publisher: { ...used, ownerId: '8080' } },
        { action: 'removed', by: 'cork', at: new Date(start + 3000), publisher: { ...used, ownerId: '8080' } },
      ])
    })

    test('has nothing of what was not done', async () => {
      const { publishers } = registry
      const { id } = await publishers.add(shop)
      const nobody = { ...shop, id: crypto.randomUUID() }
      expect(await publishers.remove(nobody)).toBe(false)
      expect(await publishers.remove({ ...shop, id, project: 'docs' })).toBe(false)
      expect(await publishers.acceptTransfer({ ...shop, id, ownerId: '8080' })).toBe(false)
      await expect(publishers.add({ ...shop, account: 'eve' })).rejects.toThrow('project is not of this account')
      expect(seen(await changes())).toEqual(['added by acme: 74205118'])
      expect(await changes('acme', 'docs')).toEqual([])
    })

    test('shows a pending publisher to its own account, and that it became void', async () => {
      const { publishers, publish } = registry
      await publishers.addPending({ ...acme, account: 'bolt', project: 'shop', repository: 'acme/other' })
      await publishers.addPending({ ...acme, project: 'shop', repository: 'acme/shop' })
      expect(await publish(await job())).toBe(true)
      expect(seen(await changes())).toEqual(['added by acme: acme/shop', 'bound by acme: acme/shop'])
      expect(seen(await changes('bolt'))).toEqual([
        'added by bolt: acme/other',
        'bound by acme: acme/shop',
        'void by acme: acme/other',
      ])
      expect(seen(await changes('cork'))).toEqual(['bound by acme: acme/shop'])
    })

    test('has a pending publisher that gets no project, as its job found', async () => {
      await claimProject(engine.database, { project: 'shop', account: 'bolt' })
      await registry.publishers.addPending({ ...acme, project: 'shop', repository: 'acme/shop' })
      expect(await registry.publish(await job())).toBe(false)
      expect(seen(await changes())).toEqual(['added by acme: acme/shop', 'void by acme: acme/shop'])
    })

    test('is shown for the last 50 changes, and keeps all', async () => {
      for (let index = 0; index < 30; index++) {
        const { id } = await registry.publishers.add({ ...shop, repositoryId: String(index) })
        await registry.publishers.remove({ ...shop, id })
      }
      const last = await changes()
      expect(last).toHaveLength(50)
      expect(seen(last).at(-1)).toBe('removed by acme: 29')
      const { rows } = await engine.database.query<{ count: number }>(
        'select count(*)::int as count from jobpass_publisher_changes',
      )
      expect(rows).toEqual([{ count: 60 }])
    })

    test('of a project that is removed is not shown to who gets its name later, and stays in the table', async () => {
      await registry.publishers.add(shop)
      await registry.publishers.removeProject('shop')
      expect(await changes()).toEqual([])
      await engine.database.query('truncate projects')
      await registry.publishers.add({ ...shop, account: 'bolt' })
      expect(seen(await changes('bolt'))).toEqual(['added by bolt: 74205118'])
      const { rows } = await engine.database.query(
        'select action, by_account, pending_of from jobpass_publisher_changes order by number',
      )
      expect(rows).toEqual([
        { action: 'added', by_account: 'acme', pending_of: '' },
        { action: 'removed', by_account: '', pending_of: '' },
        { action: 'removed', by_account: '', pending_of: null },
        { action: 'added', by_account: 'bolt', pending_of: '' },
      ])
    })
  })

  describe('a limit', () => {
    const limited = async (limits: object) =>
      registryOf(await postgresPublishers(engine.database, { claimProject, ...limits })).publishers
    const many = { name: 'TooManyPublishers' }

    test('of the publishers of a project refuses one more, but no new owner of those that it has', async () => {
      const publishers = await limited({ maxPublishers: 2 })
      const [first] = [await publishers.add(shop), await publishers.add({ ...shop, environment: 'release' })]
      await expect(publishers.add({ ...shop, environment: 'test' })).rejects.toMatchObject({
        ...many,
        message: 'The publisher cannot be added: project has as many publishers as it may have: 2',
      })
      expect(await publishers.add({ ...shop, ownerId: '8080' })).toMatchObject({ id: first.id, ownerId: '8080' })
      await publishers.add({ ...shop, project: 'docs' })
      await publishers.addPending({ ...acme, project: 'shop', repository: 'acme/shop' })
      await publishers.remove(first)
      await publishers.add({ ...shop, environment: 'test' })
      expect(await publishers.list(shop)).toHaveLength(3)
    })

    test('of the pending publishers for a project counts those of all accounts that have not ended', async () => {
      const publishers = await limited({ maxPending: 2 })
      const pending = (account: string) => ({ ...acme, account, project: 'shop', repository: 'acme/shop' })
      await publishers.addPending(pending('acme'))
      await publishers.addPending(pending('bolt'))
      const refused = {
        ...many,
        faults: [{ field: 'project', message: 'has as many pending publishers as it may have: 2' }],
      }
      await expect(publishers.addPending(pending('eve'))).rejects.toMatchObject(refused)
      await publishers.addPending({ ...pending('acme'), environment: 'release' })
      clock.time += 30 * day
      await publishers.addPending(pending('eve'))
      expect(await publishers.list({ project: 'shop', account: 'eve' })).toHaveLength(1)
    })

    test('of the pending publishers of an account counts those for all projects', async () => {
      const publishers = await limited({ maxPendingOfAccount: 2 })
      const pending = (project: string) => ({ ...acme, project, repository: 'acme/shop' })
      for (const project of ['shop', 'docs']) await publishers.addPending(pending(project))
      const faults = [{ field: 'account', message: 'has as many pending publishers as it may have: 2' }]
      await expect(publishers.addPending(pending('site'))).rejects.toMatchObject({ ...many, faults })
      await publishers.addPending({ ...pending('site'), account: 'bolt' })
      expect(await publishers.list({ project: 'site', account: 'acme' })).toEqual([])
      expect(await changes('acme', 'site')).toEqual([])
    })

    test('claims no project for a publisher that it refuses', async () => {
      const publishers = await limited({ maxPublishers: 1 })
      await publishers.add(shop)
      await engine.database.query('truncate projects')
      await expect(publishers.add({ ...shop, account: 'eve', environment: 'test' })).rejects.toMatchObject(many)
      expect((await engine.database.query('select * from projects')).rows).toEqual([])
    })

    test.each([
      ['maxPublishers', 0, '1 to 500'],
      ['maxPublishers', 501, '1 to 500'],
      ['maxPending', 1.5, '1 to 100'],
      ['maxPending', 101, '1 to 100'],
      ['maxPendingOfAccount', '20', '1 to 500'],
      ['maxPendingOfAccount', Number.NaN, '1 to 500'],
    ])('%s: %j is refused', async (option, value, range) => {
      await expect(limited({ [option]: value })).rejects.toThrow(
        `postgresPublishers(): ${option} must be a whole number from ${range}, not `,
      )
    })
  })
})
