// Documents as values: what they mean, what is wrong with them, and what to write instead.

import { inspectRule } from '@jobpass/core/internal'
import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import { circleci, defineProvider, githubActions, gitlab, glob, reportOnly } from '@jobpass/core'
import type { ProviderLike, RuleSet, WorkloadIdentity } from '@jobpass/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { withPolluted } from '../../../test/lessons/forge.ts'
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

describe('a document yields the rules that its providers make', () => {
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
  ])('%s', (_, json, expected) => {
    const [made, ...more] = load(deploy(json)).entries['deploy'] ?? []
    expect(more).toEqual([])
    expect(JSON.stringify(made)).toBe(JSON.stringify(expected))
    expect(inspectRule(made)).toEqual(inspectRule(expected))
  })

  test('one that only reports', () => {
    const [made] = load(deploy({ ...rule, reportOnly: true })).entries['deploy'] ?? []
    expect(inspectRule(made)).toEqual(
      inspectRule(reportOnly(githubActions({ repository: 'acme/shop', branch: 'main' }))),
    )
  })

  test('the issuer is left out where there is only one: the own one, or that of the one bound provider', () => {
    const bound = gitlab.at('https://gitlab.acme.dev')
    const issuersOf = (given: readonly ProviderLike[]): unknown =>
      inspectRule(load(deploy({ provider: 'gitlab', ownerId: '1' }), given).entries['deploy']?.[0]).issuers
    expect(issuersOf([gitlab])).toEqual(['https://gitlab.com'])
    expect(issuersOf([bound, gitlab])).toEqual(['https://gitlab.com'])
    expect(issuersOf([bound])).toEqual(['https://gitlab.acme.dev'])
  })

  test('a provider without an issuer of its own takes one from the rule', () => {
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

  test('is frozen all the way down, and says what is in it', () => {
    expect(policy.names).toEqual(['deploy', 'read'])
    expect(Object.keys(policy.entries)).toEqual(['deploy', 'read'])
    for (const part of [policy, policy.names, policy.entries, policy.entries['deploy'], policy.rules('read')])
      expect(Object.isFrozen(part)).toBe(true)
  })

  test('gives handles by name, and says which names there are', () => {
    expect(policy.rules('deploy')).toEqual({ effect: 'set', name: 'deploy' })
    for (const name of ['deplo', 'toString', '__proto__', '']) {
      expect(() => policy.rules(name)).toThrow(TypeError)
      expect(() => policy.rules(name)).toThrow(`The policy has no rules '${name}'. It has: deploy, read`)
    }
  })

  test('may name its rules like members of objects', () => {
    const named = load({ rules: { toString: rule, '0': rule } })
    expect(named.names.toSorted()).toEqual(['0', 'toString'])
    expect(named.entries['toString']).toHaveLength(1)
    expect(named.entries['valueOf']).toBeUndefined()
  })

  test('keeps the workload types of its providers', () => {
    const github = loadPolicy(deploy(rule), { providers: [githubActions] })
    expectTypeOf(github.rules('deploy')).toEqualTypeOf<RuleSet<GitHubActionsWorkload>>()
    expectTypeOf(policy.rules('deploy')).toExtend<RuleSet<WorkloadIdentity>>()
  })

  test('does not follow the value it was made of', () => {
    const json = { ...rule, branch: ['main'] }
    const document = deploy([json]) as { rules: { deploy: unknown[] } }
    const made = load(document)
    json.branch.push('**')
    document.rules.deploy.push({ ...rule, branch: 'next' })
    expect(JSON.stringify(made.entries)).toBe(JSON.stringify(load(deploy([{ ...rule, branch: ['main'] }])).entries))
  })
})

describe('lesson L6: the digest is that of the meaning', () => {
  const digest = load({ rules: { deploy: [rule, { provider: 'gitlab', ownerId: ['1', '2'] }], read: rule } }).digest

  test('has 16 hexadecimal digits, the same in every process', () => {
    expect(load(deploy(rule)).digest).toBe('e6fa25b3dcdcd8f2')
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
  ])('the same for %s', (_, rules) => {
    expect(load({ description: 'whatever', rules }).digest).toBe(digest)
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
  ])('another for %s', (_, rules) => {
    expect(load({ rules }).digest).not.toBe(digest)
  })
})

describe('says what is wrong and what to write', () => {
  test.each<readonly [string, unknown, readonly string[]]>([
    ['no object', [], [': must be an object, such as { "rules": { "deploy": { … } } }, not a list']],
    ['no rules', {}, [': needs "rules": the rules by name, such as { "deploy": { … } }']],
    ['null for rules', { rules: null }, ['rules: must be rules by name, such as { "deploy": { … } }']],
    ['no rule sets', { rules: {} }, ['rules: must be rules by name, such as { "deploy": { … } }']],
    [
      'an unknown key',
      { rule: 1, rules: { deploy: rule } },
      ['rule: "rule" is no key here; did you mean "rules"? Known: rules, description, $schema'],
    ],
    ['a description that is none', { description: 1, rules: { deploy: rule } }, ['description: must be text, not 1']],
    [
      'a strange name',
      { rules: { 'de ploy': rule } },
      ['rules["de ploy"]: "de ploy" is no name: letters, digits and . _ : / -, at most 100'],
    ],
    ['an empty list', deploy([]), ['rules.deploy: is an empty list, so that nobody could call: add a rule']],
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
        'rules.deploy.provider: "github" is no provider here; did you mean "github-actions"? Known: github-actions, gitlab, circleci',
      ],
    ],
    [
      'a misspelled provider',
      deploy({ provider: 'gitlap' }),
      [
        'rules.deploy.provider: "gitlap" is no provider here; did you mean "gitlab"? Known: github-actions, gitlab, circleci',
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
      ['rules.deploy.branch: is null: leave the key out, or write { "present": false } for "is not there"'],
    ],
    [
      'an empty text',
      deploy({ ...rule, branch: '' }),
      ['rules.deploy.branch: is empty: write a value, or { "present": false } for "is not there"'],
    ],
    [
      'a misspelled operator',
      deploy({ ...rule, branch: { globs: 'x' } }),
      [
        'rules.deploy.branch.globs: "globs" is no condition; did you mean "glob"? Write a value, a list, { "glob": … }, { "not": … } or { "present": true }',
      ],
    ],
    [
      'a pattern for an id',
      deploy({ ...rule, ownerId: { glob: '*' } }),
      ['rules.deploy.ownerId.glob: is no condition here: this takes exact values only, one or a list of them'],
    ],
    [
      'a broken pattern',
      deploy({ ...rule, branch: { glob: 'a**' } }),
      ["rules.deploy.branch.glob: has '**' within a segment: it must stand alone between separators ('/')"],
    ],
    [
      'any event',
      deploy({ ...rule, event: { anyEvent: true } }),
      ['rules.deploy.event: takes no "anyEvent": that is for the verifier\'s trust; name the events that may call'],
    ],
    [
      'no event',
      deploy({ ...rule, event: { present: false } }),
      [
        'rules.deploy.event.present: must be true: a run without an event is never matched; name the events that may call',
      ],
    ],
    [
      'a key that can only be read',
      deploy({ ...rule, actor: 'x' }),
      ['rules.deploy.actor: "actor" can be read, but is no condition; who insists writes "claims": { "actor": … }'],
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
      ['rules.deploy.claims.iss: "iss" is no claim here: write "issuer"'],
    ],
    [
      'code',
      deploy({ ...rule, where: 'true' }),
      ['rules.deploy.where: "where" is code, which has no place in a document: leave it out'],
    ],
    [
      'a deny rule',
      deploy({ ...rule, deny: true }),
      ['rules.deploy.deny: "deny" has no place in a document: deny rules stand in the options of the verifier'],
    ],
    ['reportOnly: false', deploy({ ...rule, reportOnly: false }), ['rules.deploy.reportOnly: is true, or left out']],
    [
      'an unknown setting',
      deploy({ ...rule, settings: { maxAge: 1 } }),
      [
        'rules.deploy.settings.maxAge: "maxAge" is no setting. Known: audience, multipleAudiences, maxTokenAge, maxLifetime, replay, anyWorkload',
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
      ["rules.deploy: 'branch' alone proves nothing there; add repository, with a value"],
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
        'rules.deploy.ownerId: chooses the issuer: write the exact value (lower-case uuid), or a list of them, not "../x"',
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
  ])('%s', (_, document, expected) => {
    expect(faultsOf(document)).toEqual(expected)
  })

  test.each([
    ['repository_id', 'repositoryId'],
    ['branches', 'branch'],
    ['event_name', 'event'],
    ['reportonly', 'reportOnly'],
    ['job_workflow_ref', 'jobWorkflow'],
  ])('what was meant by %s', (key, meant) => {
    const [fault, ...more] = faultsOf(deploy({ ...rule, [key]: 'x' }))
    expect(fault).toMatch(
      `rules.deploy.${key}: "${key}" is no key of a rule for GitHub Actions; did you mean "${meant}"? Known: `,
    )
    expect(more).toEqual([])
  })

  test('everything at once, in one error', () => {
    const document = { rules: { deploy: [{ ...rule, ownerId: 1, x: 1 }, rule, { provider: 'gitlab' }], read: [] } }
    expect(faultsOf(document).map((fault) => fault.slice(0, fault.indexOf(':')))).toEqual([
      'rules.deploy[0].ownerId',
      'rules.deploy[0].x',
      'rules.deploy[2]',
      'rules.read',
    ])
    expect(() => load(document)).toThrow(/^The policy has 4 faults:\n {2}rules\.deploy\[0\]\.ownerId: is the number 1/)
  })

  test('the first hundred of very many', () => {
    const many = Array.from({ length: 250 }, () => 1)
    const error = faultsOf(deploy(many))
    expect(error).toHaveLength(250)
    expect(() => load(deploy(many))).toThrow(/\n {2}and 150 more$/)
  })

  test('with nothing in the message that a terminal would obey', () => {
    const [fault] = faultsOf(deploy({ ...rule, '\u001b[2J\u202e\u009b': 1 }))
    expect(fault).toMatch('rules.deploy["\\u001b[2J\\u202e\\u009b"]: "\\u001b[2J\\u202e\\u009b" is no key')
    expect(faultsOf(deploy({ provider: '::error::x\u2028##[y]' }))[0]).toMatch(
      'rules.deploy.provider: ":\\u003aerror:\\u003ax\\u2028#\\u0023[y]" is no provider',
    )
  })
})

describe('takes own members of plain data only', () => {
  test.each(['__proto__', 'constructor', 'prototype'])('the key %s is an error, wherever it stands', (key) => {
    const withKey = (object: object): unknown => JSON.parse(JSON.stringify(object).replace('{', `{"${key}":{"x":1},`))
    const message = `"${key}" is no key here: leave it out`
    expect(faultsOf(withKey({ rules: { deploy: rule } }))).toEqual([`${key}: ${message}`])
    expect(faultsOf({ rules: withKey({ deploy: rule }) })).toEqual([`rules.${key}: ${message}`])
    expect(faultsOf(deploy(withKey(rule)))).toEqual([`rules.deploy.${key}: ${message}`])
    expect(faultsOf(deploy({ ...rule, tag: withKey({ present: true }) }))).toEqual([
      `rules.deploy.tag.${key}: ${message}`,
    ])
  })

  test('nothing inherited counts', () => {
    expect(faultsOf(Object.create({ rules: { deploy: rule } }))).toEqual([
      ': is an object, and a document holds text, numbers, true, false, lists and objects only',
    ])
    withPolluted('reportOnly', true, () => {
      expect(inspectRule(load(deploy(rule)).entries['deploy']?.[0]).reports).toBe(false)
    })
    withPolluted('branch', 'next', () => {
      expect(JSON.stringify(load(deploy({ ...rule })).entries['deploy']?.[0])).not.toContain('next')
    })
    withPolluted('rules', { deploy: rule }, () => {
      expect(faultsOf({})).toEqual([': needs "rules": the rules by name, such as { "deploy": { … } }'])
    })
  })

  test.each<readonly [string, unknown, string]>([
    ['undefined', undefined, 'is undefined: leave the key out, or write a value'],
    ['a function', () => true, 'is a function, and a document holds'],
    ['a Date', new Date(0), 'is an object, and a document holds'],
    ['a Map', new Map(), 'is an object, and a document holds'],
    ['a symbol', Symbol('x'), 'is Symbol(x), and a document holds'],
    ['an infinite number', Infinity, 'is a number that JSON does not have: quote it where it is written'],
    ['NaN', NaN, 'is a number that JSON does not have: quote it where it is written'],
    ['a big integer', 12345678901234567890n, 'is the number 12345678901234567890: quote it, "12345678901234567890"'],
  ])('%s is no value', (_, value, message) => {
    const [fault, ...more] = faultsOf(deploy({ ...rule, branch: value }))
    expect(fault).toMatch(`rules.deploy.branch: ${message}`)
    expect(more).toEqual([])
  })

  test('a hole in a list, a symbol for a key', () => {
    const sparse: unknown[] = [rule]
    sparse[2] = rule
    expect(faultsOf(deploy(sparse))).toEqual(['rules.deploy[1]: is undefined: leave the key out, or write a value'])
    expect(faultsOf(deploy({ ...rule, [Symbol('x')]: 1 }))).toEqual([
      'rules.deploy: has the key Symbol(x), which is no text',
    ])
  })

  test('nesting ends at 16 levels, circles included, and so does a tree that folds onto itself', () => {
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
    ['providers forgotten', {}, 'providers is the list of providers that rules may name, not undefined'],
    ['no providers', { providers: [] }, 'providers is the list of providers that rules may name, not a list'],
    [
      'a provider that is none',
      { providers: [{ id: 'gitlab', title: 'GitLab' }] },
      'providers holds providers, such as githubActions, not an object',
    ],
    [
      'a rule for a provider',
      { providers: [gitlab({ ownerId: '1' })] },
      'providers holds providers, such as githubActions, not an object',
    ],
    [
      'undefined among them',
      { providers: [undefined] },
      'providers holds providers, such as githubActions, not undefined',
    ],
    [
      'an unknown option',
      { providers, strickt: true },
      'loadPolicy() has no option \'strickt\'; did you mean "strict"? Known: providers, strict',
    ],
    ['strict that is no boolean', { providers, strict: 'yes' }, 'strict must be true or false, not "yes"'],
    [
      'strict that is undefined',
      { providers, strict: undefined },
      "loadPolicy(): 'strict' is undefined: leave it out, or give it a value",
    ],
  ])('%s', (_, options, message) => {
    const call = loadPolicy as (document: unknown, options: unknown) => unknown
    expect(() => call(deploy(rule), options)).toThrow(new TypeError(message))
  })

  test('strict demands ids, as a strict verifier will', () => {
    const strict = (json: unknown): unknown => loadPolicy(deploy(json), { providers, strict: true })
    expect(() => strict(rule)).toThrow(
      'rules.deploy: is pinned by names only, which others can take over; strict demands ids, such as "repositoryId"',
    )
    expect(() => strict({ ...rule, repositoryId: '1' })).not.toThrow()
    expect(() => strict({ provider: 'circleci', ownerId: organization })).not.toThrow()
  })

  const table = { title: 'Acme', algorithms: ['RS256'], claims: { a: 'id' }, pins: [] } as const
  test('two tables of one id are told apart from two bindings of one', () => {
    const one = defineProvider({ ...table, id: 'acme', identity: { owner: 'a' } })
    const two = defineProvider({ ...table, id: 'acme', identity: { ownerId: 'a' } })
    expect(() => load(deploy(rule), [one, two])).toThrow("providers has two different tables called 'acme'")
    expect(() => load(deploy(rule), [...providers, gitlab.at('https://gitlab.acme.dev')])).not.toThrow()
  })

  test('only the issuers of bound providers, where no others are given', () => {
    const bound = [gitlab.at('https://gitlab.acme.dev'), gitlab.at('https://gitlab.example.dev')]
    expect(faultsOf(deploy({ provider: 'gitlab', ownerId: '1' }), bound)).toEqual([
      'rules.deploy: needs "issuer", since GitLab CI has none of its own: "https://gitlab.acme.dev" or "https://gitlab.example.dev"',
    ])
    expect(faultsOf(deploy({ provider: 'gitlab', ownerId: '1', issuer: 'https://gitlab.com' }), bound)).toEqual([
      'rules.deploy.issuer: is none of the issuers of GitLab CI here: "https://gitlab.acme.dev" or "https://gitlab.example.dev"',
    ])
  })
})

test.each<readonly [number, string]>([
  [74205118, 'quote it, "74205118"'],
  [Number('104872563198745632101'), 'quote it where it is written: as a number it has lost its digits'],
  [2 ** 53, 'quote it where it is written: as a number it has lost its digits'],
  [1.2, 'quote it where it is written: as a number it has lost its digits'],
])('R16: the advice for the number %s in a document without its text names no other id', (ownerId, advice) => {
  const load = (id: number | readonly number[]): unknown =>
    loadPolicy({ rules: { deploy: { provider: 'gitlab', ownerId: id } } }, { providers: [gitlab] })
  for (const id of [ownerId, [ownerId]]) expect(() => load(id)).toThrow(`but must be text: ${advice}`)
})
