// The rules of an imported credential admit nothing that Microsoft Entra refuses, token by token.

import { describe, expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import { azureAdmits } from './testing/azure-original.ts'
import { checksOf } from './testing/checks.ts'
import { jobsOf } from './testing/jobs.ts'

const audience = 'https://api.acme.dev'
const jobs = { github: await jobsOf('github', audience), gitlab: await jobsOf('gitlab', audience) }

const issuers = { github: 'https://token.actions.githubusercontent.com', gitlab: 'https://gitlab.com' }

const classic = (platform: keyof typeof jobs, subject: string): readonly [keyof typeof jobs, object] => [
  platform,
  { name: 'deploy', issuer: issuers[platform], subject, audiences: [audience] },
]

const flexible = (platform: keyof typeof jobs, value: string): readonly [keyof typeof jobs, object] => [
  platform,
  {
    name: 'deploy',
    issuer: issuers[platform],
    audiences: [audience],
    claimsMatchingExpression: { value, languageVersion: 1 },
  },
]

const credentials = [
  classic('github', 'repo:acme/shop:ref:refs/heads/main'),
  classic('github', 'repo:acme@1234567/shop@74205118:environment:production'),
  classic('github', 'repo:acme/shop:environment:Production'),
  classic('github', 'repo:acme/shop:pull_request'),
  classic('github', 'repo:acme/shop:ref:refs/tags/v2.3.0'),
  classic('gitlab', 'project_path:acme/shop:ref_type:branch:ref:main'),
  classic('gitlab', 'project_path:acme/platform/relay:ref_type:tag:ref:v2/x'),
  flexible('github', "claims['sub'] matches 'repo:acme/shop:*'"),
  flexible('github', "claims['sub'] matches 'repo:acme/*:ref:refs/heads/main'"),
  flexible('github', "claims['sub'] matches 'repo:acme*:pull_request'"),
  flexible('github', "claims['sub'] eq 'repo:acme/shop:ref:refs/heads/main'"),
  flexible(
    'github',
    "claims['sub'] matches 'repo:acme@1234567/*@*:ref:refs/heads/main' and claims['job_workflow_ref'] eq 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4'",
  ),
  flexible(
    'github',
    "claims['sub'] matches 'repo:acme/shop:*' and claims['job_workflow_ref'] matches 'acme/ci-kit/.github/workflows/*@refs/tags/v?'",
  ),
  flexible('gitlab', "claims['sub'] matches 'project_path:acme/*:ref_type:branch:ref:????'"),
  flexible('gitlab', "claims['sub'] matches 'project_path:acme/shop:*'"),
  flexible('gitlab', "claims['sub'] matches 'project_path:*:ref_type:branch:ref:main'"),
] as const

const cases = credentials.map(([platform, credential]) => ({
  name: `${platform}: ${JSON.stringify(credential)}`,
  checks: checksOf(
    importPolicy('azure', JSON.stringify(credential)),
    (claims, spell) => azureAdmits(credential as never, claims, spell),
    jobs[platform],
  ),
}))

describe.each(cases)('$name', ({ checks }) => {
  test('the rules admit no token that Microsoft Entra refuses', () => {
    expect(checks.wider).toEqual([])
  })

  test('a finding says where the rules are narrower, and each example is admitted by the original', () => {
    expect(checks.unsaid).toEqual([])
    expect(checks.falseExamples).toEqual([])
  })
})

describe('the reader of Azure', () => {
  const levelsOf = (text: string): readonly string[] =>
    importPolicy('azure', text).findings.map(({ message }) => message)

  test('reads the answers of the Graph API, and those of Azure Resource Manager', () => {
    const [, credential] = credentials[0]
    const { policy } = importPolicy('azure', JSON.stringify({ value: [credential] }))
    expect(policy).toBeDefined()
    const { name, ...properties } = credential as { readonly name: string }
    expect(importPolicy('azure', JSON.stringify({ name, properties })).policy).toEqual(policy)
  })

  test.each([
    ["claims['sub']  eq 'x'", 'not understood'],
    ["claims['sub'] eq 'x' or claims['sub'] eq 'y'", 'not understood'],
    ["claims['sub'] matches 'x' and", 'not understood'],
  ])('refuses the expression %s', (value, message) => {
    const [, credential] = flexible('github', value)
    expect(levelsOf(JSON.stringify(credential)).join(' ')).toContain(message)
  })

  test('refuses another version of the language, and a credential without audiences', () => {
    const [, credential] = flexible('github', "claims['sub'] eq 'x'")
    const other = { ...credential, claimsMatchingExpression: { value: "claims['sub'] eq 'x'", languageVersion: 2 } }
    expect(levelsOf(JSON.stringify(other)).join(' ')).toContain('version 1 is known')
    expect(levelsOf(JSON.stringify({ ...credential, audiences: [] })).join(' ')).toContain('no audiences')
  })

  test('throws for a text that is not a credential', () => {
    expect(() => importPolicy('azure', '- 1')).toThrow(TypeError)
    expect(() => importPolicy('azure', '{"issuer": ')).toThrow(TypeError)
  })
})
