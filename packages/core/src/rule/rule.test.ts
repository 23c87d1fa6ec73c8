import { absent, anyEvent, circleci, defineProvider, githubActions, gitlab, glob, not, present } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { circleciOrganization, withPolluted } from '@jobpass/testing/internal'
import { compiledRule } from './make-rule.ts'
import type { CompiledRule } from './rule.ts'

/** Any provider, called as from JavaScript. */
type Untyped = (conditions?: unknown, settings?: unknown) => unknown
const github = githubActions as unknown as Untyped
const lab = gitlab as unknown as Untyped
const circle = circleci as unknown as Untyped
const denyGithub = Reflect.get(githubActions, 'deny') as Untyped

const org = circleciOrganization
const other = '11111111-2222-4333-8444-555555555555'

function refuses(make: () => unknown, ...messages: readonly string[]): void {
  expect(make).toThrow(TypeError)
  for (const message of messages) expect(make).toThrow(message)
}

describe('conditions must be a plain object', () => {
  test.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'acme/shop'],
    ['a list', [{ ownerId: '1' }]],
    ['a function', () => ({ ownerId: '1' })],
    ['a Map', new Map([['ownerId', '1']])],
    ['inherited conditions', Object.create({ ownerId: '1' })],
    [
      'a class instance',
      new (class Rule {
        ownerId = '1'
      })(),
    ],
  ])('a provider refuses %s as conditions', (_, conditions) => {
    refuses(() => github(conditions), "takes conditions, such as { repository: 'acme/shop' }")
  })

  test('a provider accepts conditions without a prototype', () => {
    const conditions = Object.assign(Object.create(null) as object, { ownerId: '1' })
    expect(github(conditions)).toMatchObject({ effect: 'allow' })
  })
})

describe('lesson F1: every key of the conditions needs a value', () => {
  test.each([
    ['undefined id', { repositoryId: undefined }, "'repositoryId' is undefined: leave the key out"],
    ['null id', { ownerId: null }, "'ownerId' is null: leave the key out"],
    ['undefined after a pin', { ownerId: '1', branch: undefined }, "'branch' is undefined"],
    ['undefined in a list', { ownerId: '1', branch: [undefined] }, 'has undefined for a value'],
    ['null in a list', { ownerId: '1', branch: ['main', null] }, 'has null for a value'],
    ['null claim', { ownerId: '1', claims: { sha: null } }, "'claims.sha' is null"],
    ['undefined claim', { ownerId: '1', claims: { sha: undefined } }, "'claims.sha' is undefined"],
    ['null for an unknown claim', { ownerId: '1', claims: { x: null } }, "'claims.x' is null"],
    ['undefined claims', { ownerId: '1', claims: undefined }, "'claims' is undefined"],
    ['null claims', { ownerId: '1', claims: null }, "'claims' is null"],
    ['no claim in claims', { ownerId: '1', claims: {} }, "'claims' is empty: leave it out, or name a claim"],
    ['a list for claims', { ownerId: '1', claims: [] }, "'claims' must be an object of claims"],
    ['text for claims', { ownerId: '1', claims: 'sha' }, "'claims' must be an object of claims"],
    ['undefined where', { ownerId: '1', where: undefined }, "'where' is undefined"],
    [
      'where that is not a function',
      { ownerId: '1', where: true },
      'where must be a function of the workload, not true',
    ],
    ['an empty list', { ownerId: [] }, 'an empty list would never match'],
    ['an empty text', { ownerId: '' }, 'is empty: write a value'],
    ['undefined event', { ownerId: '1', event: undefined }, "'event' is undefined"],
    ['a number for an id', { ownerId: 1_234_567 }, "quote it, '1234567'"],
    ['a number in a list of ids', { repositoryId: ['1', 2] }, "quote it, '2'"],
    ['a bigint for an id', { ownerId: 1n }, 'must be a string, not 1'],
    ['a boolean as text', { ownerId: '1', refProtected: 'true' }, 'must be a boolean, not "true"'],
    ['a boolean as a raw claim', { ownerId: '1', claims: { ref_protected: true } }, 'must be a string, not true'],
  ])('a rule with %s does not construct', (_, conditions, message) => {
    refuses(() => github(conditions), message)
  })

  test('a rule reads each condition once, so a getter cannot make it differ from its JSON', () => {
    let reads = 0
    const conditions = {
      get ownerId() {
        return reads++ === 0 ? '1234567' : '666'
      },
    }
    const rule = githubActions(conditions)
    const expected = compiledRule(rule)?.checks.find(({ field }) => field === 'ownerId')?.expected
    expect(rule.toJSON()['ownerId']).toBe(expected)
  })

  test('a rule does not change with later changes of its conditions or settings', () => {
    const ownerId = ['1']
    const audience = ['https://a.example']
    const conditions = { ownerId, claims: { workflow: 'aa' } }
    const rule = githubActions(conditions, { audience })
    const before = JSON.stringify(rule)
    ownerId.push('2')
    audience.push('https://b.example')
    conditions.claims.workflow = 'bb'
    expect(JSON.stringify(rule)).toBe(before)
    expect(
      compiledRule(rule)
        ?.checks.find(({ field }) => field === 'ownerId')
        ?.passes('2'),
    ).toBe(false)
    expect(
      compiledRule(rule)
        ?.checks.find(({ field }) => field === 'audience')
        ?.passes(['https://b.example']),
    ).toBe(false)
  })
})

describe('attack E2: unknown names of conditions', () => {
  test.each([
    [{ ownerId: '1', repostory: 'acme/shop' }, "has no 'repostory'; did you mean 'repository'?"],
    [{ org: 'acme' }, "has no 'org'; did you mean 'owner'?"],
    [{ organization_id: '1' }, "has no 'organization_id'; did you mean 'ownerId'?"],
    [{ ownerId: '1', project: 'acme/shop' }, "has no 'project'; did you mean 'repository'?"],
    [{ ownerId: '1', env: 'production' }, "has no 'env'; did you mean 'environment'?"],
    [{ ownerId: '1', trigger: 'push' }, "has no 'trigger'; did you mean 'event'?"],
    [{ ownerId: '1', file: 'deploy.yml' }, "has no 'file'; did you mean 'workflowFile'?"],
    [{ ownerId: '1', toString: 'x' }, "has no 'toString'"],
    [{ ownerId: '1', Branch: 'main' }, "did you mean 'branch'?"],
    [{ ownerId: '1', repository_id: '7' }, "did you mean 'repositoryId'?"],
    [{ ownerId: '1', job_workflow_ref: 'x' }, "did you mean 'jobWorkflow'?"],
    [{ ownerId: '1', claims: { iss: 'x' } }, "'claims' has no 'iss'"],
    [{ ownerId: '1', claims: { aud: 'x' } }, "'claims' has no 'aud'"],
    [{ ownerId: '1', claims: { sub: 'x' } }, "'claims' has no 'sub'"],
    [{ ownerId: '1', claims: { [Symbol('sha')]: 'x' } }, "'claims' has no 'Symbol(sha)'"],
    [{ ownerId: '1', [Symbol('branch')]: 'main' }, "has no 'Symbol(branch)'"],
    [{ ownerId: '1', toString: 'x' }, "has no 'toString'"],
    [{ ownerId: '1', constructor: 'x' }, "has no 'constructor'"],
    [JSON.parse('{"ownerId":"1","__proto__":{"event":{"anyEvent":true}}}'), "has no '__proto__'"],
    [{ ownerId: '1', project: 'x' }, "has no 'project'"],
    [{ ownerId: '1', provider: 'github-actions' }, "'provider' can be read, but is no condition"],
    [{ ownerId: '1', issuer: 'https://x.example' }, "'issuer' can be read, but is no condition"],
    [{ ownerId: '1', audience: 'https://x.example' }, "'audience' can be read, but is no condition"],
    [{ ownerId: '1', ownerKey: 'x' }, "'ownerKey' can be read, but is no condition"],
    [{ ownerId: '1', expiresAt: 1 }, "'expiresAt' can be read, but is no condition"],
    [{ ownerId: '1', runUrl: 'x' }, "'runUrl' can be read, but is no condition"],
    [{ ownerId: '1', tokenId: 'x' }, "claims: { 'jti': … }"],
  ])('attack E2: a rule with %j does not construct', (conditions, message) => {
    refuses(() => github(conditions), message)
  })

  test('a rule refuses an unknown key that is not enumerable', () => {
    const hidden = Object.defineProperty({ ownerId: '1' }, 'brnch', { value: 'main' })
    refuses(() => github(hidden), "has no 'brnch'")
  })

  test('a rule refuses the name of a claim family instead of a claim', () => {
    refuses(() => github({ ownerId: '1', claims: { 'repo_property_*': 'gold' } }), 'repo_property_')
    refuses(() => github({ ownerId: '1', claims: { repo_property_: 'gold' } }), "'claims' has no 'repo_property_'")
  })

  test('a rule refuses a field that its provider never has', () => {
    refuses(() => circle({ ownerId: org, environment: 'production' }), "has no 'environment'")
    refuses(() => circle({ ownerId: org, event: 'push' }), "has no 'event'")
    refuses(() => lab({ ownerId: '1', mergeQueue: 'main' }), "has no 'mergeQueue'")
  })

  test.each([
    ['actor', "claims: { 'actor': … }"],
    ['actorId', "claims: { 'actor_id': … }"],
  ])('attack C8: a rule refuses %s as a condition', (key, message) => {
    refuses(() => github({ ownerId: '1', [key]: 'dependabot[bot]' }), message)
  })

  test('attack C7: a rule refuses head_ref as a condition', () => {
    refuses(() => github({ ownerId: '1', headRef: 'main' }), "has no 'headRef'")
  })
})

describe('lesson G5: every rule pins its tenant', () => {
  const unpinned: readonly (readonly [string, object])[] = [
    ['no condition at all', {}],
    ['a branch', { branch: 'main' }],
    ['a subject by a template', { subject: 'repository_owner:acme:ref:refs/heads/main' }],
    ['an event', { event: 'push' }],
    ['every event', { event: anyEvent() }],
    ['an environment', { environment: 'production' }],
    ['attack C9: a reusable workflow', { jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4' }],
    ['attack C5: the name of a workflow', { claims: { workflow: 'Deploy' } }],
    ['attack C8: the actor', { claims: { actor: 'dependabot[bot]' } }],
    ['only code', { where: () => true }],
    ['not another owner', { owner: not('evil') }],
    ['not another owner id', { ownerId: not('666') }],
    ['not a list of owners', { owner: not(['evil', 'worse']) }],
    ['a present owner', { owner: present() }],
    ['an absent owner id', { ownerId: absent() }],
    ['attack A2: any owner', { owner: glob('*') }],
    ['attack A2: any owner at any depth', { owner: glob('**') }],
    ['attack A2: any repository', { repository: glob('*/*') }],
    ['attack A2: any repository at any depth', { repository: glob('**') }],
    ['a repository name under any owner', { repository: glob('*/shop') }],
    ['a repository name at any depth', { repository: glob('**/shop') }],
    ['attack B1: a prefix of an owner', { owner: glob('acme*') }],
    ['attack B1: a prefix of an owner with a repository', { repository: glob('acme*/x') }],
    ['an owner with one variable letter', { repository: glob('acm?/shop') }],
    ['a suffix of an owner', { repository: glob('*acme/shop') }],
    ['an empty first segment', { enterprise: glob('/acme') }],
    ['a negated pattern', { repository: not(glob('evil/*')) }],
    ['a raw claim under a wildcard', { claims: { repository: glob('*/shop') } }],
    ['a raw negation', { claims: { repository_owner_id: not('666') } }],
  ]

  test.each(unpinned)('%s does not pin a rule', (_, conditions) => {
    refuses(() => github(conditions), 'must pin whose jobs it means', 'ownerId', "'acme/*'")
  })

  test.each([
    ['an owner', { owner: 'acme' }],
    ['an owner id', { ownerId: '1' }],
    ['owner ids', { ownerId: ['1', '2'] }],
    ['a repository', { repository: 'acme/shop' }],
    ['a repository id', { repositoryId: '7' }],
    ['an enterprise', { enterprise: 'acme-inc' }],
    ['an enterprise id', { enterpriseId: '7' }],
    ['the repositories of an owner', { repository: glob('acme/*') }],
    ['repositories of an owner by a prefix', { repository: glob('acme/shop-*') }],
    ['everything below an owner', { repository: glob('acme/**') }],
    ['a pattern without wildcard', { owner: glob('acme') }],
    ['a raw claim', { claims: { repository_owner_id: '1' } }],
    ['a raw pattern', { claims: { repository: glob('acme/*') } }],
  ])('%s pins a rule', (_, conditions) => {
    expect(github(conditions)).toMatchObject({ effect: 'allow' })
  })

  test.each([
    ['a branch', { branch: 'main' }],
    ['attack D2: the project where the job runs', { claims: { job_project_id: '48120077' }, ref: 'refs/heads/main' }],
    ['attack D2: its path', { claims: { job_project_path: 'acme/shop' } }],
    ['attack B1: a prefix of a group', { repository: glob('acme*/**') }],
    ['only protection', { refProtected: true }],
  ])('%s does not pin a rule on GitLab', (_, conditions) => {
    refuses(() => lab(conditions), 'must pin whose jobs it means')
    refuses(() => (gitlab.at('https://gitlab.com') as unknown as Untyped)(conditions), 'must pin')
    refuses(() => (gitlab.at('https://gitlab.acme.dev') as unknown as Untyped)(conditions), 'must pin')
  })

  test.each([
    'https://git.acme.dev/_services/token',
    'https://token.actions.acme.ghe.com',
    'https://token.actions.githubusercontent.com/acme-inc',
  ])('a rule of .at(%s) needs a pin too', (issuer) => {
    const at = githubActions.at(issuer) as unknown as Untyped
    refuses(() => at({}), 'must pin')
    refuses(() => at({ branch: 'main' }), 'must pin')
  })
})

describe('lesson D2: the tenant of a per-tenant issuer', () => {
  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['a path traversal', '../x'],
    ['a path traversal after an id', `${org}/../x`],
    ['an escaped slash', `${org}%2F..`],
    ['another host', `${org}@evil.example`],
    ['upper case', org.toUpperCase()],
    ['without dashes', org.replaceAll('-', '')],
    ['in braces', `{${org}}`],
    ['with a line break', `${org}\n`],
    ['with spaces', ` ${org} `],
    ['a wildcard', '*'],
    ['the template itself', '{ownerId}'],
    ['a number', 7],
    ['a pattern', glob('*')],
    ['a pattern without wildcard', glob(org)],
    ['a negation', not(org)],
    ['presence', present()],
    ['an empty list', []],
    ['a list with an invalid id', [org, '../x']],
    ['a list with undefined', [org, undefined]],
    ['a list of lists', [[org]]],
    ['null', null],
    ['an object that converts to an id', { toString: () => org }],
  ])('a rule refuses a tenant id that is %s', (_, ownerId) => {
    const conditions = { ...(ownerId === undefined ? {} : { ownerId }), repository: 'github.com/acme/shop' }
    refuses(() => circle(conditions), 'ownerId')
    refuses(() => (circleci.at('https://oidc.circleci.com') as unknown as Untyped)(conditions), 'ownerId')
  })

  test('the TypeError about a tenant id says what to write', () => {
    refuses(() => circle({ ownerId: '../x' }), 'write the exact value (a lower-case uuid), or a list of them')
  })

  test('a rule refuses a list of tenant ids with a hole', () => {
    const sparse = [org]
    sparse[2] = other
    refuses(() => circle({ ownerId: sparse }), 'ownerId')
  })

  test('a rule refuses a tenant id given only by its raw name', () => {
    refuses(() => circle({ claims: { 'oidc.circleci.com/org-id': org } }), "'ownerId' is required")
  })

  test('a rule for several tenants has all their issuers', () => {
    expect(circleci({ ownerId: [org, other] }).toJSON()['issuer']).toEqual([
      `https://oidc.circleci.com/org/${org}`,
      `https://oidc.circleci.com/org/${other}`,
    ])
  })
})

describe('exact values only', () => {
  test.each([
    { ownerId: glob('1*') },
    { ownerId: '1', repositoryId: glob('*') },
    { ownerId: '1', commit: glob('a*') },
    { ownerId: '1', runId: glob('*') },
    { ownerId: '1', jobId: not(glob('*')) },
    { ownerId: '1', claims: { repository_id: glob('7*') } },
    { ownerId: '1', claims: { repository_owner_id: glob('*') } },
    { ownerId: '1', refProtected: glob('*') },
  ])('lesson G1: a rule refuses a pattern on a field with exact values: %j', (conditions) => {
    refuses(() => github(conditions), 'takes exact values only, no glob()')
  })

  test.each(['repo:acme/*', '*:ref:refs/heads/main*', '**', 'repo:acme/shop:ref:refs/heads/main'])(
    'attack C11: a rule refuses the pattern %j on the subject',
    (pattern) => {
      refuses(() => github({ ownerId: '1', subject: glob(pattern) }), 'exact values only')
    },
  )

  test('a rule refuses a pattern on contexts', () => {
    refuses(() => circle({ ownerId: org, contextIds: glob('*') }), 'exact values only')
  })
})

describe('events', () => {
  test.each([
    ['anyEvent in a list', { ownerId: '1', event: ['push', anyEvent()] }, 'must be a string'],
    ['anyEvent under not', { ownerId: '1', event: { not: anyEvent() } }, 'anyEvent()'],
    ['anyEvent for another field', { ownerId: '1', branch: anyEvent() }, "anyEvent() is for 'event'"],
    ['anyEvent for the raw claim', { ownerId: '1', claims: { event_name: anyEvent() } }, "anyEvent() is for 'event'"],
    ['anyEvent that is false', { ownerId: '1', event: { anyEvent: false } }, 'anyEvent()'],
    ['anyEvent that is text', { ownerId: '1', event: { anyEvent: 'true' } }, 'anyEvent()'],
    ['an absent event', { ownerId: '1', event: absent() }, 'a run without an event is never matched'],
  ])('a rule refuses %s', (_, conditions, message) => {
    refuses(() => github(conditions), message)
  })

  test('a rule refuses anyEvent() if the provider has no events', () => {
    refuses(() => circle({ ownerId: org, event: anyEvent() }), 'anyEvent()', 'leave it out')
  })

  test('a deny rule refuses anyEvent()', () => {
    refuses(() => denyGithub({ event: anyEvent() }), 'anyEvent()', 'leave it out')
  })

  test('lesson B3: a rule ignores members of Object.prototype', () => {
    withPolluted('event', { anyEvent: true }, () => {
      expect(compiledRule(githubActions({ ownerId: '1' }))?.anyEvent).toBe(false)
    })
    withPolluted('multipleAudiences', true, () => {
      const settings = compiledRule(githubActions({ ownerId: '1' }, { maxTokenAge: 60 }))?.settings ?? {}
      expect(Object.entries(settings)).toEqual([['maxTokenAge', 60]])
    })
  })
})

describe('fields that prove nothing by themselves', () => {
  test.each([
    { branch: 'main' },
    { tag: 'v1' },
    { ref: 'refs/heads/main' },
    { projectId: other, branch: glob('**') },
    { claims: { 'oidc.circleci.com/vcs-ref': 'refs/heads/main' } },
  ])('attack D3: CircleCI refuses %j without a repository', (conditions) => {
    refuses(() => circle({ ownerId: org, ...conditions }), 'add repository')
  })

  test.each([present(), absent(), not('github.com/quill-otter/shop')])(
    'attack D3: a repository condition of %j is not enough for a branch',
    (repository) => {
      refuses(() => circle({ ownerId: org, branch: 'main', repository }), 'repository')
    },
  )

  test('attack C4: GitLab refuses an environment without a condition that protects it', () => {
    refuses(() => lab({ repositoryId: '7', environment: 'production' }), "'environment' proves nothing there by itself")
    refuses(() => lab({ repositoryId: '7', claims: { environment: 'production' } }), 'environmentProtected')
    refuses(() => lab({ repositoryId: '7', environment: 'production', refProtected: true }), 'environmentProtected')
  })

  test.each([
    { ref: present() },
    { branch: present() },
    { environmentProtected: present() },
    { ref: not('refs/heads/x') },
  ])('attack C4: GitLab refuses an environment with only %j', (rest) => {
    refuses(() => lab({ repositoryId: '7', environment: 'production', ...rest }), 'environment')
  })

  test.each([
    { environmentProtected: true },
    { branch: 'main' },
    { ref: 'refs/heads/main' },
    { tag: glob('v*') },
    { claims: { environment_protected: 'true' } },
  ])('GitLab accepts an environment with %j', (rest) => {
    expect(lab({ repositoryId: '7', environment: 'production', ...rest })).toMatchObject({ effect: 'allow' })
  })
})

describe('deny rules', () => {
  test.each([[{}], [undefined], [null]])('a deny rule refuses %j, since it needs a condition', (conditions) => {
    refuses(() => denyGithub(conditions), 'A deny rule')
  })

  test('a deny rule needs no pin', () => {
    expect(githubActions.deny({ environment: 'production' }).effect).toBe('deny')
    expect(githubActions.deny({ where: () => false }).effect).toBe('deny')
    expect(circleci.deny({ sshRerun: true }).effect).toBe('deny')
  })

  test.each([
    { ownerId: undefined },
    { branch: [] },
    { ownerId: glob('*') },
    { brnch: 'main' },
    { claims: { x: 'y' } },
    { environment: not(['']) },
  ])('a deny rule checks its conditions as a trust rule does: %j', (conditions) => {
    refuses(() => denyGithub(conditions), 'A deny rule for GitHub Actions')
  })

  test('the JSON of a deny rule is marked', () => {
    expect(JSON.parse(JSON.stringify(githubActions.deny({ ownerId: '1' })))).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      deny: true,
      ownerId: '1',
    })
  })
})

describe('settings', () => {
  test.each([
    [null, 'settings must be an object'],
    [[], 'settings must be an object'],
    ['x', 'settings must be an object'],
    [{ maxTokenAges: 1 }, "has no 'maxTokenAges'; did you mean 'maxTokenAge'?"],
    [{ audience: undefined }, "'audience' is undefined"],
    [{ audience: '' }, "must name this API, such as 'https://api.acme.dev'"],
    [{ audience: ' ' }, 'must name this API'],
    [{ audience: [] }, 'must name this API'],
    [{ audience: ['https://a.example', ''] }, 'must name this API'],
    [{ audience: 7 }, 'must name this API'],
    [{ audience: glob('*') }, 'must name this API'],
    [{ multipleAudiences: false }, 'multipleAudiences is true, or left out'],
    [{ multipleAudiences: 'yes' }, 'multipleAudiences is true, or left out'],
    [{ maxTokenAge: 0 }, 'from 1 to 86400'],
    [{ maxTokenAge: Number.NaN }, 'from 1 to 86400'],
    [{ maxTokenAge: -1 }, 'from 1 to 86400'],
    [{ maxTokenAge: Infinity }, 'from 1 to 86400'],
    [{ maxTokenAge: '60' }, 'from 1 to 86400'],
    [{ maxLifetime: 604_801 }, 'from 1 to 604800'],
    [{ maxLifetime: 0.5 }, 'from 1 to 604800'],
  ])('lesson M3: a rule refuses the settings %j', (settings, message) => {
    refuses(() => github({ ownerId: '1' }, settings), message)
  })

  test.each([
    ['undefined', { data: undefined }, "'data' is undefined: leave the key out"],
    ['null', { data: null }, "'data' is null: leave the key out"],
    ['a function', { data: () => 7 }],
    ['a date', { data: new Date(0) }],
    ['an error', { data: new Error('x') }],
    ['a map', { data: new Map() }],
    ['an undefined member', { data: { projectId: undefined } }],
    ['a hole', { data: { ids: Array.from({ length: 3 }) } }],
    ['NaN', { data: [Number.NaN] }],
    ['an infinite number', { data: { limit: Infinity } }],
    ['a bigint', { data: { id: 7n } }],
    ['a symbol', { data: Symbol('x') }],
  ])('data is plain, and so never %s', (_, settings, message = 'data takes plain data, as in JSON') => {
    refuses(() => github({ ownerId: '1' }, settings), message)
  })

  test('data is copied, frozen, and decides nothing', () => {
    const data = { ids: [7], owner: { name: 'acme' } }
    const rule = githubActions({ ownerId: '1' }, { data })
    data.ids.push(8)
    const { settings } = compiledRule(rule) as CompiledRule
    const kept = settings.data as typeof data
    expect(kept).toEqual({ ids: [7], owner: { name: 'acme' } })
    expect([Object.isFrozen(kept), Object.isFrozen(kept.ids), Object.isFrozen(kept.owner)]).toEqual([true, true, true])
    expect(compiledRule(rule)?.checks.map(({ field }) => field)).toEqual(
      compiledRule(githubActions({ ownerId: '1' }))?.checks.map(({ field }) => field),
    )
  })

  test('a look-up takes no data, which belongs to the rules that it finds', () => {
    const lookup = githubActions.lookup as unknown as (...args: unknown[]) => unknown
    refuses(
      () => lookup(() => undefined, { data: 7 }),
      'GitHub Actions: lookup(): data belongs to the rules that it finds',
    )
  })

  test('a provider refuses the arguments of map() as settings', () => {
    refuses(() => [{ ownerId: '1' }].map(github), 'settings must be')
  })
})

describe('JSON', () => {
  test('the JSON of a rule has the shape of the identity', () => {
    const rule = githubActions(
      { repository: glob('acme/*'), branch: ['main', 'next'], environment: not('preview'), claims: { sha: present() } },
      { audience: 'https://a.example', maxTokenAge: 60 },
    )
    expect(JSON.parse(JSON.stringify(rule))).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      repository: { glob: 'acme/*' },
      branch: ['main', 'next'],
      environment: { not: 'preview' },
      claims: { sha: { present: true } },
      settings: { audience: 'https://a.example', maxTokenAge: 60 },
    })
  })

  test('the JSON of a rule has its issuer', () => {
    expect(gitlab.at('https://gitlab.acme.dev')({ ownerId: '1' }).toJSON()['issuer']).toBe('https://gitlab.acme.dev')
    expect(circleci({ ownerId: org }).toJSON()['issuer']).toBe(`https://oidc.circleci.com/org/${org}`)
  })

  test('toJSON() throws for a rule with code, which would be lost and the rule wider', () => {
    const rule = githubActions({ ownerId: '1', where: () => true })
    expect(() => JSON.stringify(rule)).toThrow(TypeError)
    expect(() => JSON.stringify([rule])).toThrow('`where`')
    expect(() => JSON.stringify(githubActions.deny({ where: () => true }))).toThrow('`where`')
  })

  test('the JSON of a rule is stable, and changing it does not change the rule', () => {
    const rule = githubActions({ ownerId: ['1'] })
    const json = rule.toJSON()
    try {
      ;(json['ownerId'] as string[]).push('2')
    } catch {
      // The list may also be frozen.
    }
    expect(
      compiledRule(rule)
        ?.checks.find(({ field }) => field === 'ownerId')
        ?.passes('2'),
    ).toBe(false)
    expect(rule.toJSON()['ownerId']).toEqual(['1'])
  })
})

describe('lesson F9: values that look like patterns', () => {
  test.each([
    [{ ownerId: '1', enterprise: 'acme*' }, 'enterprise'],
    [{ ownerId: '1', environment: ['main', 'release/*'] }, 'environment'],
    [{ ownerId: '1', environment: '^main$' }, 'environment'],
    [{ ownerId: '1', claims: { workflow: 'a\\b' } }, 'claims.workflow'],
  ])('a rule with %j has a warning', (conditions, field) => {
    const warnings = compiledRule(github(conditions))?.warnings ?? []
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain(`'${field}'`)
    expect(warnings[0]).toContain('glob()')
  })

  test('a rule with a real pattern, or a name with dashes, has no warning', () => {
    expect(compiledRule(githubActions({ repository: glob('acme/*'), branch: 'feature/x-1_2.3' }))?.warnings).toEqual([])
  })
})

describe('raw claims', () => {
  const nested = defineProvider({
    id: 'nested',
    title: 'Nested',
    issuer: 'https://nested.example',
    algorithms: ['RS256'],
    claims: { 'team.id': 'id', team: { id: 'name', role: 'text' } },
    identity: { ownerId: 'team.id' },
    pins: ['ownerId'],
  }) as unknown as Untyped

  test('lesson F6: a claim with a dot in its name is not a path', () => {
    expect(nested({ claims: { 'team.id': '7' } })).toMatchObject({ effect: 'allow' })
    // The nested claim is not a tenant id, although its path equals the name of one.
    refuses(() => nested({ claims: { team: { id: 'evil' } } }), 'must pin')
  })

  test('conditions on nested claims have their shape, and their names are checked', () => {
    refuses(
      () => nested({ ownerId: '1', claims: { team: { rol: glob('x*') } } }),
      "'claims.team.rol' is not in the table of",
      "did you mean 'role'?",
    )
    refuses(() => nested({ ownerId: '1', claims: { team: {} } }), "'claims.team' is empty")
    refuses(() => nested({ ownerId: '1', claims: { team: 'x' } }), "'claims.team' must be an object of claims")
    refuses(() => nested({ ownerId: '1', claims: { team: present() } }), "'claims.team' has no 'present'")
  })
})
