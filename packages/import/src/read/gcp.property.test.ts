// Random conditions on random tokens: the rules are never wider than a real evaluator of CEL.

import * as fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { gcpDecision } from '../testing/cel.ts'
import type { Job } from '../testing/never-wider.ts'
import { compare, faultsOf } from '../testing/never-wider.ts'
import { jobMaker } from '../testing/mutants.ts'

const audience = 'https://api.acme.dev'

/** Some values of each claim. */
const values = {
  repository: ['acme/shop', 'acme/shop-evil', 'acme/docs', 'globex/shop'],
  repository_owner: ['acme', 'acme-evil', 'globex'],
  repository_owner_id: ['1234567', '999'],
  ref: ['refs/heads/main', 'refs/heads/release/1.4', 'refs/heads/release/1/4', 'refs/tags/v1.4.0', 'refs/heads/', ''],
  event_name: ['push', 'schedule', 'pull_request_target', 'workflow_dispatch'],
  environment: ['production', 'preview'],
  enterprise_id: ['9127', '91270'],
  ref_protected: ['true', 'false'],
  runner_environment: ['github-hosted', 'self-hosted'],
  job_workflow_ref: ['acme/ci/.github/workflows/a.yml@refs/heads/main', 'acme/ci/.github/workflows/a.yml@refs/tags/v4'],
} as const
type Name = keyof typeof values
const names = Object.keys(values) as Name[]

const claimSets = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.constantFrom<unknown>(...values[name])])) as Record<
    Name,
    fc.Arbitrary<unknown>
  >,
  { requiredKeys: ['repository_owner_id'] },
)
const triggers = ['push', 'tag', 'pull_request', 'pull_request_target', 'schedule', 'environment', 'reusable'] as const

const mapped: Readonly<Record<string, string>> = {
  'google.subject': 'assertion.sub',
  'attribute.environment': 'assertion.environment',
  'attribute.repository': 'assertion.repository',
  'attribute.kind': "has(assertion.environment) ? assertion.environment : 'none'",
}

const literal = (text: string): string => `'${text}'`
const attributes: Readonly<Partial<Record<Name, string>>> = {
  environment: 'attribute.environment',
  repository: 'attribute.repository',
}
const reference = (name: Name): fc.Arbitrary<string> =>
  fc.constantFrom(`assertion.${name}`, `assertion['${name}']`, attributes[name] ?? `assertion.${name}`)
const pieces = ['acme', 'acme/', 'refs/heads/', 'refs/heads/release/', '/shop', 'main', 'v1', 'pro', '', '1', 'self']
const regexes = [
  '^refs/heads/(main|release/[^/]+)$',
  '^refs/heads/.+$',
  'refs/heads/.*',
  'acme/.*',
  '^acme/(shop|docs)$',
  'main|production',
  '^acme/[^/]+/.github/workflows/[^/]+@refs/heads/main$',
  '^pro.*',
  '.*/shop$',
  '^[ap].*',
  String.raw`^v\\d+$`,
]

/** A condition on one claim. */
const atoms: fc.Arbitrary<string> = fc.constantFrom(...names).chain((name) =>
  reference(name).chain((claim) => {
    const value = fc.constantFrom(...values[name].map(literal), "'other'")
    return fc.oneof(
      { weight: 4, arbitrary: value.map((each) => `${claim} == ${each}`) },
      { weight: 2, arbitrary: value.map((each) => `${each} != ${claim}`) },
      { weight: 2, arbitrary: fc.array(value, { maxLength: 3 }).map((list) => `${claim} in [${list.join(', ')}]`) },
      { weight: 1, arbitrary: fc.constant(`has(assertion.${name})`) },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.constantFrom('startsWith', 'endsWith', 'contains'), fc.constantFrom(...pieces))
          .map(([method, piece]) => `${claim}.${method}('${piece}')`),
      },
      { weight: 2, arbitrary: fc.constantFrom(...regexes).map((regex) => `${claim}.matches('${regex}')`) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          'true',
          'false',
          claim,
          `${claim} == 1`,
          `${claim} != true`,
          `${claim} == null`,
          `size(${claim}) > 3`,
          `${claim} == assertion.repository`,
          "'push' in assertion.event_name",
          "attribute.kind == 'none'",
          "attribute.kind != 'preview'",
        ),
      },
    )
  }),
)

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'condition' },
    { weight: 3, arbitrary: atoms },
    { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} && ${b})`) },
    { weight: 2, arbitrary: fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `(${a} || ${b})`) },
    { weight: 2, arbitrary: tie('condition').map((each) => `!(${each})`) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(tie('condition'), tie('condition'), tie('condition'))
        .map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    },
  ),
}))

let jobs: readonly Job[] = []
beforeAll(async () => {
  const maker = await jobMaker('github', [audience])
  const samples = fc.sample(fc.tuple(claimSets, fc.constantFrom(...triggers)), { numRuns: 250, seed: 5 })
  jobs = await Promise.all(samples.map(([claims, trigger]) => maker.job(maker.claims(claims, trigger))))
})

test('an import of a random condition is never wider than the condition', () => {
  const counts = { conditions: 0, translated: 0 }
  const check = (text: string): void => {
    const provider = {
      name: 'projects/512/locations/global/workloadIdentityPools/ci/providers/ci',
      attributeMapping: mapped,
      attributeCondition: text,
      oidc: { issuerUri: 'https://token.actions.githubusercontent.com', allowedAudiences: [audience] },
    }
    const admits = gcpDecision(provider, undefined)
    const found = compare({ source: 'gcp', text: JSON.stringify(provider), admits }, jobs)
    counts.conditions++
    if (found.both > 0) counts.translated++
    expect(faultsOf(found)).toEqual([])
  }
  const pinned = condition.map((each) => `assertion.repository_owner_id == '1234567' && ${each}`)
  fc.assert(fc.property(fc.oneof({ weight: 4, arbitrary: pinned }, { weight: 1, arbitrary: condition }), check), {
    numRuns: 200,
  })
  expect(counts.translated).toBeGreaterThan(counts.conditions / 5)
})
