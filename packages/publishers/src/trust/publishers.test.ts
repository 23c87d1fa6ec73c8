import { bitbucketPipelines, circleci, depotCi, forgejoActions, githubActions, gitlab, kubernetes } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import type { PublisherRow, PublisherStore } from '../model/store.ts'
import { createPublishers } from './publishers.ts'

const rows: PublisherRow[] = []
const store = {
  find: async () => [],
  add: async (row: PublisherRow) => {
    rows.push(row)
    return { ...row, id: '', lastUsedAt: undefined, transfer: undefined }
  },
} as unknown as PublisherStore
const time = Date.UTC(2026, 8, 1)
const publishersOf = (...providers: readonly unknown[]) =>
  createPublishers({ store, providers: providers as never, clock: { now: () => time } })

describe('the CI systems of a registry', () => {
  test('those with immutable ids of owner and repository, and its name, can be publishers', () => {
    const { issuers } = publishersOf(
      githubActions,
      gitlab,
      gitlab.at('https://gitlab.acme.dev'),
      githubActions.at('https://git.acme.dev/_services/token'),
      forgejoActions.at('https://code.acme.dev/api/actions'),
    )
    expect(issuers.map(({ issuer, provider }) => [provider, issuer])).toEqual([
      ['github-actions', 'https://token.actions.githubusercontent.com'],
      ['gitlab', 'https://gitlab.com'],
      ['gitlab', 'https://gitlab.acme.dev'],
      ['github-actions', 'https://git.acme.dev/_services/token'],
      ['forgejo-actions', 'https://code.acme.dev/api/actions'],
    ])
  })

  test.each([
    ['a list that is empty', [], 'is a list of the CI systems to trust'],
    ['a provider that was called', [githubActions({ ownerId: '1' })], 'takes providers, such as githubActions'],
    ['a server without its address', [forgejoActions], "has no issuer of its own; write its .at('https://…')"],
    ['an issuer for each tenant', [circleci], 'CircleCI has no issuer of its own'],
    ['a cluster', [kubernetes.at('https://cluster.acme.dev')], 'do not state ownerId, repositoryId, repository'],
    ['tokens without the name', [bitbucketPipelines.at('https://bitbucket.acme.dev')], 'do not state repository'],
    ['an id that is not enough', [depotCi], 'rules for Depot CI need organizationId'],
    ['one issuer twice', [gitlab, gitlab.at('https://gitlab.com')], 'two of them have the issuer "https://gitlab.com"'],
  ])('%s is refused', (_, providers, message) => {
    expect(() => publishersOf(...providers)).toThrow(message)
    expect(() => publishersOf(...providers)).toThrow(TypeError)
  })

  test.each([
    ['GitHub Actions', githubActions],
    ['GitLab CI', gitlab.at('https://gitlab.acme.dev')],
    ['Forgejo Actions', forgejoActions.at('https://code.acme.dev/api/actions')],
  ])('%s takes publishers by id, and pending ones by name', async (_, provider) => {
    const publishers = publishersOf(provider)
    const row = { project: 'shop', account: 'acme', issuer: provider.issuer ?? '', ownerId: '1' }
    await expect(publishers.add({ ...row, repositoryId: '2' })).resolves.toMatchObject({ repositoryId: '2' })
    await expect(publishers.addPending({ ...row, repository: 'acme/shop' })).resolves.toMatchObject(row)
  })
})

describe('a publisher', () => {
  const publishers = publishersOf(githubActions, gitlab)
  const shop = { project: 'shop', account: 'acme', issuer: 'https://gitlab.com', ownerId: '99' }

  test('a pending one ends after 30 days', async () => {
    await publishers.addPending({ ...shop, repository: 'acme/shop' })
    expect(rows.at(-1)).toEqual({
      ...shop,
      provider: 'gitlab',
      repositoryId: undefined,
      repository: 'acme/shop',
      createdAt: new Date(time),
      expiresAt: new Date(time + 30 * 86_400_000),
    })
  })

  test.each([
    [undefined, 'publisher must be an object'],
    [{ ...shop }, 'repositoryId is missing'],
    [{ ...shop, repositoryId: '' }, 'repositoryId must not be empty'],
    [{ ...shop, repositoryId: '7', environment: undefined }, undefined],
    [{ ...shop, repositoryId: '7', environment: null }, 'environment must be text'],
    [Object.create({ ...shop, repositoryId: '7' }), 'publisher must be an object'],
    [{ ...shop, repositoryId: '7', toString: 'x' }, 'toString is not a field of such a publisher'],
    [{ ...shop, repositoryId: '7', issuer: 'toString' }, 'issuer must be one of'],
  ])('%j is added, or refused with its faults', async (given, message) => {
    const added = publishers.add(given)
    if (message === undefined) await expect(added).resolves.toBeDefined()
    else await expect(added).rejects.toThrow(message)
  })

  test('all faults are reported at once', async () => {
    const wrong = { ...shop, project: '', ownerId: 'acme', repositoryId: 'x', workflowFile: 'a*.yml' }
    await expect(publishers.add(wrong)).rejects.toMatchObject({
      name: 'InvalidPublisher',
      faults: [
        { field: 'project', message: 'must not be empty' },
        { field: 'ownerId', message: 'must be of digits only, not "acme"' },
        { field: 'repositoryId', message: 'must be of digits only, not "x"' },
      ],
    })
  })
})

test('a registry without a store is refused', () => {
  expect(() => createPublishers({ providers: [githubActions] } as never)).toThrow('createPublishers() needs a store')
  expect(() => createPublishers({ store: {}, providers: [githubActions] } as never)).toThrow(
    'createPublishers() needs a store',
  )
})
