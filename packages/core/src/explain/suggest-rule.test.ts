import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { clockAt, fetchKeys, now, signToken } from '@jobpass/testing/internal'
import { anyEvent, glob } from '../rule/condition.ts'
import { circleci, githubActions, gitlab } from '../index.ts'
import { createVerifier } from '../request/verifier.ts'
import { decide } from '../rule/verdict.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { parseRule } from '../provider/parse-rule.ts'
import { pinById, suggestRule } from './suggest-rule.ts'
import type { AnyWorkload } from '../model/workload.ts'

const audience = 'https://api.acme.dev'
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const [github, lab, circle] = await Promise.all([
  createTestIssuer(githubActions),
  createTestIssuer(gitlab),
  createTestIssuer(circleci),
])
const verifier = createVerifier({
  audience,
  trust: [
    githubActions({ owner: 'acme', event: anyEvent() }),
    gitlab({ ownerId: ['99', '33019922'], event: anyEvent() }),
    circleci({ ownerId: organization }),
    circleci({ ownerId: organization, pullRequest: '418' }),
    circleci({ ownerId: organization, sshRerun: true }),
  ],
  fetch: (input, init) => {
    const url = input as string
    return (url.includes('gitlab') ? lab : url.includes('circleci') ? circle : github).fetch(input, init)
  },
})
const issuers = { github, lab, circle } as const

async function workload(
  by: keyof typeof issuers,
  trigger = 'push',
  claims: Record<string, unknown> = {},
): Promise<AnyWorkload> {
  const token = await issuers[by].mint({ aud: audience, ...claims }, { trigger: trigger as 'push' })
  return verifier.verify(token)
}

describe('suggestRule', () => {
  test('suggestRule names ids, branch and workflow file of an ordinary push', async () => {
    expect(suggestRule(await workload('github'))).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      ownerId: '1234567',
      repositoryId: '74205118',
      branch: 'main',
      refProtected: true,
      workflowFile: '.github/workflows/ci.yml',
    })
  })

  test('suggestRule names the event where it is not a trusted one', async () => {
    expect(suggestRule(await workload('github', 'issue_comment'))).toMatchObject({ event: 'issue_comment' })
  })

  test('suggestRule names the environment, its protection, and a reusable workflow', async () => {
    expect(suggestRule(await workload('lab', 'environment'))).toMatchObject({
      environment: 'production',
      environmentProtected: true,
    })
    expect(suggestRule(await workload('github', 'reusable'))).toMatchObject({
      jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4',
    })
  })

  test('suggestRule names the fields that another field needs', async () => {
    expect(suggestRule(await workload('circle'))).toEqual({
      provider: 'circleci',
      issuer: `https://oidc.circleci.com/org/${organization}`,
      ownerId: organization,
      projectId: '71c2d3e4-f506-4718-a29b-3c4d5e6f7081',
      branch: 'main',
      repository: 'github.com/acme/shop',
    })
  })

  const triggers = [
    ...[
      'push',
      'tag',
      'pull_request',
      'pull_request_target',
      'workflow_run',
      'merge_group',
      'environment',
      'reusable',
    ].map((trigger) => ['github', trigger] as const),
    ...['push', 'tag', 'merge_request', 'fork_merge_request', 'child', 'environment'].map(
      (trigger) => ['lab', trigger] as const,
    ),
    ...['push', 'tag', 'fork', 'ssh_rerun', 'webhook'].map((trigger) => ['circle', trigger] as const),
  ]
  test.each(triggers)('%s %s: the suggested rule admits the job, and no other repository’s', async (by, trigger) => {
    const job = await workload(by, trigger)
    const rule = parseRule(suggestRule(job), [githubActions, gitlab, circleci])

    expect(decide(rule, job).allowed).toBe(true)
    const id = { github: 'repository_id', lab: 'project_id', circle: 'oidc.circleci.com/project-id' }[by]
    const other = await workload(by, trigger, { [id]: by === 'circle' ? '00000000-0000-4000-8000-000000000001' : '1' })
    expect(decide(rule, other).allowed).toBe(false)
  })

  test('suggestRule refuses an identity that no verifier made', () => {
    expect(() => suggestRule({ provider: 'github-actions' } as never)).toThrow(
      'A suggestion needs a workload made by a verifier',
    )
  })
})

describe('pinById', () => {
  test('pinById replaces names by ids, and keeps the rest', async () => {
    const rule = githubActions({ repository: 'acme/shop', branch: glob('release/*') }, { maxTokenAge: 300 })
    const job = await workload('github', 'push', { ref: 'refs/heads/release/1' })

    expect(pinById(rule, job)).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      repositoryId: '74205118',
      branch: { glob: 'release/*' },
      settings: { maxTokenAge: 300 },
    })
  })

  test('pinById keeps a pattern or list, and adds the id of its owner', async () => {
    const job = await workload('github')

    expect(pinById(githubActions({ repository: ['acme/shop', 'acme/site'] }), job)).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      ownerId: '1234567',
      repository: ['acme/shop', 'acme/site'],
    })
    expect(pinById(githubActions({ repository: glob('acme/*') }), job)).toMatchObject({
      ownerId: '1234567',
      repository: { glob: 'acme/*' },
    })
  })

  test('pinById refuses a workload that the rule does not match', async () => {
    const job = await workload('github')

    expect(() => pinById(githubActions({ repository: 'acme/other' }), job)).toThrow(
      'takes a workload that the rule matches',
    )
  })

  test('pinById refuses a rule with code, which would be lost', async () => {
    const rule = githubActions({ repository: 'acme/shop', where: () => true })

    await expect(workload('github').then((job) => pinById(rule, job))).rejects.toThrow('has no JSON')
  })
})

describe('suggestions for a provider with its own table', () => {
  const acme = defineProvider({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team: 'name', repo: 'name', repo_id: 'id', ref: 'text', label: 'text', account: 'id' },
    identity: {
      owner: 'team',
      repository: 'repo',
      repositoryId: 'repo_id',
      branch: 'ref',
      tag: 'label',
      account: 'account',
    },
    pins: ['owner', 'repository', 'repositoryId', 'account'],
    requires: { branch: 'repository' },
  })
  const job = (claims: Readonly<Record<string, unknown>>): Promise<AnyWorkload> => {
    const token = { iss: 'https://ci.acme.dev', sub: 'x', aud: audience, iat: now, exp: now + 60, ...claims }
    const options = { audience, trust: acme({ owner: 'red' }), fetch: fetchKeys(), clock: clockAt(now) }
    return createVerifier(options).verify(signToken(token))
  }
  const known = { provider: 'acme-ci', issuer: 'https://ci.acme.dev' }
  const red = { team: 'red', repo: 'red/shop', repo_id: '7' }

  test('pinById keeps a name without an id, and a name that another field needs', async () => {
    const rule = acme({ owner: 'red', repository: 'red/shop', branch: 'main' })
    expect(pinById(rule, await job({ ...red, ref: 'main' }))).toEqual({
      ...known,
      owner: 'red',
      repositoryId: '7',
      repository: 'red/shop',
      branch: 'main',
    })
  })

  test('suggestRule names the tag of a tag run, and id pins whatever they are called', async () => {
    expect(suggestRule(await job({ ...red, label: 'v1', account: '99' }))).toEqual({
      ...known,
      repositoryId: '7',
      account: '99',
      tag: 'v1',
    })
  })
})
