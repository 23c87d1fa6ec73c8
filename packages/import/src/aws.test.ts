// The rules of an imported policy admit nothing that AWS refuses, token by token.

import { describe, expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import { awsAdmits } from './testing/aws-original.ts'
import { awsSamples } from './testing/aws-policies.ts'
import { awsAudience } from './testing/aws-statement.ts'
import { checksOf } from './testing/checks.ts'
import { jobsOf } from './testing/jobs.ts'

const jobs = {
  github: await jobsOf('github', awsAudience),
  gitlab: await jobsOf('gitlab', awsAudience),
  circleci: await jobsOf('circleci', awsAudience),
  kubernetes: await jobsOf('kubernetes', awsAudience),
  terraform: await jobsOf('terraform', awsAudience),
  buildkite: await jobsOf('buildkite', awsAudience),
}

const cases = awsSamples.map(({ what, platform, policy }) => {
  const imported = importPolicy('aws', JSON.stringify(policy))
  return {
    name: `${platform}: ${what}`,
    checks: checksOf(imported, (claims, spell) => awsAdmits(policy, claims, spell), jobs[platform]),
  }
})

describe.each(cases)('$name', ({ checks }) => {
  test('the rules admit no token that AWS refuses', () => {
    expect(checks.wider).toEqual([])
  })

  test('a finding says where the rules are narrower, and each example is admitted by the original', () => {
    expect(checks.unsaid).toEqual([])
    expect(checks.falseExamples).toEqual([])
  })
})

test('the policies are compared on many tokens, and many of these are admitted by both', () => {
  const sum = (of: 'both' | 'decisions'): number => cases.reduce((all, { checks }) => all + checks[of], 0)
  expect(sum('decisions')).toBeGreaterThan(15_000)
  expect(sum('both')).toBeGreaterThan(2000)
})
