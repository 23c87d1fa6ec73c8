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
  oneTime,
} from '@jobpass/core'
import type { AnyWorkload, RuleVerdict, Verdict, WorkloadIdentity } from '@jobpass/core'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  circleciOrganization,
  circleciProject,
  circleciPush,
  claimsWith,
  clockAt,
  fetchKeys,
  githubPush,
  gitlabPush,
  now,
  signToken,
} from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'
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
  test('a verdict is "allowed" when any trust rule matches', () => {
    const verdict = decide([githubActions({ owner: 'evil' }), githubActions({ owner: 'acme' })], push)
    expect(verdict).toMatchObject({ allowed: true, reason: 'allowed' })
    expect(verdict.rules.map(({ matched }) => matched)).toEqual([false, true])
  })

  test('lesson F3: a verdict does not depend on the order of rules', () => {
    const rules = [
      githubActions({ owner: 'acme' }),
      githubActions.deny({ branch: 'main' }),
      githubActions({ owner: 'evil' }),
    ]
    for (const order of [rules, rules.toReversed()]) {
      expect(decide(order, push)).toMatchObject({ allowed: false, reason: 'denied' })
    }
  })

  test('lesson F3: a rule matches only if all its fields match', () => {
    expect(decide(githubActions({ owner: 'acme', branch: 'next' }), push).allowed).toBe(false)
    expect(decide(githubActions({ owner: 'acme', branch: ['next', 'main'] }), push).allowed).toBe(true)
  })

  test.each([[[]], [[githubActions.deny({ owner: 'evil' })]]])(
    'a list without a trust rule for the provider refuses the caller',
    (rules) => {
      expect(decide(rules, push)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
    },
  )

  test('lesson J1: the reason distinguishes "no rule for the issuer" from "no rule matched"', () => {
    expect(decide(githubActions({ owner: 'evil' }), push).reason).toBe('no-rule-matched')
    expect(decide(gitlab({ owner: 'acme' }), push).reason).toBe('no-rule-for-issuer')
    expect(decide(githubActions.at('https://git.acme.dev/_services/token')({ owner: 'acme' }), push).reason).toBe(
      'no-rule-for-issuer',
    )
  })

  test('lesson D3: a rule does not match another issuer, even if every id is equal', async () => {
    const own = await identityOf(gitlabPush)
    const other = await identityOf(claimsWith(gitlabPush, { iss: 'https://gitlab.acme.dev' }))
    const rule = gitlab({ repositoryId: '48120077', branch: 'main' })
    expect(own.repositoryId).toBe(other.repositoryId)
    expect(own.repositoryKey).not.toBe(other.repositoryKey)
    expect(decide(rule, own).allowed).toBe(true)
    expect(decide(rule, other)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
    expect(decide([rule, gitlab.deny({ ownerId: '99' })], other).reason).not.toBe('denied')
  })

  test('lesson J1: a verdict shows every check with its expected and actual values', () => {
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

  test('the verdict on a rule for another provider shows the provider as its only check', () => {
    const [rule] = decide(circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' }), push).rules as [RuleVerdict]
    expect(rule).toMatchObject({ matched: false, pinned: false })
    expect(rule.checks).toEqual([
      { field: 'provider', operator: 'equals', expected: 'circleci', actual: 'github-actions', passed: false },
    ])
  })

  test('a rule counts as pinned for a caller only if all its pins match', () => {
    const pinned = (rule: Parameters<typeof decide>[0]): boolean | undefined => decide(rule, push).rules[0]?.pinned
    expect(pinned(githubActions({ ownerId: '1234567', branch: 'x' }))).toBe(true)
    expect(pinned(githubActions({ ownerId: '666', branch: 'main' }))).toBe(false)
    expect(pinned(githubActions({ ownerId: '1234567', repository: 'acme/other' }))).toBe(false)
    expect(pinned(githubActions({ repository: glob('acme/*'), branch: 'x' }))).toBe(true)
  })

  test.each<[string, Parameters<typeof decide>[0], string]>([
    ['an untrusted event', githubActions({ ownerId: '1234567' }), 'event'],
    [
      'another audience',
      githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { audience: 'x' }),
      'audience',
    ],
    [
      'the age of the token',
      githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { maxTokenAge: 1 }),
      'tokenAge',
    ],
    [
      'the lifetime of the token',
      githubActions({ ownerId: '1234567', event: 'pull_request_target' }, { maxLifetime: 1 }),
      'tokenLifetime',
    ],
    ['its where', githubActions({ ownerId: '1234567', event: 'pull_request_target', where: () => false }), 'where'],
  ])('a rule that refuses for %s is the nearest of the caller’s own rules', (_, rule, field) => {
    const verdict = decide(rule, stranger)
    expect(failedOf(verdict)).toEqual([[field]])
    expect(verdict.nearestOwn).toBe(verdict.rules[0])
  })

  test('a rule that refuses an untrusted run is the nearest of the caller’s own rules', async () => {
    const ssh = await identityOf(claimsWith(circleciPush, { 'oidc.circleci.com/ssh-rerun': true }))
    const verdict = decide(circleci({ ownerId: circleciOrganization }), ssh)
    expect(failedOf(verdict)).toEqual([['sshRerun']])
    expect(verdict.nearestOwn?.checks.find(({ passed }) => !passed)).toMatchObject({
      operator: 'ordinary',
      expected: { present: false },
      actual: true,
    })
  })

  test('a rule for another issuer is not the caller’s own, even if every id is equal', async () => {
    const caller = await identityOf(gitlabPush)
    const verdict = decide(gitlab.at('https://gitlab.acme.dev')({ ownerId: '99', branch: 'next' }), caller)
    expect([verdict.rules[0]?.pinned, verdict.nearestOwn]).toEqual([false, undefined])
  })

  test('a refusal names the nearest rule, and the nearest of the caller’s own rules', () => {
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
    // A deny rule won: there is no nearest rule.
    const denied = decide([githubActions({ ownerId: '1234567' }), githubActions.deny({ ownerId: '1234567' })], push)
    expect([denied.reason, denied.nearest, denied.nearestOwn]).toEqual(['denied', undefined, undefined])
  })

  test('the nearest rule has the fewest failed checks, however many checks it has', () => {
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

  test('the nearest rule is for the caller’s issuer, even if a rule for another fails fewer checks', async () => {
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

  test('the nearest rule is never a deny rule', () => {
    const allow = githubActions({ ownerId: '1234567', branch: 'next', tag: 'v1' })
    const verdict = decide([githubActions.deny({ ownerId: '1234567', branch: 'next' }), allow], push)
    expect([verdict.nearest, verdict.nearestOwn]).toEqual([verdict.rules[1], verdict.rules[1]])
  })

  test('a check without a hint has no `hint` property', () => {
    const [rule] = decide(githubActions({ ownerId: '1234567', commit: '0'.repeat(40) }), push).rules as [RuleVerdict]
    expect(rule.checks.at(-1)).toStrictEqual({
      field: 'commit',
      operator: 'equals',
      expected: '0'.repeat(40),
      actual: githubPush['sha'],
      passed: false,
    })
  })

  test('a verdict serializes to JSON with all its rules', () => {
    const verdict = decide(githubActions({ ownerId: '666' }), push)
    const { allowed, reason, rules, fingerprint } = verdict
    expect(JSON.parse(JSON.stringify(verdict))).toEqual(
      JSON.parse(JSON.stringify({ allowed, reason, rules, fingerprint })) as unknown,
    )
    expect([allowed, reason, rules.length, fingerprint.length]).toEqual([false, 'no-rule-matched', 1, 16])
  })

  test.each([
    ['no rule', undefined],
    ['a provider', githubActions],
    ['JSON', { provider: 'github-actions', issuer: 'x', ownerId: '1' }],
    ['a copy of a rule', { ...githubActions({ ownerId: '1234567' }) }],
    ['a lookup', githubActions.lookup(() => undefined)],
  ])('decide() throws a TypeError for %s instead of a rule', (_, rule) => {
    expect(() => decide(rule as never, push)).toThrow(TypeError)
    expect(() => decide([githubActions({ ownerId: '1234567' }), rule as never], push)).toThrow(
      'made by calling a provider',
    )
  })

  test.each([
    ['a copy of', () => ({ ...push })],
    ['a clone of', () => structuredClone(push)],
    ['an object that inherits from', () => Object.create(push) as AnyWorkload],
    ['a proxy of', () => new Proxy(push, {})],
    ['undefined instead of', () => undefined],
  ])('decide() throws for %s an identity', (_, make) => {
    expect(() => decide(githubActions({ ownerId: '1234567' }), make() as never)).toThrow('made by a verifier')
  })
})

describe('a rule of another provider for the same issuer', () => {
  // Its owner is the claim that GitHub uses for the actor.
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

  test('a trust rule of another provider does not match, even if each check would pass', () => {
    expect(decide(rule, push)).toMatchObject({ allowed: false, reason: 'no-rule-for-issuer' })
    expect(decide(rule, push).rules).toMatchObject([{ provider: 'lookalike', matched: false, pinned: false }])
    expect(decide([rule, githubActions({ ownerId: '666' })], push).reason).toBe('no-rule-matched')
  })

  test('a deny rule of another provider does not match', () => {
    expect(decide([githubActions({ ownerId: '1234567' }), lookalike.deny({ ownerId: '1234567' })], push).reason).toBe(
      'allowed',
    )
  })
})

describe('a list with one-time rules', () => {
  const reusable = githubActions({ ownerId: '1234567' })
  const [first, second] = [
    oneTime(githubActions({ ownerId: '1234567', branch: 'main' })),
    oneTime(githubActions({ owner: 'acme' })),
  ]
  const stranger = githubActions({ ownerId: '666' })
  const decideAll = (...rules: object[]): Verdict =>
    decideList(
      new RuleList(rules.map((rule) => compiledRule(rule) as CompiledRule)),
      verifiedTokenOf(push) as VerifiedToken,
    )

  test('a reusable rule that matches decides before one-time rules, without a claim', () => {
    const verdict = decideAll(first, reusable)
    expect([verdict.allowed, claimOf(verdict)]).toEqual([true, undefined])
  })

  test('without a matching reusable rule, the first matching one-time rule decides and claims its use', () => {
    const verdict = decideAll(stranger, first, second)
    expect([verdict.allowed, claimOf(verdict)]).toMatchObject([true, { scope: 'use ', per: 'token' }])
    expect(verdict.rules).toHaveLength(1)
    expect(verdict.rules[0]?.checks.map(({ field }) => field)).toContain('branch')
  })

  test('the verdict explains every rule if none matches', () => {
    const once = oneTime(githubActions({ ownerId: '666' }))
    const verdict = decideAll(stranger, once)
    expect([verdict.allowed, claimOf(verdict), verdict.rules.length]).toEqual([false, undefined, 2])
  })

  test('a one-time rule whose code changes its result never admits without a claim', () => {
    const answers = [false, true, true, true]
    const flipping = oneTime(githubActions({ ownerId: '1234567', where: () => answers.shift() ?? true }))
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
  ])('a rule with %s (%j) on pull_request_target gives allowed: %s', (_, conditions, allowed) => {
    expect(decide(githubActions({ ownerId: '1234567', ...conditions }), stranger).allowed).toBe(allowed)
  })

  test('the verdict shows the untrusted event as the failed check', () => {
    const [rule] = decide(githubActions({ ownerId: '1234567' }), stranger).rules as [RuleVerdict]
    expect(rule.checks.find(({ passed }) => !passed)).toMatchObject({
      field: 'event',
      operator: 'ordinary',
      actual: 'pull_request_target',
    })
  })

  test('a deny rule matches runs of every event', () => {
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
    [{ environment: not('production') }, false], // absent: not() matches only values that are present
    [{ owner: glob('**') }, true],
    [{ claims: { runner_environment: 'github-hosted' } }, true],
  ])('a deny rule with %j matches: %s', (conditions, denied) => {
    expect(decide([allow, githubActions.deny(conditions)], push).reason).toBe(denied ? 'denied' : 'allowed')
  })
})

test('a deny rule of a provider with an issuer per tenant applies to every tenant', async () => {
  const caller = await identityOf(circleciPush)
  const allow = circleci({ ownerId: circleciOrganization })
  expect(decide([allow, circleci.deny({ projectId: circleciProject })], caller).reason).toBe('denied')
  expect(decide([allow, circleci.deny({ projectId: circleciOrganization })], caller).reason).toBe('allowed')
})

describe('where (lesson F11)', () => {
  const allowedBy = (where: unknown): boolean =>
    decide(githubActions({ ownerId: '1234567', where: where as () => boolean }), push).allowed

  test.each([[() => true, true]])('a trust rule matches if where returns true', (where, allowed) => {
    expect(allowedBy(where)).toBe(allowed)
  })

  test.each([
    ['false', () => false],
    ['1', () => 1],
    ['text', () => 'true'],
    ['undefined', () => undefined],
    ['an object', () => ({})],
    ['a boxed true', () => Object(true) as unknown],
    ['a promise', () => Promise.resolve(true)],
    ['a rejected promise', async () => Promise.reject(new Error('never handled'))],
    ['an instance of a Promise subclass', () => new (class extends Promise<boolean> {})((resolve) => resolve(true))],
    [
      'an exception',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'a thrown undefined',
      () => {
        throw undefined
      },
    ],
  ])('a trust rule does not match if where gives %s', (_, where) => {
    expect(allowedBy(where)).toBe(false)
  })

  test.each([
    ['true', () => true, 'denied'],
    ['false', () => false, 'allowed'],
    ['a promise', () => Promise.resolve(false), 'denied'],
    [
      'an exception',
      () => {
        throw new Error('x')
      },
      'denied',
    ],
    ['undefined', () => undefined, 'denied'],
  ])('a deny rule whose where gives %s: the caller is %s', (_, where, reason) => {
    const deny = githubActions.deny({ where: where as () => boolean })
    expect(decide([githubActions({ ownerId: '1234567' }), deny], push).reason).toBe(reason)
  })

  test('where gets the frozen identity', () => {
    let seen: unknown
    const where = (workload: unknown): boolean => {
      seen = workload
      return true
    }
    decide(githubActions({ ownerId: '1234567', where }), push)
    expect(seen).toBe(push)
    expect(Object.isFrozen(push) && Object.isFrozen(push.claims)).toBe(true)
  })

  test('where is not called for a caller that another check refuses', () => {
    let calls = 0
    const where = (): boolean => {
      calls++
      return true
    }
    expect(decide(githubActions({ owner: 'evil', where }), push).allowed).toBe(false)
    expect(calls).toBe(0)
  })

  test('faults of where are reported without the exception', () => {
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

test('a verdict shows where as a check, with its result', () => {
  const [rule] = decide(githubActions({ ownerId: '1234567', where: () => false }), push).rules as [RuleVerdict]
  expect(rule.checks.at(-1)).toStrictEqual({
    field: 'where',
    operator: 'where',
    expected: true,
    actual: false,
    passed: false,
  })
})

test.each([[true], [false]])('a where that returns %s is not reported as a fault', (answer) => {
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
  ])('the settings %j fail the checks %j', (settings, failed) => {
    expect(failedOf(decide(githubActions({ ownerId: '1234567' }, settings), push))).toEqual([failed])
  })
})
