import {
  absent,
  anyEvent,
  circleci,
  createVerifier,
  decide,
  defineProvider,
  githubActions,
  gitlab,
  glob,
  not,
} from '@jobpass/core'
import type { AnyWorkload, RuleVerdict, Verdict, WorkloadIdentity } from '@jobpass/core'
import { beforeAll, describe, expect, test } from 'vitest'
import { clockAt, fetchKeys, now, signToken } from '../../../../test/lessons/forge.ts'
import type { Claims } from '../../../../test/lessons/samples.ts'
import {
  circleciOrganization,
  circleciProject,
  circleciPush,
  claimsWith,
  githubPush,
  gitlabPush,
} from '../../../../test/lessons/samples.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import { compiledRule } from './make-rule.ts'
import type { CompiledRule } from './rule.ts'
import { RuleList } from './rule-list.ts'
import { claimOf, decideList, faultsOf } from './verdict.ts'

const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: [
    githubActions({ ownerId: '1234567', event: anyEvent() }),
    gitlab({ ownerId: '99' }),
    gitlab.at('https://gitlab.acme.dev')({ ownerId: '99' }),
    circleci({ ownerId: circleciOrganization }),
    circleci({ ownerId: circleciOrganization, sshRerun: true }),
  ],
  fetch: fetchKeys(),
  clock: clockAt(now),
})
const identityOf = (claims: Claims): Promise<WorkloadIdentity> => verifier.verify(signToken(claims))

let push: WorkloadIdentity
let stranger: WorkloadIdentity
beforeAll(async () => {
  push = await identityOf(githubPush)
  stranger = await identityOf(claimsWith(githubPush, { event_name: 'pull_request_target' }))
})

const failedOf = (verdict: Verdict): unknown =>
  verdict.rules.map(({ checks }) => checks.filter(({ passed }) => !passed).map(({ field }) => field))

describe('decide', () => {
  test('allows when any trust rule matches', () => {
    const verdict = decide([githubActions({ owner: 'evil' }), githubActions({ owner: 'acme' })], push)
    expect(verdict).toMatchObject({ allowed: true, reason: 'allowed' })
    expect(verdict.rules.map(({ matched }) => matched)).toEqual([false, true])
  })

  test('lesson F3: does not depend on the order of rules', () => {
    const rules = [
      githubActions({ owner: 'acme' }),
      githubActions.deny({ branch: 'main' }),
      githubActions({ owner: 'evil' }),
    ]
    for (const order of [rules, rules.toReversed()]) {
      expect(decide(order, push)).toMatchObject({ allowed: false, reason: 'denied' })
    }
  })

  test('lesson F3: all fields of a rule must match', () => {
    expect(decide(githubActions({ owner: 'acme', branch: 'next' }), push).allowed).toBe(false)
    expect(decide(githubActions({ owner: 'acme', branch: ['next', 'main'] }), push).allowed).toBe(true)
  })

  test.each([[[]], [[githubActions.deny({ owner: 'evil' })]]])('allows nobody without a trust rule', (rules) => {
    expect(decide(rules, push)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
  })

  test('lesson J1: tells no rule for the issuer from no rule that matched', () => {
    expect(decide(githubActions({ owner: 'evil' }), push).reason).toBe('no-rule-matched')
    expect(decide(gitlab({ owner: 'acme' }), push).reason).toBe('no-rule-for-issuer')
    expect(decide(githubActions.at('https://git.acme.dev/_services/token')({ owner: 'acme' }), push).reason).toBe(
      'no-rule-for-issuer',
    )
  })

  test('lesson D3: a rule holds for its issuer only, though every id is the same', async () => {
    const own = await identityOf(gitlabPush)
    const other = await identityOf(claimsWith(gitlabPush, { iss: 'https://gitlab.acme.dev' }))
    const rule = gitlab({ repositoryId: '48120077', branch: 'main' })
    expect(own.repositoryId).toBe(other.repositoryId)
    expect(own.repositoryKey).not.toBe(other.repositoryKey)
    expect(decide(rule, own).allowed).toBe(true)
    expect(decide(rule, other)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
    expect(decide([rule, gitlab.deny({ ownerId: '99' })], other).reason).not.toBe('denied')
  })

  test('lesson J1: shows every check with what it wanted and what it found', () => {
    const [rule] = decide(githubActions({ owner: 'ACME', branch: not('main'), environment: 'production' }), push)
      .rules as [RuleVerdict]
    expect(rule).toMatchObject({ effect: 'allow', provider: 'github-actions', matched: false, pinned: true })
    expect(rule.checks).toEqual([
      {
        field: 'issuer',
        operator: 'oneOf',
        expected: ['https://token.actions.githubusercontent.com'],
        actual: 'https://token.actions.githubusercontent.com',
        passed: true,
      },
      { field: 'owner', operator: 'equals', expected: 'ACME', actual: 'acme', passed: true },
      expect.objectContaining({ field: 'event', operator: 'ordinary', actual: 'push', passed: true }),
      { field: 'branch', operator: 'not', expected: { not: 'main' }, actual: 'main', passed: false },
      expect.objectContaining({ field: 'environment', operator: 'equals', expected: 'production', passed: false }),
    ])
  })

  test('says of a rule for another provider that it is one', () => {
    const [rule] = decide(circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' }), push).rules as [RuleVerdict]
    expect(rule).toMatchObject({ matched: false, pinned: false })
    expect(rule.checks).toEqual([
      { field: 'provider', operator: 'equals', expected: 'circleci', actual: 'github-actions', passed: false },
    ])
  })

  test('a rule is pinned for the caller only when all that ties it to its tenant matches', () => {
    const pinned = (rule: Parameters<typeof decide>[0]): boolean | undefined => decide(rule, push).rules[0]?.pinned
    expect(pinned(githubActions({ ownerId: '1234567', branch: 'x' }))).toBe(true)
    expect(pinned(githubActions({ ownerId: '666', branch: 'main' }))).toBe(false)
    expect(pinned(githubActions({ ownerId: '1234567', repository: 'acme/other' }))).toBe(false)
    expect(pinned(githubActions({ repository: glob('acme/*'), branch: 'x' }))).toBe(true)
  })

  test.each<[string, Parameters<typeof decide>[0], string]>([
    ['an event that is not ordinary', githubActions({ ownerId: '1234567' }), 'event'],
    [
      'another audience',
      githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { audience: 'x' }),
      'audience',
    ],
    ['its age', githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { maxTokenAge: 1 }), 'tokenAge'],
    [
      'its life',
      githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { maxLifetime: 1 }),
      'tokenLifetime',
    ],
    ['code', githubActions({ ownerId: '1234567', event: 'pull_request_target', where: () => false }), 'where'],
  ])('a rule that refuses for %s is the caller’s own all the same', (_, rule, field) => {
    const verdict = decide(rule, stranger)
    expect(failedOf(verdict)).toEqual([[field]])
    expect(verdict.nearestOwn).toBe(verdict.rules[0])
  })

  test('a run that is unusual by a field of its own leaves the rule its own', async () => {
    const ssh = await identityOf(claimsWith(circleciPush, { 'oidc.circleci.com/ssh-rerun': true }))
    const verdict = decide(circleci({ ownerId: circleciOrganization }), ssh)
    expect(failedOf(verdict)).toEqual([['sshRerun']])
    expect(verdict.nearestOwn?.checks.find(({ passed }) => !passed)).toMatchObject({
      operator: 'ordinary',
      expected: { present: false },
      actual: true,
    })
  })

  test('a rule for another issuer is not the caller’s own, though every id is the same', async () => {
    const caller = await identityOf(gitlabPush)
    const verdict = decide(gitlab.at('https://gitlab.acme.dev')({ ownerId: '99', branch: 'next' }), caller)
    expect([verdict.rules[0]?.pinned, verdict.nearestOwn]).toEqual([false, undefined])
  })

  test('names the rule that came nearest, and the nearest of the caller’s own', () => {
    const far = githubActions({ ownerId: '1234567', branch: 'x', environment: 'y', tag: 'z' })
    const near = githubActions({ ownerId: '1234567', branch: 'x' })
    const foreign = githubActions({ ownerId: '666' })
    const elsewhere = gitlab({ ownerId: '99' })
    for (const rules of [
      [far, near, foreign, elsewhere],
      [elsewhere, foreign, near, far],
    ]) {
      const verdict = decide(rules, push)
      expect(verdict.nearestOwn).toBe(verdict.rules[rules.indexOf(near)])
      expect(verdict.nearest?.issuers).toEqual(['https://token.actions.githubusercontent.com'])
    }
    expect(decide([foreign, elsewhere], push).nearestOwn).toBeUndefined()
    expect(decide([near, githubActions({ ownerId: '1234567' })], push).nearestOwn).toBeUndefined()
    expect(decide([], push).nearest).toBeUndefined()
    // Denied, though one matched: then nothing came near.
    const denied = decide([githubActions({ ownerId: '1234567' }), githubActions.deny({ ownerId: '1234567' })], push)
    expect([denied.reason, denied.nearest, denied.nearestOwn]).toEqual(['denied', undefined, undefined])
  })

  test('the nearest is by the checks that failed, not by those there are', () => {
    const near = githubActions({ ownerId: '1234567', repository: 'acme/shop', branch: 'main', tag: 'v1' })
    const far = githubActions({ ownerId: '666', tag: 'v1' })
    for (const rules of [
      [near, far],
      [far, near],
    ]) {
      const verdict = decide(rules, push)
      expect(verdict.nearest).toBe(verdict.rules[rules.indexOf(near)])
    }
  })

  test('the nearest is of the caller’s own issuer, however little fails elsewhere', async () => {
    const caller = await identityOf(gitlabPush)
    const own = gitlab({ ownerId: '1', branch: 'next', environment: 'x', refProtected: true })
    const elsewhere = gitlab.at('https://gitlab.acme.dev')
    for (const other of [elsewhere({ ownerId: '99' }), elsewhere({ ownerId: '99', branch: 'next' })]) {
      for (const rules of [
        [own, other],
        [other, own],
      ]) {
        const verdict = decide(rules, caller)
        expect(verdict.nearest).toBe(verdict.rules[rules.indexOf(own)])
      }
    }
  })

  test('the nearest is a rule that allows, never one that denies', () => {
    const allow = githubActions({ ownerId: '1234567', branch: 'next', tag: 'v1' })
    const verdict = decide([githubActions.deny({ ownerId: '1234567', branch: 'next' }), allow], push)
    expect([verdict.nearest, verdict.nearestOwn]).toEqual([verdict.rules[1], verdict.rules[1]])
  })

  test('says nothing of a hint where there is none', () => {
    const [rule] = decide(githubActions({ ownerId: '1234567', commit: 'x' }), push).rules as [RuleVerdict]
    expect(rule.checks.at(-1)).toStrictEqual({
      field: 'commit',
      operator: 'equals',
      expected: 'x',
      actual: githubPush['sha'],
      passed: false,
    })
  })

  test('is written to a log whole', () => {
    const verdict = decide(githubActions({ ownerId: '666' }), push)
    const { allowed, reason, rules, policy } = verdict
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(
      JSON.parse(JSON.stringify({ allowed, reason, rules, policy })) as unknown,
    )
    expect([allowed, reason, rules.length, policy.length]).toEqual([false, 'no-rule-matched', 1, 16])
  })

  test.each([
    ['no rule', undefined],
    ['a provider', githubActions],
    ['JSON', { provider: 'github-actions', issuer: 'x', ownerId: '1' }],
    ['a copy of a rule', { ...githubActions({ ownerId: '1234567' }) }],
    ['a lookup', githubActions.lookup(() => undefined)],
  ])('throws a TypeError for %s', (_, rule) => {
    expect(() => decide(rule as never, push)).toThrow(TypeError)
    expect(() => decide([githubActions({ ownerId: '1234567' }), rule as never], push)).toThrow(
      'made by calling a provider',
    )
  })

  test.each([
    ['a copy', () => ({ ...push })],
    ['a clone', () => structuredClone(push)],
    ['an heir', () => Object.create(push) as AnyWorkload],
    ['a proxy', () => new Proxy(push, {})],
    ['nothing', () => undefined],
  ])('throws for %s of an identity: only a verifier makes one', (_, make) => {
    expect(() => decide(githubActions({ ownerId: '1234567' }), make() as never)).toThrow('made by a verifier')
  })
})

describe('a rule of another provider for the very same issuer', () => {
  // What it calls the owner is whom GitHub calls the actor.
  const lookalike = defineProvider({
    id: 'lookalike',
    title: 'Look-alike',
    issuer: 'https://token.actions.githubusercontent.com',
    algorithms: ['RS256'],
    claims: { actor_id: 'id' },
    identity: { ownerId: 'actor_id' },
    pins: ['ownerId'],
  })
  const rule = lookalike({ ownerId: '1234567' })

  test('admits nobody, though each of its checks would pass', () => {
    expect(decide(rule, push)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
    expect(decide(rule, push).rules).toMatchObject([{ provider: 'lookalike', matched: false, pinned: false }])
    expect(decide([rule, githubActions({ ownerId: '666' })], push).reason).toBe('no-rule-matched')
  })

  test('denies nobody', () => {
    expect(decide([githubActions({ ownerId: '1234567' }), lookalike.deny({ ownerId: '1234567' })], push).reason).toBe(
      'allowed',
    )
  })
})

describe('a list with one-time rules', () => {
  const reusable = githubActions({ ownerId: '1234567' })
  const [first, second] = [
    githubActions({ ownerId: '1234567', branch: 'main' }, { replay: 'once' }),
    githubActions({ owner: 'acme' }, { replay: 'once' }),
  ]
  const stranger = githubActions({ ownerId: '666' })
  const decideAll = (...rules: object[]): Verdict =>
    decideList(
      new RuleList(rules.map((rule) => compiledRule(rule) as CompiledRule)),
      verifiedTokenOf(push) as VerifiedToken,
    )

  test('is decided by a rule that admits any number of uses where one matches, and claims nothing', () => {
    const verdict = decideAll(first, reusable)
    expect([verdict.allowed, claimOf(verdict)]).toEqual([true, undefined])
  })

  test('is otherwise decided by the first one-time rule that matches, and claims its use', () => {
    const verdict = decideAll(stranger, first, second)
    expect([verdict.allowed, claimOf(verdict)]).toEqual([true, { scope: 'rule', per: 'token' }])
    expect(verdict.rules).toHaveLength(1)
    expect(verdict.rules[0]?.checks.map(({ field }) => field)).toContain('branch')
  })

  test('explains every rule where none matches', () => {
    const once = githubActions({ ownerId: '666' }, { replay: 'once' })
    const verdict = decideAll(stranger, once)
    expect([verdict.allowed, claimOf(verdict), verdict.rules.length]).toEqual([false, undefined, 2])
  })

  test('never admits without a claim where the code of a one-time rule changes its answer', () => {
    const answers = [false, true, true, true]
    const flipping = githubActions({ ownerId: '1234567', where: () => answers.shift() ?? true }, { replay: 'once' })
    const verdict = decideAll(flipping)
    expect([verdict.allowed, claimOf(verdict)]).toEqual([false, undefined])
  })
})

describe('events (lesson G6)', () => {
  test.each([
    ['no event', {}, false],
    ['the event by name', { event: 'pull_request_target' }, true],
    ['the event in a list', { event: ['push', 'pull_request_target'] }, true],
    ['the event by its raw name', { claims: { event_name: 'pull_request_target' } }, true],
    ['another event', { event: 'push' }, false],
    ['a pattern', { event: glob('pull_request*') }, false],
    ['any pattern', { event: glob('**') }, false],
    ['not another event', { event: not('push') }, false],
    ['every event', { event: anyEvent() }, true],
  ])('a rule with %s on pull_request_target: %j', (_, conditions, allowed) => {
    expect(decide(githubActions({ ownerId: '1234567', ...conditions }), stranger).allowed).toBe(allowed)
  })

  test('says that the event is what failed', () => {
    const [rule] = decide(githubActions({ ownerId: '1234567' }), stranger).rules as [RuleVerdict]
    expect(rule.checks.find(({ passed }) => !passed)).toMatchObject({
      field: 'event',
      operator: 'ordinary',
      actual: 'pull_request_target',
    })
  })

  test('a deny rule holds for every event', () => {
    expect(decide(githubActions.deny({ ownerId: '1234567' }), stranger).reason).toBe('denied')
  })
})

describe('deny rules', () => {
  const allow = githubActions({ ownerId: '1234567' })

  test.each([
    [{ branch: 'main' }, true],
    [{ branch: 'next' }, false],
    [{ branch: not('next') }, true],
    [{ environment: absent() }, true],
    [{ environment: not('production') }, false], // absent: not() is about what is there
    [{ owner: glob('**') }, true],
    [{ claims: { runner_environment: 'github-hosted' } }, true],
  ])('%j denies: %s', (conditions, denied) => {
    expect(decide([allow, githubActions.deny(conditions)], push).reason).toBe(denied ? 'denied' : 'allowed')
  })
})

test('a deny rule of a provider with an issuer for each tenant denies every tenant', async () => {
  const caller = await identityOf(circleciPush)
  const allow = circleci({ ownerId: circleciOrganization })
  expect(decide([allow, circleci.deny({ projectId: circleciProject })], caller).reason).toBe('denied')
  expect(decide([allow, circleci.deny({ projectId: circleciOrganization })], caller).reason).toBe('allowed')
})

describe('where (lesson F11)', () => {
  const allowedBy = (where: unknown): boolean =>
    decide(githubActions({ ownerId: '1234567', where: where as () => boolean }), push).allowed

  test.each([[() => true, true]])('only exactly true passes', (where, allowed) => {
    expect(allowedBy(where)).toBe(allowed)
  })

  test.each([
    ['false', () => false],
    ['1', () => 1],
    ['text', () => 'true'],
    ['nothing', () => undefined],
    ['an object', () => ({})],
    ['a boxed true', () => Object(true) as unknown],
    ['a promise', () => Promise.resolve(true)],
    ['a rejected promise', async () => Promise.reject(new Error('never heard'))],
    ['a promise of another make', () => new (class extends Promise<boolean> {})((resolve) => resolve(true))],
    [
      'a throw',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'a throw of nothing',
      () => {
        throw undefined
      },
    ],
  ])('%s denies', (_, where) => {
    expect(allowedBy(where)).toBe(false)
  })

  test.each([
    ['true', () => true, 'denied'],
    ['false', () => false, 'allowed'],
    ['a promise', () => Promise.resolve(false), 'denied'],
    [
      'a throw',
      () => {
        throw new Error('x')
      },
      'denied',
    ],
    ['nothing', () => undefined, 'denied'],
  ])('in a deny rule, %s: %s', (_, where, reason) => {
    const deny = githubActions.deny({ where: where as () => boolean })
    expect(decide([githubActions({ ownerId: '1234567' }), deny], push).reason).toBe(reason)
  })

  test('gets the frozen identity', () => {
    let seen: unknown
    const where = (workload: unknown): boolean => {
      seen = workload
      return true
    }
    decide(githubActions({ ownerId: '1234567', where }), push)
    expect(seen).toBe(push)
    expect(Object.isFrozen(push) && Object.isFrozen(push.claims)).toBe(true)
  })

  test('is not asked about a caller whom the rule refuses anyway', () => {
    let asked = 0
    const where = (): boolean => {
      asked++
      return true
    }
    expect(decide(githubActions({ owner: 'evil', where }), push).allowed).toBe(false)
    expect(asked).toBe(0)
  })

  test('its faults are told without what it threw', () => {
    const where = (): boolean => {
      throw new Error('secret of the database')
    }
    const verdict = decide(githubActions({ ownerId: '1234567', where }), push)
    expect(faultsOf(verdict)).toEqual([
      'where in a rule for github-actions threw; it must answer true or false at once',
    ])
    expect(JSON.stringify(verdict)).not.toContain('secret')
  })
})

test('a where is told as what it is', () => {
  const [rule] = decide(githubActions({ ownerId: '1234567', where: () => false }), push).rules as [RuleVerdict]
  expect(rule.checks.at(-1)).toStrictEqual({
    field: 'where',
    operator: 'where',
    expected: true,
    actual: false,
    passed: false,
  })
})

test.each([[true], [false]])('a where that answers %s is no fault', (answer) => {
  expect(faultsOf(decide(githubActions({ ownerId: '1234567', where: () => answer }), push))).toEqual([])
})

describe('settings of a rule', () => {
  test.each([
    [{ audience: 'https://api.acme.dev' }, []],
    [{ audience: 'https://other.example' }, ['audience']],
    [{ maxTokenAge: 60 }, []],
    [{ maxTokenAge: 10 }, ['tokenAge']], // the sample is fifty seconds old
    [{ maxLifetime: 300 }, []],
    [{ maxLifetime: 299 }, ['tokenLifetime']],
  ])('%j fails %j', (settings, failed) => {
    expect(failedOf(decide(githubActions({ ownerId: '1234567' }, settings), push))).toEqual([failed])
  })
})
