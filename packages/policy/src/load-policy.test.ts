// Documents as values: their meaning, their faults, and the fixes.

import { inspectRule } from './inspect-rule.ts'
import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import { circleci, defineProvider, githubActions, gitlab, glob, reportOnly } from '@jobpass/core'
import type { ProviderLike, RuleSet, WorkloadIdentity } from '@jobpass/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { withPolluted } from '@jobpass/testing/internal'
import { loadPolicy } from './load-policy.ts'
import { PolicyError } from './fault.ts'

const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const other = '11111111-2222-4333-8444-555555555555'
const providers = [githubActions, gitlab, circleci] as const
const rule = { provider: 'github-actions', repository: 'acme/shop', branch: 'main' }

const load = (document: unknown, given: readonly ProviderLike[] = providers): ReturnType<typeof loadPolicy> =>
  loadPolicy(document, { providers: given })
const deploy = (json: unknown): unknown => ({ rules: { deploy: json } })

function faultsOf(document: unknown, given: readonly ProviderLike[] = providers): readonly string[] {
  try {
    load(document, given)
    return []
  } catch (error) {
    expect(error).toBeInstanceOf(PolicyError)
    return (error as PolicyError).faults.map(({ path, message }) => `${path}: ${message}`)
  }
}

describe('a document yields the same rules as its providers', () => {
  test.each([
    ['a single rule', rule, githubActions({ repository: 'acme/shop', branch: 'main' })],
    ['a rule in a list', [rule], githubActions({ repository: 'acme/shop', branch: 'main' })],
    [
      'every form of a condition',
      {
        provider: 'github-actions',
        repository: { glob: 'acme/*' },
        branch: ['main', 'next'],
        environment: { not: ['a', 'b'] },
        tag: { present: false },
        refProtected: true,
        claims: { repo_property_tier: { present: true } },
        settings: { maxTokenAge: 300 },
      },
      githubActions(
        {
          repository: glob('acme/*'),
          branch: ['main', 'next'],
          environment: { not: ['a', 'b'] },
          tag: { present: false },
          refProtected: true,
          claims: { repo_property_tier: { present: true } },
        },
        { maxTokenAge: 300 },
      ),
    ],
    [
      'the issuer of a tenant',
      { provider: 'circleci', ownerId: organization, repository: 'github.com/acme/shop' },
      circleci({ ownerId: organization, repository: 'github.com/acme/shop' }),
    ],
    [
      'the issuers of two tenants',
      { provider: 'circleci', ownerId: [organization, other] },
      circleci({ ownerId: [organization, other] }),
    ],
    [
      'another issuer',
      { provider: 'gitlab', issuer: 'https://gitlab.acme.dev', repositoryId: '7' },
      gitlab.at('https://gitlab.acme.dev')({ repositoryId: '7' }),
    ],
    [
      'the shared issuer',
      { provider: 'circleci', issuer: 'https://oidc.circleci.com', ownerId: organization },
      circleci.at('https://oidc.circleci.com')({ ownerId: organization }),
    ],
  ])('a document can contain %s', (_, json, expected) => {
    const [made, ...more] = load(deploy(json)).entries['deploy'] ?? []
    expect(more).toEqual([])
    expect(JSON.stringify(made)).toBe(JSON.stringify(expected))
    expect(inspectRule(made)).toEqual(inspectRule(expected))
  })

  test('a document can contain a report-only rule', () => {
    const [made] = load(deploy({ ...rule, reportOnly: true })).entries['deploy'] ?? []
    expect(inspectRule(made)).toEqual(
      inspectRule(reportOnly(githubActions({ repository: 'acme/shop', branch: 'main' }))),
    )
  })

  test('a rule without issuer gets the only one: that of its provider, or of the only bound provider', () => {
    const bound = gitlab.at('https://gitlab.acme.dev')
    const issuersOf = (given: readonly ProviderLike[]): unknown =>
      inspectRule(load(deploy({ provider: 'gitlab', ownerId: '1' }), given).entries['deploy']?.[0]).issuers
    expect(issuersOf([gitlab])).toEqual(['https://gitlab.com'])
    expect(issuersOf([bound, gitlab])).toEqual(['https://gitlab.com'])
    expect(issuersOf([bound])).toEqual(['https://gitlab.acme.dev'])
  })

  test('a rule names the issuer for a provider without one', () => {
    const cluster = defineProvider({
      id: 'cluster',
      title: 'Cluster',
      algorithms: ['RS256'],
      pins: [],
      claims: { ns: 'name' },
      identity: { owner: 'ns' },
    })
    const json = { provider: 'cluster', issuer: 'https://k8s.acme.dev', owner: 'ci' }
    expect(JSON.stringify(load(deploy(json), [cluster]).entries['deploy'])).toBe(JSON.stringify([json]))
    expect(faultsOf(deploy({ provider: 'cluster', owner: 'ci' }), [cluster])).toEqual([
      'rules.deploy: needs "issuer", since Cluster has none of its own: spelled as in iss',
    ])
  })
})

describe('a policy', () => {
  const policy = loadPolicy({ $schema: 'x', description: 'y', rules: { deploy: rule, read: [rule] } }, { providers })

  test('a policy is deeply frozen, and lists its contents', () => {
    expect(policy.names).toEqual(['deploy', 'read'])
    expect(Object.keys(policy.entries)).toEqual(['deploy', 'read'])
    for (const part of [policy, policy.names, policy.entries, policy.entries['deploy'], policy.rules('read')])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('a policy returns handles by name, and lists the names for an unknown one', () => {
    expect(policy.rules('deploy')).toEqual({ effect: 'set', name: 'deploy' })
    for (const name of ['deplo', 'toString', '__proto__', '']) {
      expect(() => policy.rules(name)).toThrow(TypeError)
      expect(() => policy.rules(name)).toThrow(`The policy has no rules '${name}'. It has: deploy, read`)
    }
  })

  test('a policy may name sets like members of Object.prototype', () => {
    const named = load({ rules: { toString: rule, '0': rule } })
    expect(named.names.toSorted()).toEqual(['0', 'toString'])
    expect(named.entries['toString']).toHaveLength(1)
    expect(named.entries['valueOf']).toBeUndefined()
  })

  test('a policy keeps the workload types of its providers', () => {
    const github = loadPolicy(deploy(rule), { providers: [githubActions] })
    expectTypeOf(github.rules('deploy')).toEqualTypeOf<RuleSet<GitHubActionsWorkload>>()
    expectTypeOf(policy.rules('deploy')).toExtend<RuleSet<WorkloadIdentity>>()
  })

  test('a policy does not change with the value that it was made from', () => {
    const json = { ...rule, branch: ['main'] }
    const document = deploy([json]) as { rules: { deploy: unknown[] } }
    const made = load(document)
    json.branch.push('**')
    document.rules.deploy.push({ ...rule, branch: 'next' })
    expect(JSON.stringify(made.entries)).toBe(JSON.stringify(load(deploy([{ ...rule, branch: ['main'] }])).entries))
  })
})

describe('lesson L6: the fingerprint depends on the meaning only', () => {
  const fingerprint = load({
    rules: { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: rule },
  }).fingerprint

  test('the fingerprint has 16 hexadecimal digits, the same in every process', () => {
    expect(load(deploy(rule)).fingerprint).toBe('e6fa25b3dcdcd8f2')
  })

  test.each([
    [
      'keys in another order',
      {
        read: rule,
        deploy: [
          { branch: 'main', repository: 'acme/shop', provider: 'github-actions' },
          { ownerId: ['1', '2'], provider: 'gitlab' },
        ],
      },
    ],
    ['rules and values in another order', { deploy: [{ provider: 'gitlab', ownerId: ['2', '1'] }, rule], read: rule }],
    [
      'a list of one',
      { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: [{ ...rule, branch: ['main'] }] },
    ],
    [
      'the issuer spelled out',
      { deploy: [rule, { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: ['1', '2'] }], read: rule },
    ],
    ['a rule twice', { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }, rule], read: rule }],
  ])('the fingerprint does not change for %s', (_, rules) => {
    expect(load({ description: 'whatever', rules }).fingerprint).toBe(fingerprint)
  })

  test.each([
    ['a value', { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '3'] }], read: rule }],
    ['a name', { deploi: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: rule }],
    ['rules under other names', { read: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], deploy: rule }],
    [
      'a rule that only reports',
      { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: { ...rule, reportOnly: true } },
    ],
    [
      'a negation',
      { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: { ...rule, branch: { not: 'main' } } },
    ],
    [
      'settings',
      { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: { ...rule, settings: { maxTokenAge: 60 } } },
    ],
  ])('the fingerprint changes for %s', (_, rules) => {
    expect(load({ rules }).fingerprint).not.toBe(fingerprint)
  })
})

describe('loadPolicy() says what is wrong and what to write', () => {
  test.each<readonly [string, unknown, readonly string[]]>([
    ['no object', [], [': must be an object, such as { "rules": { "deploy": { … } } }, not a list']],
    ['no rules', {}, [': needs "rules": sets of rules by name, such as { "deploy": { … } }']],
    ['null for rules', { rules: null }, ['rules: must be sets of rules by name, such as { "deploy": { … } }']],
    ['no rule sets', { rules: {} }, ['rules: must be sets of rules by name, such as { "deploy": { … } }']],
    [
      'an unknown key',
      { rule: 1, rules: { deploy: rule } },
      ['rule: "rule" is not a key here; did you mean "rules"? Known: rules, description, $schema'],
    ],
    [
      'a description that is not text',
      { description: 1, rules: { deploy: rule } },
      ['description: must be text, not 1'],
    ],
    [
      'a strange name',
      { rules: { 'de ploy': rule } },
      ['rules["de ploy"]: "de ploy" is not a valid name: letters, digits and . _ : / -, at most 100'],
    ],
    ['an empty list', deploy([]), ['rules.deploy: is an empty list, so no job could call: add a rule']],
    [
      'no rule',
      deploy(['x']),
      ['rules.deploy[0]: must be a rule, such as { "provider": "github-actions", … }, not "x"'],
    ],
    [
      'no provider',
      deploy({ branch: 'main' }),
      ['rules.deploy: names no provider: add "provider": "github-actions" or "gitlab" or "circleci"'],
    ],
    [
      'an unknown provider',
      deploy({ provider: 'github' }),
      [
        'rules.deploy.provider: "github" is not a provider here; did you mean "github-actions"? Known: github-actions, gitlab, circleci',
      ],
    ],
    [
      'a misspelled provider',
      deploy({ provider: 'gitlap' }),
      [
        'rules.deploy.provider: "gitlap" is not a provider here; did you mean "gitlab"? Known: github-actions, gitlab, circleci',
      ],
    ],
    [
      'a number for an id',
      deploy({ ...rule, ownerId: 1234567 }),
      ['rules.deploy.ownerId: is the number 1234567, but must be text: quote it, "1234567"'],
    ],
    [
      'a number in a list',
      deploy({ ...rule, ownerId: ['1', 2] }),
      ['rules.deploy.ownerId[1]: is the number 2, but must be text: quote it, "2"'],
    ],
    [
      'true for a name',
      deploy({ ...rule, branch: true }),
      ['rules.deploy.branch: is the boolean true, but must be text: quote it, "true"'],
    ],
    [
      'text for a flag',
      deploy({ ...rule, refProtected: 'true' }),
      ['rules.deploy.refProtected: must be true or false, without quotes, not "true"'],
    ],
    [
      'null',
      deploy({ ...rule, branch: null }),
      ['rules.deploy.branch: is null: leave the key out, or write { "present": false } for "is absent"'],
    ],
    [
      'an empty text',
      deploy({ ...rule, branch: '' }),
      ['rules.deploy.branch: is empty: write a value, or { "present": false } for "is absent"'],
    ],
    [
      'a misspelled operator',
      deploy({ ...rule, branch: { globs: 'x' } }),
      [
        'rules.deploy.branch.globs: "globs" is not a condition; did you mean "glob"? Write a value, a list, { "glob": … }, { "not": … }, { "present": true } or { "allOf": […] }',
      ],
    ],
    [
      'a pattern for an id',
      deploy({ ...rule, ownerId: { glob: '*' } }),
      ['rules.deploy.ownerId.glob: is not a condition here: this takes exact values only, one or a list of them'],
    ],
    [
      'a broken pattern',
      deploy({ ...rule, branch: { glob: 'a**' } }),
      ["rules.deploy.branch.glob: has '**' within a segment: it must be a whole segment between separators ('/')"],
    ],
    [
      'any event',
      deploy({ ...rule, event: { anyEvent: true } }),
      ['rules.deploy.event: takes no "anyEvent": that is for the verifier\'s trust; name the events that may call'],
    ],
    [
      'no event',
      deploy({ ...rule, event: { present: false } }),
      ['rules.deploy.event.present: must be true: a run without an event never matches; name the events that may call'],
    ],
    [
      'a key that can only be read',
      deploy({ ...rule, actor: 'x' }),
      ['rules.deploy.actor: "actor" can be read, but is not a condition; if you must, write "claims": { "actor": … }'],
    ],
    [
      'a pattern on a claim that no table lists',
      deploy({ ...rule, claims: { ref_protectd: { glob: 't*' } } }),
      [
        expect.stringContaining(
          'rules.deploy.claims.ref_protectd: is in no table, and takes exact values only, one or a list of them; did you mean',
        ) as string,
      ],
    ],
    [
      'values of several types for a claim that no table lists',
      deploy({ ...rule, claims: { tier: ['1', 2] } }),
      ['rules.deploy.claims.tier[1]: is the number 2, but must be text: quote it, "2"'],
    ],
    [
      'the issuer among the claims',
      deploy({ ...rule, claims: { iss: 'https://gitlab.com' } }),
      ['rules.deploy.claims.iss: "iss" is not a claim here: write "issuer"'],
    ],
    [
      'code',
      deploy({ ...rule, where: 'true' }),
      ['rules.deploy.where: "where" is code, which a document cannot contain: leave it out'],
    ],
    [
      'a deny rule',
      deploy({ ...rule, deny: true }),
      ['rules.deploy.deny: "deny" is not for documents: deny rules belong in the options of the verifier'],
    ],
    ['reportOnly: false', deploy({ ...rule, reportOnly: false }), ['rules.deploy.reportOnly: is true, or left out']],
    [
      'an unknown setting',
      deploy({ ...rule, settings: { maxAge: 1 } }),
      [
        'rules.deploy.settings.maxAge: "maxAge" is not a setting. Known: audience, multipleAudiences, maxTokenAge, maxLifetime, oneTime, sharedAudience, anyWorkload, data',
      ],
    ],
    [
      'no pin',
      deploy({ provider: 'gitlab', branch: 'main' }),
      [
        'rules.deploy: must pin whose jobs it means, or any tenant of the issuer could match: add owner, ownerId, repository, repositoryId with an exact value, a list, or a { "glob": … } such as \'acme/*\' whose first segment has no wildcard',
      ],
    ],
    [
      'a field alone',
      deploy({ provider: 'circleci', ownerId: organization, branch: 'main' }),
      ["rules.deploy: 'branch' proves nothing there by itself; add repository, with a value"],
    ],
    [
      'no tenant',
      deploy({ provider: 'circleci' }),
      ['rules.deploy: needs "ownerId", which chooses the issuer of CircleCI: the exact id, or a list of them'],
    ],
    [
      'a tenant out of form',
      deploy({ provider: 'circleci', ownerId: '../x' }),
      [
        'rules.deploy.ownerId: chooses the issuer: write the exact value (a lower-case uuid), or a list of them, not "../x"',
      ],
    ],
    [
      'an issuer out of form',
      deploy({ provider: 'gitlab', ownerId: '1', issuer: 'https://gitlab.dev?x' }),
      [
        'rules.deploy.issuer: The issuer "https://gitlab.dev?…" must be spelled as in the token\'s iss, and be one URL of up to 256 characters without user info, query, fragment, pattern, dot segment or empty segment: "https://gitlab.dev"',
      ],
    ],
    [
      'an issuer of another tenant',
      deploy({ provider: 'circleci', ownerId: organization, issuer: `https://oidc.circleci.com/org/${other}` }),
      [
        `rules.deploy.issuer: has the issuer "https://oidc.circleci.com/org/${other}", but its conditions yield ["https://oidc.circleci.com/org/${organization}"]`,
      ],
    ],
    [
      'an issuer that is a number',
      deploy({ ...rule, issuer: 1 }),
      ['rules.deploy.issuer: is the number 1, but must be text: quote it, "1"'],
    ],
  ])('loadPolicy() reports %s', (_, document, expected) => {
    expect(faultsOf(document)).toEqual(expected)
  })

  test.each([
    ['repository_id', 'repositoryId'],
    ['branches', 'branch'],
    ['event_name', 'event'],
    ['reportonly', 'reportOnly'],
    ['job_workflow_ref', 'jobWorkflow'],
    ['org', 'owner'],
    ['project', 'repository'],
    ['sha', 'commit'],
  ])('loadPolicy() suggests the right key for %s', (key, meant) => {
    const [fault, ...more] = faultsOf(deploy({ ...rule, [key]: 'x' }))
    expect(fault).toMatch(
      `rules.deploy.${key}: "${key}" is not a key of a rule for GitHub Actions; did you mean "${meant}"? Known: `,
    )
    expect(more).toEqual([])
  })

  test('loadPolicy() reports all faults at once, in one error', () => {
    const document = { rules: { deploy: [{ ...rule, ownerId: 1, x: 1 }, rule, { provider: 'gitlab' }], read: [] } }
    expect(faultsOf(document).map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'rules.deploy[0].ownerId',
      'rules.deploy[0].x',
      'rules.deploy[2]',
      'rules.read',
    ])
    expect(() => load(document)).toThrow(/^The policy has 4 faults:\n {2}rules\.deploy\[0\]\.ownerId: is the number 1/)
  })

  test('the message of a PolicyError lists at most 100 faults', () => {
    const many = Array.from({ length: 250 }, () => 1)
    const error = faultsOf(deploy(many))
    expect(error).toHaveLength(250)
    expect(() => load(deploy(many))).toThrow(/\n {2}and 150 more$/)
  })

  test('messages contain no characters that a terminal would interpret', () => {
    const [fault] = faultsOf(deploy({ ...rule, '\u001b[2J\u202e\u009b': 1 }))
    expect(fault).toMatch('rules.deploy["\\u001b[2J\\u202e\\u009b"]: "\\u001b[2J\\u202e\\u009b" is not a key')
    expect(faultsOf(deploy({ provider: '::error::x\u2028##[y]' }))[0]).toMatch(
      'rules.deploy.provider: ":\\u003aerror:\\u003ax\\u2028#\\u0023[y]" is not a provider',
    )
  })
})

describe('loadPolicy() reads own members of plain data only', () => {
  test.each(['__proto__', 'constructor', 'prototype'])('the key %s is an error everywhere in a document', (key) => {
    const withKey = (object: object): unknown => JSON.parse(JSON.stringify(object).replace('{', `{"${key}":{"x":1},`))
    const message = `"${key}" is not a key here: leave it out`
    expect(faultsOf(withKey({ rules: { deploy: rule } }))).toEqual([`${key}: ${message}`])
    expect(faultsOf({ rules: withKey({ deploy: rule }) })).toEqual([`rules.${key}: ${message}`])
    expect(faultsOf(deploy(withKey(rule)))).toEqual([`rules.deploy.${key}: ${message}`])
    expect(faultsOf(deploy({ ...rule, tag: withKey({ present: true }) }))).toEqual([
      `rules.deploy.tag.${key}: ${message}`,
    ])
  })

  test('inherited members are ignored', () => {
    expect(faultsOf(Object.create({ rules: { deploy: rule } }))).toEqual([
      ': is an object, and a document can contain only text, numbers, true, false, lists and objects',
    ])
    withPolluted('reportOnly', true, () => {
      expect(inspectRule(load(deploy(rule)).entries['deploy']?.[0]).reports).toBe(false)
    })
    withPolluted('branch', 'next', () => {
      expect(JSON.stringify(load(deploy({ ...rule })).entries['deploy']?.[0])).not.toContain('next')
    })
    withPolluted('rules', { deploy: rule }, () => {
      expect(faultsOf({})).toEqual([': needs "rules": sets of rules by name, such as { "deploy": { … } }'])
    })
  })

  test.each<readonly [string, unknown, string]>([
    ['undefined', undefined, 'is undefined: leave the key out, or write a value'],
    ['a function', () => true, 'is a function, and a document can contain only'],
    ['a Date', new Date(0), 'is an object, and a document can contain only'],
    ['a Map', new Map(), 'is an object, and a document can contain only'],
    ['a symbol', Symbol('x'), 'is Symbol(x), and a document can contain only'],
    ['an infinite number', Infinity, 'is a number that JSON does not have: quote it where it is written'],
    ['NaN', NaN, 'is a number that JSON does not have: quote it where it is written'],
    ['a big integer', 12345678901234567890n, 'is the number 12345678901234567890: quote it, "12345678901234567890"'],
  ])('loadPolicy() refuses %s as a value', (_, value, message) => {
    const [fault, ...more] = faultsOf(deploy({ ...rule, branch: value }))
    expect(fault).toMatch(`rules.deploy.branch: ${message}`)
    expect(more).toEqual([])
  })

  test('loadPolicy() refuses a hole in a list, and a symbol as a key', () => {
    const sparse: unknown[] = [rule]
    sparse[2] = rule
    expect(faultsOf(deploy(sparse))).toEqual(['rules.deploy[1]: is undefined: leave the key out, or write a value'])
    expect(faultsOf(deploy({ ...rule, [Symbol('x')]: 1 }))).toEqual([
      'rules.deploy: has the key Symbol(x), which is not text',
    ])
  })

  test('loadPolicy() refuses more than 16 levels, cycles, and a graph that expands to very many values', () => {
    const circle: unknown[] = []
    circle.push(circle)
    expect(faultsOf(deploy(circle))).toHaveLength(2)
    expect(faultsOf(deploy(circle))[0]).toMatch(/^rules\.deploy(?:\[0\]){14}: is nested deeper than 16 levels$/)
    const tree = Array.from({ length: 12 }).reduce<unknown>((inner) => [inner, inner, inner, inner], 'leaf')
    expect(faultsOf(deploy(tree))).toContain(': has more than 1000000 values')
  })
})

describe('options', () => {
  test.each<readonly [string, unknown, string]>([
    ['none', undefined, 'loadPolicy() takes options, such as { providers: [githubActions] }'],
    ['providers forgotten', {}, 'providers must be a list of the providers that rules may name, not undefined'],
    ['no providers', { providers: [] }, 'providers must be a list of the providers that rules may name, not a list'],
    [
      'an object that is not a provider',
      { providers: [{ id: 'gitlab', title: 'GitLab' }] },
      'providers must contain providers, such as githubActions, not an object',
    ],
    [
      'a rule for a provider',
      { providers: [gitlab({ ownerId: '1' })] },
      'providers must contain providers, such as githubActions, not an object',
    ],
    [
      'undefined among them',
      { providers: [undefined] },
      'providers must contain providers, such as githubActions, not undefined',
    ],
    [
      'an unknown option',
      { providers, strickt: true },
      "loadPolicy() has no 'strickt'; did you mean 'strict'? Known: providers, strict",
    ],
    ['strict that is not a boolean', { providers, strict: 'yes' }, 'strict must be true or false, not "yes"'],
    [
      'strict that is undefined',
      { providers, strict: undefined },
      "loadPolicy(): 'strict' is undefined: leave the key out, or give it a value",
    ],
  ])('loadPolicy() throws a TypeError for options: %s', (_, options, message) => {
    const call = loadPolicy as (document: unknown, options: unknown) => unknown
    expect(() => call(deploy(rule), options)).toThrow(new TypeError(message))
  })

  test('strict requires ids, as a strict verifier does', () => {
    const strict = (json: unknown): unknown => loadPolicy(deploy(json), { providers, strict: true })
    expect(() => strict(rule)).toThrow(
      'rules.deploy: is pinned by names only, which others can take over; strict requires ids, such as "repositoryId"',
    )
    expect(() => strict({ ...rule, repositoryId: '1' })).not.toThrow()
    expect(() => strict({ provider: 'circleci', ownerId: organization })).not.toThrow()
  })

  const table = { title: 'Acme', algorithms: ['RS256'], claims: { a: 'id' }, pins: [] } as const
  test('two tables with the same id are refused, two bindings of one table are not', () => {
    const one = defineProvider({ ...table, id: 'acme', identity: { owner: 'a' } })
    const two = defineProvider({ ...table, id: 'acme', identity: { ownerId: 'a' } })
    expect(() => load(deploy(rule), [one, two])).toThrow("providers has two different tables called 'acme'")
    expect(() => load(deploy(rule), [...providers, gitlab.at('https://gitlab.acme.dev')])).not.toThrow()
  })

  test('only the issuers of bound providers are allowed if no others are given', () => {
    const bound = [gitlab.at('https://gitlab.acme.dev'), gitlab.at('https://gitlab.example.dev')]
    expect(faultsOf(deploy({ provider: 'gitlab', ownerId: '1' }), bound)).toEqual([
      'rules.deploy: needs "issuer", since GitLab CI has none of its own: "https://gitlab.acme.dev" or "https://gitlab.example.dev"',
    ])
    expect(faultsOf(deploy({ provider: 'gitlab', ownerId: '1', issuer: 'https://gitlab.com' }), bound)).toEqual([
      'rules.deploy.issuer: is not one of the issuers of GitLab CI here: "https://gitlab.acme.dev" or "https://gitlab.example.dev"',
    ])
  })
})

test.each<readonly [number, string]>([
  [74205118, 'quote it, "74205118"'],
  [Number('104872563198745632101'), 'quote it where it is written: as a number it has lost its digits'],
  [2 ** 53, 'quote it where it is written: as a number it has lost its digits'],
  [1.2, 'quote it where it is written: as a number it has lost its digits'],
])('R16: for the number %s in a document without text, the fix does not name another id', (ownerId, advice) => {
  const load = (id: number | readonly number[]): unknown =>
    loadPolicy({ rules: { deploy: { provider: 'gitlab', ownerId: id } } }, { providers: [gitlab] })
  for (const id of [ownerId, [ownerId]]) expect(() => load(id)).toThrow(`but must be text: ${advice}`)
})
