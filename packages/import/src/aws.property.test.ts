// Random policies of the grammar of AWS, each on the tokens of many jobs.

import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { importPolicy } from './import-policy.ts'
import { awsAdmits } from './testing/aws-original.ts'
import { awsAudience, statement } from './testing/aws-statement.ts'
import { compare } from './testing/compare.ts'
import { jobsOf } from './testing/jobs.ts'

const platforms = ['github', 'gitlab', 'circleci'] as const
type Platform = (typeof platforms)[number]

const jobs = {
  github: await jobsOf('github', awsAudience),
  gitlab: await jobsOf('gitlab', awsAudience),
  circleci: await jobsOf('circleci', awsAudience),
}

const keys: Readonly<Record<Platform, readonly string[]>> = {
  github: [
    'sub',
    'sub',
    'aud',
    'repository',
    'repository_id',
    'ref',
    'environment',
    'job_workflow_ref',
    'actor',
    'event_name',
  ],
  gitlab: ['sub', 'sub', 'aud', 'project_id', 'namespace_id', 'ref_protected', 'pipeline_source', 'user_login', 'ref'],
  circleci: ['sub', 'sub', 'aud', 'oidc.circleci.com/project-id', 'oidc.circleci.com/vcs-ref'],
}

const operators = [
  'StringEquals',
  'StringNotEquals',
  'StringEqualsIgnoreCase',
  'StringNotEqualsIgnoreCase',
  'StringLike',
  'StringLike',
  'StringNotLike',
  'StringEqualsIfExists',
  'StringNotLikeIfExists',
  'ForAnyValue:StringEquals',
  'ForAnyValue:StringNotLike',
  'ForAllValues:StringLike',
  'ForAllValues:StringNotEquals',
  'Bool',
  'Null',
]

/** Values that tokens have, parts of which become wildcards. */
function valuesOf(platform: Platform, key: string, operator: string): fc.Arbitrary<string> {
  if (operator === 'Null') return fc.constantFrom('true', 'false')
  const claim = jobs[platform].map(({ claims }) => claims[key]).filter((value) => typeof value === 'string')
  const value = fc.constantFrom(...new Set(claim.length === 0 ? ['push', 'refs/heads/main'] : claim))
  const cuts = fc.array(fc.tuple(fc.nat(60), fc.nat(25), fc.constantFrom('*', '*', '?')), { maxLength: 2 })
  return fc.tuple(value, cuts).map(([text, list]) =>
    list.reduce((result, [at, length, wildcard]) => {
      const start = Math.min(at, result.length)
      return result.slice(0, start) + wildcard + result.slice(start + (wildcard === '?' ? 1 : length))
    }, text),
  )
}

const tests = (platform: Platform): fc.Arbitrary<readonly [string, string, readonly string[]]> =>
  fc
    .tuple(fc.constantFrom(...operators), fc.constantFrom(...keys[platform]))
    .chain(([operator, key]) =>
      fc.tuple(
        fc.constant(operator),
        fc.constant(key),
        fc.array(valuesOf(platform, key, operator), { minLength: 1, maxLength: 3 }),
      ),
    )

type Condition = Record<string, Record<string, readonly string[]>>

const conditions = (platform: Platform): fc.Arbitrary<Condition> =>
  fc.array(tests(platform), { minLength: 1, maxLength: 4 }).map((list) => {
    const condition: Condition = {}
    for (const [operator, key, values] of list) (condition[operator] ??= {})[key] = values
    return condition
  })

/** A condition that names the tenant, so that rules are made more often. */
const pins: Readonly<Record<Platform, readonly Condition[]>> = {
  github: [{ StringEquals: { repository: ['acme/shop', 'acme/docs'] } }, { StringLike: { sub: ['repo:acme/*'] } }, {}],
  gitlab: [{ StringEquals: { project_id: ['48120077'] } }, { StringLike: { sub: ['project_path:acme/*'] } }, {}],
  circleci: [{}],
}

const policies = fc.constantFrom(...platforms).chain((platform) =>
  fc
    .tuple(
      fc.array(fc.tuple(conditions(platform), fc.constantFrom(...pins[platform])), { minLength: 1, maxLength: 2 }),
      fc.array(conditions(platform), { maxLength: 1 }),
    )
    .map(([allow, deny]) => ({
      platform,
      policy: {
        Version: '2012-10-17',
        Statement: [
          ...allow.map(([condition, pin]) => statement(platform, { ...condition, ...pin })),
          ...deny.map((condition) => statement(platform, condition, 'Deny')),
        ],
      },
    })),
)

test('the rules of a random policy admit no token that AWS refuses, and a finding says where they are narrower', () => {
  let [made, both] = [0, 0]
  fc.assert(
    fc.property(policies, ({ platform, policy }) => {
      const imported = importPolicy('aws', JSON.stringify(policy))
      const compared = compare(imported, (claims, spell) => awsAdmits(policy, claims, spell), jobs[platform])
      expect(compared.wider).toEqual([])
      const levels = imported.findings.map(({ level }) => level)
      if (compared.narrower.length > 0)
        expect(levels.some((level) => level === 'stricter' || level === 'refused')).toBe(true)
      if (imported.policy !== undefined) made += 1
      both += compared.both
    }),
    { numRuns: 400 },
  )
  // Most policies must make rules, or the comparison says nothing.
  expect(made).toBeGreaterThan(50)
  expect(both).toBeGreaterThan(1000)
})
