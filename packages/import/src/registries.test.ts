// The rules of an imported trusted publisher admit nothing that the registry refuses.

import { describe, expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import type { ImportSource } from './model.ts'
import type { Checks } from './testing/checks.ts'
import { checksOf } from './testing/checks.ts'
import type { Original } from './testing/compare.ts'
import type { Job } from './testing/jobs.ts'
import { jobsOf } from './testing/jobs.ts'
import type { GitHubPublisher, GitLabPublisher } from './testing/registry-original.ts'
import { circleAdmits, cratesAdmits, gitlabAdmits, npmAdmits, pypiAdmits } from './testing/registry-original.ts'

const audiences = { pypi: 'pypi', npm: 'npm:registry.npmjs.org', 'crates-io': 'crates.io' } as const
type Registry = keyof typeof audiences

const jobs = new Map<string, readonly Job[]>()
for (const audience of Object.values(audiences))
  for (const platform of ['github', 'gitlab', 'circleci'] as const)
    jobs.set(`${platform} ${audience}`, await jobsOf(platform, audience))

interface Case {
  readonly name: string
  readonly checks: Checks
}

function caseOf(source: Registry, platform: string, form: unknown, original: Original): Case {
  const imported = importPolicy(source satisfies ImportSource, JSON.stringify(form))
  const tokens = jobs.get(`${platform} ${audiences[source]}`) ?? []
  return { name: `${source}: ${JSON.stringify(form)}`, checks: checksOf(imported, original, tokens) }
}

const repository = { owner: 'acme', repository: 'shop' }
const github: readonly GitHubPublisher[] = [
  { ...repository, file: 'ci.yml' },
  { ...repository, file: 'ci.yml', environment: 'production' },
  { ...repository, file: 'release.yml' },
  { ...repository, file: 'release.yml', environment: 'Release' },
  { ...repository, file: 'ci.yml', ownerId: '1234567' },
  { ...repository, file: 'ci.yml', ownerId: '1' },
  { owner: 'Acme', repository: 'Shop', file: 'ci.yml' },
  { owner: 'acme', repository: 'docs', file: 'ci.yml' },
  { owner: 'acme', repository: 'shop', file: 'other.yml' },
  { owner: 'evil', repository: 'acme', file: 'ci.yml' },
]
const gitlab: readonly GitLabPublisher[] = [
  { namespace: 'acme', project: 'shop', file: '.gitlab-ci.yml' },
  { namespace: 'acme', project: 'shop', file: 'ci/release.yml' },
  { namespace: 'acme/platform', project: 'relay', file: '.gitlab-ci.yml' },
  { namespace: 'acme', project: 'shop', file: '.gitlab-ci.yml', environment: 'production' },
  { namespace: 'acme', project: 'shop', file: 'other.yml' },
]
const circle = [
  {},
  { contextIds: ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'] },
  { pipelineDefinitionId: '22222222-2222-4333-8444-555555555555' },
  { vcsOrigin: 'github.com/Acme/Shop' },
].map((more) => ({
  type: 'circleci',
  orgId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22',
  projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081',
  pipelineDefinitionId: '9a1d2c3b-4e5f-5a6b-8c7d-0e1f2a3b4c5d',
  vcsOrigin: 'github.com/acme/shop',
  ...more,
}))

const cases: readonly Case[] = [
  ...github.flatMap((publisher) => {
    const { owner, repository: name, file, environment, ownerId } = publisher
    return [
      caseOf(
        'pypi',
        'github',
        { owner, repository: name, workflow: file, environment, owner_id: ownerId },
        (claims, spell) => pypiAdmits(publisher, claims, spell),
      ),
      caseOf(
        'crates-io',
        'github',
        {
          github_configs: [
            {
              id: 1,
              crate: 'shop',
              repository_owner: owner,
              repository_owner_id: ownerId === undefined ? undefined : Number(ownerId),
              repository_name: name,
              workflow_filename: file,
              environment: environment ?? null,
            },
          ],
        },
        (claims) => cratesAdmits(publisher, claims),
      ),
      caseOf('npm', 'github', { type: 'github', repository: `${owner}/${name}`, file, environment }, (claims, spell) =>
        npmAdmits(publisher, claims, spell),
      ),
    ]
  }),
  ...gitlab.flatMap((publisher) => {
    const { namespace, project, file, environment } = publisher
    const original =
      (audience: string): Original =>
      (claims, spell) =>
        gitlabAdmits(publisher, claims, spell, audience)
    const form = { namespace, project, workflow_filepath: file, environment }
    return [
      caseOf('pypi', 'gitlab', form, original(audiences.pypi)),
      caseOf('crates-io', 'gitlab', { gitlab_config: { ...form, crate: 'shop' } }, original(audiences['crates-io'])),
      caseOf(
        'npm',
        'gitlab',
        { type: 'gitlab', project: `${namespace}/${project}`, file, environment },
        original(audiences.npm),
      ),
    ]
  }),
  ...circle.map((form) => caseOf('npm', 'circleci', form, (claims, spell) => circleAdmits(form, claims, spell))),
]

describe.each(cases)('$name', ({ checks }) => {
  test('the rules admit no token that the registry refuses', () => {
    expect(checks.wider).toEqual([])
  })

  test('a finding says where the rules are narrower, and each example is admitted by the original', () => {
    expect(checks.unsaid).toEqual([])
    expect(checks.falseExamples).toEqual([])
  })
})

test('the forms are compared on many tokens, and many of these are admitted by both', () => {
  const sum = (of: 'both' | 'decisions'): number => cases.reduce((all, { checks }) => all + checks[of], 0)
  expect(sum('decisions')).toBeGreaterThan(10_000)
  expect(sum('both')).toBeGreaterThan(1000)
})
