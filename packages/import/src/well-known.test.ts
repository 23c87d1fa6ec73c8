// Policies that many have, each with the rules that people would write for it.

import { describe, expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import type { ImportFinding } from './model.ts'
import { statement } from './testing/aws-statement.ts'

type Platform = Parameters<typeof statement>[0]
type Condition = Parameters<typeof statement>[1]

const imported = (platform: Platform, ...conditions: readonly Condition[]) =>
  importPolicy(
    'aws',
    JSON.stringify({ Version: '2012-10-17', Statement: conditions.map((each) => statement(platform, each)) }),
    { set: 'deploy' },
  )

const rulesOf = (platform: Platform, condition: Condition): readonly object[] | undefined =>
  imported(platform, { StringEquals: { aud: 'https://api.acme.dev' }, ...condition }).policy?.rules['deploy']

const messages = (findings: readonly ImportFinding[], wanted: string): string =>
  findings.flatMap(({ level, message }) => (level === wanted ? [message] : [])).join('\n')

const noEnvironment = { environment: { present: false } }
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'

describe('patterns for subjects', () => {
  test.each<[string, readonly object[]]>([
    ['repo:acme/shop:*', [{ repository: 'acme/shop' }]],
    ['repo:acme/*', [{ owner: 'acme' }]],
    ['repo:acme*', [{ owner: 'acme' }]],
    ['repo:acme/*:ref:refs/heads/main', [{ owner: 'acme', branch: 'main', ...noEnvironment }]],
    ['repo:acme*/shop*:environment:prod', [{ repository: { glob: 'acme/shop*' }, environment: 'prod' }]],
    ['repo:acme/shop:ref:refs/heads/*', [{ repository: 'acme/shop', branch: { present: true }, ...noEnvironment }]],
    [
      'repo:acme/shop:ref:refs/heads/release/*',
      [{ repository: 'acme/shop', branch: { glob: 'release/**' }, ...noEnvironment }],
    ],
    ['repo:acme/shop:ref:*', [{ repository: 'acme/shop', ...noEnvironment }]],
    ['repo:acme/*:pull_request', [{ owner: 'acme', event: 'pull_request', ...noEnvironment }]],
    ['repo:acme@1234567/*:environment:prod', [{ owner: 'acme', ownerId: '1234567', environment: 'prod' }]],
    ['repo:*/shop:*', []],
    ['repo:acme/shop:customized:*', []],
  ])('GitHub: %s', (sub, rules) => {
    const expected = rules.map((rule) => ({ provider: 'github-actions', ...rule }))
    expect(rulesOf('github', { StringLike: { sub } }) ?? []).toEqual(expected)
  })

  test.each<[string, readonly object[]]>([
    ['project_path:acme/shop:*', [{ repository: 'acme/shop' }]],
    ['project_path:acme/*', [{ repository: { glob: 'acme/**' } }]],
    ['project_path:acme*', [{ repository: { glob: 'acme/**' } }]],
    ['project_path:acme/*:ref_type:branch:ref:main', [{ repository: { glob: 'acme/**' }, branch: 'main' }]],
    ['project_path:*:ref_type:branch:ref:main', []],
  ])('GitLab: %s', (sub, rules) => {
    const expected = rules.map((rule) => ({ provider: 'gitlab', ...rule }))
    expect(rulesOf('gitlab', { StringLike: { sub } }) ?? []).toEqual(expected)
  })

  test('CircleCI: the project of the organization, of which the issuer is', () => {
    expect(rulesOf('circleci', { StringLike: { sub: `org/${organization}/project/${project}/user/*` } })).toEqual([
      { provider: 'circleci', ownerId: organization, projectId: project },
    ])
  })

  test('a list of repositories is a list, and an exact subject stays one', () => {
    const sub = ['repo:acme/a:*', 'repo:acme/b:ref:refs/heads/main', 'repo:acme/c:*']
    expect(rulesOf('github', { StringLike: { sub } })).toEqual([
      { provider: 'github-actions', repository: ['acme/a', 'acme/c'] },
      {
        provider: 'github-actions',
        repository: 'acme/b',
        branch: 'main',
        ...noEnvironment,
        subject: 'repo:acme/b:ref:refs/heads/main',
      },
    ])
  })
})

describe('operators', () => {
  const shop = { repository: 'acme/shop' }

  test('a negation admits tokens without the claim, as the original does, and says so', () => {
    const { policy, findings } = imported('github', { StringEquals: shop, StringNotEquals: { environment: 'preview' } })
    expect(policy?.rules['deploy']).toEqual([
      { provider: 'github-actions', ...shop, environment: { not: 'preview' } },
      { provider: 'github-actions', ...shop, environment: { present: false } },
    ])
    expect(messages(findings, 'accident')).toContain('without the claim "environment"')
  })

  test('a negated pattern excludes values across segments, and takes no value that it cannot place', () => {
    const [rule] =
      rulesOf('github', { StringLike: { repository: 'acme/shop' }, StringNotLike: { ref: 'refs/heads/x*' } }) ?? []
    expect(rule).toMatchObject({
      ref: { allOf: [{ not: [{ glob: 'refs/heads/x*' }, { glob: 'refs/heads/x*/**' }] }, { glob: 'refs/*/**' }] },
    })
  })

  test.each(['StringEqualsIfExists', 'ForAllValues:StringEquals'])(
    '%s, which an absent claim satisfies, needs the claim',
    (operator) => {
      const { policy, findings } = imported('github', { StringEquals: shop, [operator]: { environment: 'prod' } })
      expect(policy?.rules['deploy']).toEqual([{ provider: 'github-actions', ...shop, environment: 'prod' }])
      expect(messages(findings, 'accident')).toContain('without the claim "environment"')
      expect(messages(findings, 'stricter')).toContain('no token without the claim "environment"')
    },
  )

  test('a key that AWS does not have is an accident where every token passes, and refused where none does', () => {
    const passing = imported('gitlab', {
      StringEquals: { project_id: '7' },
      'ForAllValues:StringEquals': { ref_protectd: 'true' },
    })
    expect(passing.policy?.rules['deploy']).toEqual([{ provider: 'gitlab', repositoryId: '7' }])
    expect(messages(passing.findings, 'accident')).toContain('holds for every token')
    const failing = imported('gitlab', { StringEquals: { project_id: '7', ref_protectd: 'true' } })
    expect(failing.policy).toBeUndefined()
    expect(messages(failing.findings, 'refused')).toContain('holds for no token')
  })

  test('several statements are several rules, and each is translated by itself', () => {
    const { policy, findings } = imported('github', { StringEquals: shop }, { StringLike: { sub: 'repo:*' } })
    expect(policy?.rules['deploy']).toEqual([{ provider: 'github-actions', ...shop }])
    expect(findings.filter(({ level }) => level === 'refused').map(({ where }) => where)).toEqual(['Statement[1]'])
  })
})

test.each([
  ['a list', ['Acme/Docs?', 'Acme/Shop']],
  ['a pattern', ['*Acme/Shop']],
])('a name that the original compares in two letter cases passes in neither: %s', (_, repository) => {
  const key = 'token.actions.githubusercontent.com'
  const { policy, findings } = importPolicy(
    'aws',
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${key}` },
          Condition: {
            StringLike: { [`${key}:repository`]: repository },
            StringEquals: { [`${key}:repository`]: ['acme/shop', 'acme/docs'], [`${key}:aud`]: 'sts.amazonaws.com' },
          },
        },
      ],
    }),
  )
  expect(policy).toBeUndefined()
  expect(findings.map(({ level }) => level)).toContain('refused')
})
