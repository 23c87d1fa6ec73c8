import { createVerifier, decide } from '../index.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { circleci, githubActions, gitlab, kubernetes } from '../providers/index.ts'
import { anyEvent } from '../rule/condition.ts'
import { fromSubject } from './from-subject.ts'

const providers = [githubActions, gitlab, circleci] as const
const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'
const user = 'c0d1e2f3-0415-4263-8748-59a6b7c8d9e0'

// The forms that the vendors document, and the rule that says the same.
const subjects: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['repo:acme/shop:ref:refs/heads/main', { repository: 'acme/shop', branch: 'main' }],
  ['repo:acme/shop:ref:refs/heads/release/1.x', { repository: 'acme/shop', branch: 'release/1.x' }],
  ['repo:acme/shop:ref:refs/tags/v1.4.0', { repository: 'acme/shop', tag: 'v1.4.0' }],
  ['repo:acme/shop:environment:production', { repository: 'acme/shop', environment: 'production' }],
  ['repo:acme/shop:pull_request', { repository: 'acme/shop', event: 'pull_request' }],
  ['repo:acme@12/shop@34:ref:refs/heads/main', { ownerId: '12', repositoryId: '34', branch: 'main' }],
  ['repo:acme@12/shop@34:environment:prod', { ownerId: '12', repositoryId: '34', environment: 'prod' }],
  ['project_path:acme/platform/shop:ref_type:branch:ref:main', { repository: 'acme/platform/shop', branch: 'main' }],
  ['project_path:acme/shop:ref_type:tag:ref:v1', { repository: 'acme/shop', tag: 'v1' }],
  [`org/${org}/project/${project}/user/${user}`, { ownerId: org, projectId: project }],
  [
    `org/${org}/project/${project}/user/${user}/vcs-origin/github.com/acme/shop/vcs-ref/refs/heads/main`,
    { ownerId: org, projectId: project, repository: 'github.com/acme/shop', branch: 'main' },
  ],
]

describe('fromSubject()', () => {
  test.each(subjects)('%s is %j', (subject, conditions) => {
    const { provider: _, issuer: __, ...written } = fromSubject(subject, providers).toJSON()
    expect(written).toEqual(conditions)
  })

  test.each<[string, string]>([
    ['repo:acme/*:ref:refs/heads/main', 'has a wildcard, which may cross the parts of a subject'],
    ['repo:acme/shop:job_workflow_ref:acme/ci-kit/x.yml@refs/tags/v1', 'is no subject that is known of GitHub Actions'],
    ['repo:acme/shop:environment:a%3Ab', 'is no subject that is known of'],
    ['repo:acme-12/shop-34:ref:refs/heads/main', 'is no subject that is known of'],
    ['repo:acme/shop:ref:refs/heads/', 'is no subject that is known of'],
    ['repository_id:905512384', 'is no subject that is known of'],
    ['system:serviceaccount:shop:deployer', 'is no subject that is known of'],
    ['', 'is no subject that is known of'],
  ])('%j is a TypeError', (subject, message) => {
    expect(() => fromSubject(subject, providers)).toThrow(TypeError)
    expect(() => fromSubject(subject, providers)).toThrow(message)
  })

  test('anything that is no provider is a TypeError', () => {
    expect(() => fromSubject('repo:a/b:pull_request', [{ id: 'x', title: 'X' }])).toThrow('takes providers')
    expect(() => fromSubject('system:serviceaccount:a:b', [kubernetes])).toThrow(
      'is no subject that is known of Kubernetes',
    )
  })

  test('the rule of a job’s own subject admits the job, and others of its branch only', async () => {
    const issuer = await createTestIssuer(githubActions)
    const aud = 'https://api.acme.dev'
    const trust = githubActions({ ownerId: '1234567', event: anyEvent() })
    const verifier = createVerifier({ audience: aud, trust, fetch: issuer.fetch })
    const jobs = await Promise.all(
      (['push', 'tag', 'environment', 'pull_request'] as const).map(
        async (trigger) => (await verifier.verify(await issuer.mint({ aud }, { trigger }))) as AnyWorkload,
      ),
    )
    const admitted = jobs.map(({ subject }) => jobs.map((job) => decide(fromSubject(subject, providers), job).allowed))
    expect(admitted).toEqual([
      // The job with an environment is of main, too.
      [true, false, true, false],
      [false, true, false, false],
      [false, false, true, false],
      [false, false, false, true],
    ])
  })
})

test('a rule on the subject alone says what to write, with its very values', () => {
  expect(() => githubActions({ subject: 'repo:acme/shop:ref:refs/heads/main' })).toThrow(
    new TypeError(
      'A rule for GitHub Actions must not lean on the subject, which is joined from other claims: write { repository: "acme/shop", branch: "main" }',
    ),
  )
})
