// The schema, the loader and core agree about documents. The list below names everything that a
// schema cannot express.

import type { ProviderLike } from '@jobpass/core'
import { circleci, defineProvider, githubActions, gitlab, parseRule } from '@jobpass/core'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { documents, junk, mutations, mutate } from '../test/arbitraries.ts'
import type { PolicyFault } from './fault.ts'
import { loadPolicy } from './load-policy.ts'
import { PolicyError } from './fault.ts'
import { policySchema } from './schema.ts'

const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const builtIn = [githubActions, gitlab, circleci] as const

const acmeCi = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: 'https://{owner}.ci.acme.dev',
  shapes: { owner: 'dns-label' },
  algorithms: ['ES256'],
  claims: {
    team: 'id',
    'ci.acme.dev': { job: { name: 'name', attempt: 'number' }, labels: 'text[]' },
    stage: ['build', 'ship'],
    manual: 'boolean',
    protected: 'flag',
    note: 'text|null',
    'label_*': 'number',
    label_main: 'text',
  },
  identity: {
    owner: 'team',
    job: ['ci.acme.dev', 'job', 'name'],
    attempt: ['ci.acme.dev', 'job', 'attempt'],
    manual: 'manual',
    refProtected: 'protected',
    stage: 'stage',
    branch: () => 'main',
    actor: 'note',
    event: 'stage',
  },
  pins: ['owner'],
  trustedEvents: ['build'],
})
const cluster = defineProvider({
  id: 'cluster',
  title: 'Cluster',
  algorithms: ['RS256'],
  claims: { ns: 'name' },
  identity: { owner: 'ns' },
  pins: [],
})

/** Faults that a schema cannot express, by the loader's message. */
const unsayable: readonly (readonly [string, (fault: PolicyFault) => boolean])[] = [
  ['a rule pins a tenant', ({ message }) => /^(?:must pin whose jobs it means|needs a condition)/.test(message)],
  ['a field has the fields it requires', ({ message }) => message.includes('proves nothing there by itself')],
  ['a pattern may match', ({ message }) => message.includes('never matches') || message.includes('never begins')],
  ['a number in data keeps its digits', ({ message }) => message.endsWith('loses digits: quote it')],
  ['an issuer is spelled as in iss and matches the tenant', ({ path }) => path.endsWith('.issuer')],
]

function faultsOf(document: unknown, providers: readonly ProviderLike[]): readonly PolicyFault[] {
  try {
    loadPolicy(document, { providers })
    return []
  } catch (error) {
    if (error instanceof PolicyError) return error.faults
    throw error
  }
}

function validator(providers: readonly ProviderLike[]): (document: unknown) => boolean {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictRequired: false }).compile(
    policySchema(providers),
  )
  return (document) => validate(document)
}

describe('schema and loader agree', () => {
  const providers = [...builtIn, acmeCi, cluster.at('https://k8s.acme.dev')]
  const valid = validator(providers)
  const agree = (document: unknown): void => {
    const faults = faultsOf(document, providers)
    if (valid(document)) expect(faults.filter((fault) => !unsayable.some(([, is]) => is(fault)))).toEqual([])
    else expect(faults).not.toEqual([])
  }

  test('schema and loader agree on documents made from the tables', () => {
    let sound = 0
    fc.assert(
      fc.property(documents(providers), (document) => {
        expect(valid(document)).toBe(true)
        agree(document)
        if (faultsOf(document, providers).length === 0) sound++
      }),
      { numRuns: 300 },
    )
    expect(sound).toBeGreaterThan(50)
  })

  test('schema and loader agree on documents with one fault', () => {
    let refused = 0
    fc.assert(
      fc.property(documents(providers), mutations, (document, changes) => {
        const mutant = mutate(document, changes)
        agree(mutant)
        if (!valid(mutant)) refused++
      }),
      { numRuns: 1500 },
    )
    expect(refused).toBeGreaterThan(300)
  })

  test('schema and loader agree on random JSON', () => {
    fc.assert(fc.property(junk, agree))
    fc.assert(
      fc.property(junk, (rule) => agree({ rules: { deploy: rule } })),
      { numRuns: 300 },
    )
  })
})

describe('schema, loader and core agree on every key and every form', () => {
  const forms: readonly unknown[] = [
    'main',
    '',
    'a*',
    1,
    1.5,
    true,
    false,
    null,
    organization,
    'acme',
    [],
    ['main'],
    ['main', 'next'],
    [''],
    [null],
    [['main']],
    [1],
    [true],
    [{ glob: 'a' }],
    [organization],
    { glob: 'release/*' },
    { glob: '' },
    { glob: '**a' },
    { glob: 'a/**' },
    { glob: '**' },
    { glob: 1 },
    { glob: 'a***/b' },
    { glob: 'a*b*/?c/\n**' },
    { not: 'a' },
    { not: ['a', 'b'] },
    { not: [] },
    { not: '' },
    { not: { glob: 'a*' } },
    { not: { glob: '***' } },
    { not: { not: 'a' } },
    { not: { present: true } },
    { not: true },
    { not: {} },
    { not: 1 },
    {
      not: {
        glob: 'a',
        not: 'b',
      },
    },
    { not: null },
    { present: true },
    { present: false },
    { present: 1 },
    { present: null },
    {
      glob: 'a',
      not: 'b',
    },
    {},
    'refs/heads/main',
    'acme/shop',
    'github.com/acme/shop',
    '7',
    ['94d6c2e65e3a5d8f6f0b4a3c2d1e0f9a8b7c6d5e'],
    'gh-readonly-queue/main',
    '.github/workflows/deploy.yml',
    'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',
    { glob: 'acme/*' },
    { not: { glob: 'refs/heads/**' } },
    ['main', { glob: 'release/*' }],
    [{ glob: '***' }],
    [{ not: 'a' }],
    { not: ['a', { glob: 'b/*' }] },
    { allOf: ['a', { not: 'b' }] },
    { allOf: [{ glob: 'a*' }, { present: true }, ['a', 'b']] },
    { allOf: ['a'] },
    { allOf: 'a' },
    { allOf: ['a', { allOf: ['a', 'b'] }] },
    { allOf: ['a', ''] },
    { allOf: ['a', { present: false }] },
    { not: { allOf: ['a', 'b'] } },
    { semver: {} },
    { semver: { prefix: '', prerelease: true } },
    { semver: { prefix: 'x'.repeat(101) } },
    { semver: { prefix: 1 } },
    { semver: { prerelease: 'yes' } },
    { semver: { range: '1.x' } },
    { semver: true },
    { not: { semver: {} } },
    { allOf: [{ semver: {} }, { not: 'v1.0.0' }] },
    { equals: 'a' },
    { claims: 'a' },
  ]
  const base: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    'github-actions': { ownerId: '1', repositoryId: '2' },
    gitlab: { ownerId: '1', repositoryId: '2', ref: 'refs/heads/main' },
    circleci: { ownerId: organization, repository: 'github.com/acme/shop' },
    'acme-ci': { owner: 'acme' },
  }
  const providers = [...builtIn, acmeCi] as const
  const valid = validator(providers)

  const leaves = (rows: object, wrap: (inner: unknown) => unknown): ((form: unknown) => unknown)[] =>
    Object.entries(rows).flatMap(([key, row]) => {
      const name = key.replace(/\?$/, '').replace(/\*$/, 'x')
      const here = (inner: unknown): unknown => wrap({ [name]: inner })
      return typeof row === 'object' && !Array.isArray(row) ? [here, ...leaves(row as object, here)] : [here]
    })

  test.each(providers.map((provider) => [provider.title, provider] as const))(
    'schema, loader and core agree on every key of %s',
    (_, provider) => {
      const { table, id } = provider
      const fields = [
        ...Object.keys(table.identity),
        'subject',
        'issuedAt',
        'audience',
        'ownerKey',
        'nonsense',
        'where',
      ]
      const keys = [
        ...fields.map((name) => (form: unknown) => ({ [name]: form })),
        ...leaves(
          { ...table.claims, aud: 'id', 'label_*': 'text', repo_property_: 'text', nonsense: 'text' },
          (claims) => ({ claims }),
        ),
        (form: unknown) => ({ claims: form }),
      ]
      const make = provider as unknown as (conditions: unknown) => unknown
      const wrong: unknown[] = []
      for (const key of keys) {
        for (const form of forms) {
          const conditions = { ...base[id], ...(key(form) as object) }
          let core = true
          try {
            make(conditions)
          } catch {
            core = false
          }
          const document = { rules: { deploy: { provider: id, ...conditions } } }
          const faults = faultsOf(document, [provider])
          const loads = faults.length === 0
          const sayable = loads || faults.some((fault) => !unsayable.some(([, is]) => is(fault)))
          if (core !== loads || (sayable && core !== valid(document)))
            wrong.push({ conditions, core, loads, valid: valid(document) })
        }
      }
      expect(wrong).toEqual([])
    },
  )

  test.each(
    [
      {},
      { audience: 'a' },
      { audience: ' \xA0' },
      { audience: [] },
      { audience: ['a', ''] },
      { audience: ['a', 'b'] },
      { audience: 1 },
      { multipleAudiences: true },
      { multipleAudiences: false },
      { maxTokenAge: 1 },
      { maxTokenAge: 0 },
      { maxTokenAge: 86400 },
      { maxTokenAge: 86401 },
      { maxTokenAge: '1' },
      { maxLifetime: 604800 },
      { maxLifetime: 604801 },
      { maxLifetime: 0.5 },
      { maxLifetime: null },
      { audience: null },
      { replayed: 1 },
      { oneTime: true },
      { oneTime: false },
      { oneTime: null },
      { oneTime: 'token' },
      { oneTime: [] },
      { oneTime: {} },
      { oneTime: { per: 'token' } },
      { oneTime: { per: 'run', scope: 'publish' }, maxTokenAge: 60 },
      { oneTime: { per: 'job' } },
      { oneTime: { per: null } },
      { oneTime: { scope: '' } },
      { oneTime: { scope: ' ' } },
      { oneTime: { scope: 'x'.repeat(100) } },
      { oneTime: { scope: 'x'.repeat(101) } },
      { oneTime: { scope: 1 } },
      { oneTime: { scoped: 'x' } },
      { data: { projectId: 7, tags: ['a', null], live: true } },
      { data: 'shop' },
      { data: 0 },
      { data: [] },
      { data: null },
      [],
      null,
      'a',
      1,
    ].map((settings) => ({ settings })),
  )('%j', ({ settings }) => {
    const { issuer } = githubActions
    let core = true
    try {
      parseRule({ provider: 'github-actions', issuer, ownerId: '1', settings }, [githubActions])
    } catch {
      core = false
    }
    const document = { rules: { deploy: { provider: 'github-actions', ownerId: '1', settings } } }
    expect([faultsOf(document, builtIn).length === 0, valid(document)]).toEqual([core, core])
  })
})

describe('the schema really misses these faults', () => {
  const valid = validator(builtIn)
  test.each([
    ['a rule pins a tenant', { provider: 'github-actions', branch: 'main' }],
    ['a rule pins a tenant', { provider: 'github-actions', owner: { not: 'acme' } }],
    ['a rule pins a tenant', { provider: 'github-actions', repository: { glob: '*/shop' } }],
    ['a pattern may match', { provider: 'github-actions', repository: { glob: 'shop' } }],
    ['a pattern may match', { provider: 'github-actions', ownerId: '1', branch: { glob: 'gh-readonly-queue/*' } }],
    ['a field has the fields it requires', { provider: 'circleci', ownerId: organization, branch: 'main' }],
    ['a field has the fields it requires', { provider: 'gitlab', ownerId: '1', environment: 'prod' }],
    [
      'an issuer is spelled as in iss and matches the tenant',
      { provider: 'gitlab', ownerId: '1', issuer: 'https://gitlab.acme.dev?x' },
    ],
    [
      'an issuer is spelled as in iss and matches the tenant',
      {
        provider: 'circleci',
        ownerId: organization,
        issuer: `https://oidc.circleci.com/org/${organization.replace('3', '4')}`,
      },
    ],
  ])('%s: %j', (name, rule) => {
    const document = { rules: { deploy: rule } }
    const faults = faultsOf(document, builtIn)
    expect(valid(document)).toBe(true)
    expect(faults).toHaveLength(1)
    expect(unsayable.filter(([, is]) => faults.every(is)).map(([each]) => each)).toEqual([name])
  })
})

describe('the schema lets editors complete', () => {
  interface Part {
    readonly [key: string]: Part & readonly Part[] & string
  }
  const { $defs } = policySchema(builtIn) as unknown as { readonly $defs: Part }
  const enums = (schema: unknown): unknown[] => {
    if (typeof schema !== 'object' || schema === null) return []
    const { enum: own = [], $ref = '' } = schema as { readonly enum?: readonly unknown[]; readonly $ref?: string }
    const referred = $defs[$ref.slice('#/$defs/'.length)]
    return [...new Set([...own, ...enums(referred), ...Object.values(schema).flatMap(enums)])]
  }
  const events = (id: string): readonly unknown[] => enums($defs[id]?.['properties']?.['event'])

  test('the schema lists the providers', () => {
    expect($defs['rule']?.['properties']?.['provider']?.['enum']).toEqual(['github-actions', 'gitlab', 'circleci'])
  })

  test('the schema lists the events: trusted ones first, then other known ones, none without an event field', () => {
    expect(events('github-actions')).toEqual([
      'push',
      'workflow_dispatch',
      'repository_dispatch',
      'schedule',
      'release',
      'create',
      'deployment',
      'merge_group',
      'pull_request',
      'pull_request_target',
      'workflow_run',
      'dynamic',
    ])
    expect(events('gitlab')).toEqual([
      'push',
      'web',
      'schedule',
      'api',
      'trigger',
      'pipeline',
      'merge_request_event',
      'parent_pipeline',
    ])
    expect(events('circleci')).toEqual([])
  })

  test('the schema lists the keys of a rule, each with a description', () => {
    const properties = $defs['gitlab']?.['properties'] as unknown as Record<string, Part>
    expect(Object.keys(properties)).toEqual([
      'provider',
      'issuer',
      'reportOnly',
      'settings',
      'subject',
      'owner',
      'ownerId',
      'repository',
      'repositoryId',
      'ref',
      'branch',
      'tag',
      'refProtected',
      'commit',
      'environment',
      'environmentProtected',
      'event',
      'workflow',
      'workflowFile',
      'runId',
      'jobId',
      'runner',
      'claims',
    ])
    expect(properties['ownerId']?.['description']).toBe(
      'Immutable id of the owner. Claim namespace_id. Exact values only.',
    )
    expect(properties['branch']?.['description']).toBe(
      'Branch, if the run provably belongs to a branch of this repository.',
    )
  })

  test('the schema lists the issuers if only bound providers are given', () => {
    const bound = [gitlab.at('https://gitlab.acme.dev'), gitlab.at('https://gitlab.example.dev')]
    const schema = policySchema(bound) as unknown as { readonly $defs: Part }
    expect(enums(schema.$defs['gitlab']?.['properties']?.['issuer'])).toEqual(bound.map(({ issuer }) => issuer))
    expect(schema.$defs['gitlab']?.['required']).toEqual(['provider', 'issuer'])
  })

  test('the schema has a claim family by prefix, and prefers the row with the exact name', () => {
    const schema = policySchema([acmeCi]) as unknown as { readonly $defs: Part }
    const claims = schema.$defs['acme-ci']?.['properties']?.['claims']
    expect(Object.keys(claims?.['patternProperties'] ?? {})).toEqual(['^(?!(?:label_main)$)label_[^*]+$'])
  })
})
