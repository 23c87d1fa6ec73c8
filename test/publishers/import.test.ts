// Trusted publishers of npm, PyPI, crates.io and OIDC UI become publishers of this registry.

import { githubActions, gitlab } from '@jobpass/core'
import type { ImportSource } from '@jobpass/import'
import { importPolicy } from '@jobpass/import'
import type { PublisherStore } from '@jobpass/publishers'
import { createPublishers, importPublishers } from '@jobpass/publishers'
import { expect, test } from 'vitest'

const store = { find: async () => [], add: async (row: unknown) => row } as unknown as PublisherStore
const publishers = createPublishers({ store, providers: [githubActions, gitlab] })
const github = 'https://token.actions.githubusercontent.com'
const shop = { project: 'shop', account: 'acme' }

const imported = (source: ImportSource, text: unknown, ownerIds?: Readonly<Record<string, string>>) =>
  importPublishers(importPolicy(source, JSON.stringify(text)).policy, {
    registry: publishers,
    ...shop,
    ...(ownerIds && { ownerIds }),
  })

test.each([
  [
    'npm',
    { type: 'github', repository: 'acme/shop', file: 'release.yml', environment: 'release' },
    {
      ...shop,
      issuer: github,
      ownerId: '1234567',
      repository: 'acme/shop',
      workflowFile: '.github/workflows/release.yml',
      environment: 'release',
    },
  ],
  [
    'npm',
    { type: 'gitlab', project: 'acme/platform/shop', file: '.gitlab-ci.yml' },
    {
      ...shop,
      issuer: 'https://gitlab.com',
      ownerId: '99',
      repository: 'acme/platform/shop',
      workflowFile: '.gitlab-ci.yml',
    },
  ],
  [
    'pypi',
    { namespace: 'acme/platform', project: 'shop', workflow_filepath: 'ci/release.yml', environment: 'release' },
    {
      ...shop,
      issuer: 'https://gitlab.com',
      ownerId: '99',
      repository: 'acme/platform/shop',
      workflowFile: 'ci/release.yml',
      environment: 'release',
    },
  ],
  [
    'crates-io',
    {
      github_config: {
        repository_owner: 'acme',
        repository_owner_id: 7,
        repository_name: 'shop',
        workflow_filename: 'ci.yml',
      },
    },
    { ...shop, issuer: github, ownerId: '7', repository: 'acme/shop', workflowFile: '.github/workflows/ci.yml' },
  ],
] as const)('a publisher of %s with a name becomes a pending one: %j', async (source, form, expected) => {
  const { pending, publishers: bound, findings } = imported(source, form, { acme: '1234567', 'acme/platform': '99' })
  expect({ pending, bound, findings }).toEqual({ pending: [expected], bound: [], findings: [] })
  await publishers.addPending(expected)
})

test('a policy of OIDC UI with ids becomes a publisher', async () => {
  const claims = {
    aud: ['shop'],
    repository_id: ['74205118'],
    repository_owner_id: ['1234567'],
    environment: ['release'],
  }
  const expected = { ...shop, issuer: github, ownerId: '1234567', repositoryId: '74205118', environment: 'release' }
  expect(imported('oidc-ui', { label: 'shop', issuer: github, claims })).toEqual({
    publishers: [expected],
    pending: [],
    findings: [],
  })
  await publishers.add(expected)
})

test('PyPI compares the file of the job, which a finding says', () => {
  const form = { owner: 'acme', owner_id: '1234567', repository: 'shop', workflow: 'release.yml' }
  expect(imported('pypi', form)).toMatchObject({
    pending: [{ workflowFile: '.github/workflows/release.yml' }],
    findings: [{ where: 'rules.publish[0]', message: expect.stringContaining('the file that defines the job') }],
  })
})

test.each([
  ['an owner without a known id', { provider: 'gitlab', repository: 'acme/shop' }, "write ownerIds: { 'acme': '…' }"],
  [
    'an owner of the root prototype',
    { provider: 'gitlab', repository: 'constructor/shop' },
    "write ownerIds: { 'constructor': '…' }",
  ],
  ['no repository', { provider: 'gitlab', ownerId: '99' }, 'names no repository'],
  [
    'a branch',
    { provider: 'gitlab', ownerId: '99', repository: 'acme/shop', branch: 'main' },
    'has the condition "branch"',
  ],
  [
    'two repositories',
    { provider: 'gitlab', ownerId: '99', repository: ['acme/a', 'acme/b'] },
    '"repository" is not one text',
  ],
  [
    'a pattern',
    { provider: 'gitlab', ownerId: '99', repository: 'acme/shop', environment: { glob: 'r*' } },
    '"environment" is not one text',
  ],
  [
    'two files',
    { provider: 'github-actions', ownerId: '1', repository: 'a/b', workflowFile: 'a.yml', jobWorkflowFile: 'b.yml' },
    'names two workflow files',
  ],
  ['another CI system', { provider: 'circleci', ownerId: '99', repository: 'acme/shop' }, 'does not trust "circleci"'],
  [
    'another server',
    { provider: 'gitlab', issuer: 'https://gitlab.acme.dev', ownerId: '99', repository: 'a/b' },
    'does not trust "https://gitlab.acme.dev"',
  ],
])('a rule with %s is left out, with a finding', (_, rule, message) => {
  expect(importPublishers({ rules: { publish: [rule] } }, { registry: publishers, ...shop })).toEqual({
    publishers: [],
    pending: [],
    findings: [{ where: 'rules.publish[0]', message: expect.stringContaining(message) }],
  })
})

test('a policy that could not be imported has no publishers', () => {
  expect(importPublishers(undefined, { registry: publishers, ...shop })).toEqual({
    publishers: [],
    pending: [],
    findings: [],
  })
})
