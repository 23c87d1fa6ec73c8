// The rules of an imported policy admit nothing that AWS refuses, token by token.

import { describe, expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import { awsAdmits } from './testing/aws-original.ts'
import { awsAudience, awsSamples } from './testing/aws-policies.ts'
import type { Original } from './testing/compare.ts'
import { compare } from './testing/compare.ts'
import type { Claims, Job } from './testing/jobs.ts'
import { jobsOf } from './testing/jobs.ts'

const jobs = {
  github: await jobsOf('github', awsAudience),
  gitlab: await jobsOf('gitlab', awsAudience),
  circleci: await jobsOf('circleci', awsAudience),
}

const cases = awsSamples.map(({ what, platform, policy }) => {
  const imported = importPolicy('aws', JSON.stringify(policy))
  const original: Original = (claims, spell) => awsAdmits(policy, claims, spell)
  const tokens: readonly Job[] = jobs[platform]
  return { name: `${platform}: ${what}`, imported, original, tokens, compared: compare(imported, original, tokens) }
})

describe.each(cases)('$name', ({ imported, original, tokens, compared }) => {
  const { findings } = imported
  const levels = new Set(findings.map(({ level }) => level))

  test('the rules admit no token that AWS refuses', () => {
    expect(compared.wider).toEqual([])
  })

  test('a finding says where the rules are narrower', () => {
    if (compared.narrower.length > 0) expect(levels.has('stricter') || levels.has('refused')).toBe(true)
  })

  test('AWS admits the example of each finding', () => {
    const admitted = tokens.map(({ claims }) => claims).filter((each) => original(each, String))
    const examples = findings.flatMap(({ level, example }) =>
      (level === 'accident' || level === 'stricter') && example ? [example] : [],
    )
    const passes = (example: Claims): boolean =>
      (admitted.length === 0 ? tokens.map(({ claims }) => claims) : admitted).some((claims) =>
        original({ ...claims, ...example }, String),
      )
    expect(examples.filter((example) => !passes(example))).toEqual([])
  })
})

test('figures', () => {
  const sum = (of: (each: (typeof cases)[number]['compared']) => number): number =>
    cases.reduce((all, { compared }) => all + of(compared), 0)
  console.log(
    cases.length,
    Object.values(jobs).map((each) => each.length),
    sum((c) => c.decisions),
    'both',
    sum((c) => c.both),
    'narrower',
    sum((c) => c.narrower.length),
    'spelled',
    sum((c) => c.spelled),
    'formed',
    sum((c) => c.formed),
    'wider',
    sum((c) => c.wider.length),
  )
  for (const { name, imported, compared } of cases)
    console.log(
      name,
      JSON.stringify(imported.policy?.rules),
      compared.both,
      compared.narrower.length,
      compared.spelled,
      compared.formed,
      compared.wider.length,
      compared.wider.slice(0, 1).map((c) => JSON.stringify(c)),
      imported.findings.filter((f) => f.level === 'refused').map((f) => f.message),
    )
})
