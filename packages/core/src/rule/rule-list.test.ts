// Many rules on one route: an index finds them by their pins, with the same result as evaluating
// each.

import { describe, expect, test } from 'vitest'
import {
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  gitlabPush,
  now,
  signToken,
} from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { TrustRule, CompiledRule } from './rule.ts'
import { anyEvent, glob } from './condition.ts'
import { createVerifier } from '../request/verifier.ts'
import { decide } from './verdict.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { githubActions, gitlab } from '../index.ts'
import { compiledRule } from './make-rule.ts'
import { oneTime } from '../replay/one-time.ts'
import { RuleList } from './rule-list.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'

const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: [
    githubActions({ ownerId: ['1234567', '7'], event: anyEvent() }),
    gitlab({ ownerId: ['99'], event: anyEvent() }),
  ],
  fetch: fetchKeys(),
  clock: clockAt(now),
})
const push = (await verifier.verify(signToken(githubPush))) as AnyWorkload
const lab = (await verifier.verify(signToken(gitlabPush))) as AnyWorkload
const tokenOf = (workload: AnyWorkload): VerifiedToken => verifiedTokenOf(workload) as VerifiedToken

/** A list that was evaluated before: its first evaluation returns all rules. */
function listOf(rules: readonly TrustRule<never>[]): RuleList {
  const list = new RuleList(rules.map((rule) => compiledRule(rule) as CompiledRule))
  expect(list.candidates(tokenOf(push))).toBe(list.rules)
  return list
}

const strangers = (count: number): TrustRule<never>[] =>
  Array.from({ length: count }, (_, index) => githubActions({ repositoryId: String(index + 1) }) as TrustRule<never>)

describe('candidates', () => {
  test('the candidates of rules for a thousand repositories are only the rule for this one', () => {
    const own = githubActions({ repositoryId: '74205118' }) as TrustRule<never>
    const list = listOf([...strangers(500), own, ...strangers(500)])
    expect(list.candidates(tokenOf(push))).toEqual([compiledRule(own)])
    expect(list.candidates(tokenOf(lab))).toEqual([])
  })

  test.each<[string, TrustRule<never>]>([
    ['a list', githubActions({ repositoryId: ['1', '74205118'] }) as TrustRule<never>],
    ['a name in another letter case', githubActions({ repository: 'Acme/SHOP' }) as TrustRule<never>],
    ['a pattern', githubActions({ repository: glob('acme/*') }) as TrustRule<never>],
    ['an owner', githubActions({ ownerId: '1234567', branch: 'main' }) as TrustRule<never>],
    ['a raw claim', githubActions({ claims: { repository_id: '74205118' } }) as TrustRule<never>],
    ['two pins', githubActions({ owner: 'acme', repositoryId: '74205118' }) as TrustRule<never>],
  ])('the candidates include the rule that pins by %s', (_, rule) => {
    const list = listOf([...strangers(40), rule])
    expect(list.candidates(tokenOf(push))).toContain(compiledRule(rule))
    expect(decide([...strangers(40), rule], push).allowed).toBe(true)
  })

  test('the candidates include the rule for a name that the token spells in another letter case', async () => {
    const claims = { repository: 'Acme/Shop', sub: 'repo:Acme/Shop:ref:refs/heads/main' }
    const shouting = (await verifier.verify(signToken(claimsWith(githubPush, claims)))) as AnyWorkload
    const rule = githubActions({ repository: 'acme/shop' }) as TrustRule<never>
    expect(listOf([...strangers(40), rule]).candidates(tokenOf(shouting))).toEqual([compiledRule(rule)])
  })

  test('the candidates include both rules for one repository, and a deny rule', () => {
    const rules = [
      githubActions({ repositoryId: '74205118', branch: 'next' }) as TrustRule<never>,
      githubActions({ repositoryId: '74205118', branch: 'main' }) as TrustRule<never>,
      githubActions.deny({ branch: 'main' }) as unknown as TrustRule<never>,
    ]
    expect(new Set(listOf([...strangers(40), ...rules]).candidates(tokenOf(push)))).toEqual(
      new Set(rules.map(compiledRule)),
    )
  })

  test('the candidates of rules that share an owner are found by repository, in any order of pins', () => {
    for (const rules of [
      Array.from({ length: 40 }, (_, index) => githubActions({ ownerId: '1234567', repositoryId: `7420510${index}` })),
      Array.from({ length: 40 }, (_, index) => githubActions({ repositoryId: `7420510${index}`, ownerId: '1234567' })),
    ]) {
      const own = githubActions({ ownerId: '1234567', repositoryId: '74205118' }) as TrustRule<never>
      expect(listOf([...(rules as TrustRule<never>[]), own]).candidates(tokenOf(push))).toEqual([compiledRule(own)])
    }
  })

  test('rules that pin a field that the caller lacks are no candidates', () => {
    const rules = Array.from({ length: 40 }, (_, index) => githubActions({ enterprise: `enterprise-${index}` }))
    expect(listOf(rules as TrustRule<never>[]).candidates(tokenOf(push))).toEqual([])
  })

  test('the candidates of a short list are all its rules', () => {
    const list = listOf(strangers(8))
    expect(list.candidates(tokenOf(push))).toBe(list.rules)
  })

  test('a rule of another provider with the same values does not match', () => {
    const rule = gitlab({ repositoryId: '74205118' }) as TrustRule<never>
    expect(decide([...strangers(40), rule], push)).toMatchObject({ allowed: false, reason: 'no-rule-matched' })
  })
})

describe('a verdict on many rules', () => {
  const near = githubActions({ repositoryId: '74205118', branch: 'next' }) as TrustRule<never>

  test('a verdict on many rules shows all of them, and the nearest of the caller’s own', () => {
    const verdict = decide([...strangers(40), near], push)
    expect(verdict.rules).toHaveLength(41)
    expect(verdict.nearestOwn).toBe(verdict.rules[40])
  })

  test('a deny rule among many rules wins', () => {
    const deny = githubActions.deny({ repositoryId: '74205118' })
    expect(decide([...strangers(40), githubActions({ ownerId: '1234567' }), deny], push).reason).toBe('denied')
  })

  test('many rules allow a caller exactly if one of them does by itself', async () => {
    const other = (await verifier.verify(
      signToken(claimsWith(githubPush, { repository_id: '7', repository_owner_id: '7', sub: 'custom' })),
    )) as AnyWorkload
    for (const workload of [push, other, lab]) {
      const rules = [...strangers(30), near, githubActions({ owner: 'ACME', branch: 'main' }) as TrustRule<never>]
      const alone = rules.some((rule) => decide(rule, workload).allowed)
      expect(decide(rules, workload).allowed).toBe(alone)
    }
  })
})

describe('many rules that pin by a list claim', () => {
  const teams = defineProvider({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team_ids: 'id[]', team_names: 'name[]' },
    identity: { teamIds: 'team_ids', teamNames: 'team_names' },
    pins: ['teamIds', 'teamNames'],
  })
  const allow = teams({ teamIds: 'red' })
  const member = signToken({
    iss: 'https://ci.acme.dev',
    sub: 'job',
    aud: 'https://api.acme.dev',
    iat: now,
    exp: now + 300,
    team_ids: ['red', 'Blue'],
    team_names: ['Red', 'Blue'],
  })
  const options = { audience: 'https://api.acme.dev', fetch: fetchKeys(), clock: clockAt(now), cache: false } as const
  const others = Array.from({ length: 20 }, (_, index) => `team-${index}`)

  test.each([
    ['an id', teams.deny({ teamIds: 'Blue' })],
    ['one of several ids', teams.deny({ teamIds: ['Blue', 'green'] })],
    ['a name in another letter case', teams.deny({ teamNames: 'bLUE' })],
    ['an id by its raw name', teams.deny({ claims: { team_ids: 'Blue' } })],
    ['a name in another letter case by its raw name', teams.deny({ claims: { team_names: 'bLUE' } })],
  ])('many deny rules refuse a caller with a matching element, at each call: %s', async (_, rule) => {
    const deny = [...others.map((team) => teams.deny({ teamIds: team })), rule]
    const verifier = createVerifier({ ...options, trust: allow, deny })
    const codes = []
    for (let call = 0; call < 3; call++) codes.push(await codeOf(verifier.verify(member)))
    expect(codes).toEqual(['workload_denied', 'workload_denied', 'workload_denied'])
  })

  test('many trust rules admit a caller with a matching element, at each call', async () => {
    const trust = [...others.map((team) => teams({ teamIds: team })), teams({ teamIds: 'Blue' })]
    const verifier = createVerifier({ ...options, trust })
    const codes = []
    for (let call = 0; call < 3; call++) codes.push(await codeOf(verifier.verify(member)))
    expect(codes).toEqual(['allowed', 'allowed', 'allowed'])
  })
})

describe('a list of rules', () => {
  const listed = (...rules: TrustRule<never>[]): RuleList =>
    new RuleList(rules.map((rule) => compiledRule(rule) as CompiledRule))
  const plain = githubActions({ ownerId: '1234567' }) as TrustRule<never>
  const code = githubActions({ ownerId: '1234567', where: () => true }) as TrustRule<never>
  const aged = githubActions({ ownerId: '1234567' }, { maxTokenAge: 60 }) as TrustRule<never>
  const once = oneTime(plain)

  test.each<[string, RuleList, boolean, boolean]>([
    ['values', listed(plain), false, true],
    ['code', listed(plain, code), true, false],
    ['an age', listed(plain, aged), false, false],
  ])(
    'a list of rules with %s knows whether it has code, and whether its verdicts may be cached',
    (_, list, hasCode, pure) => {
      expect([list.hasCode, list.pure]).toEqual([hasCode, pure])
    },
  )

  test('a list of rules is split into reusable and one-time rules', () => {
    const { reusable, oneTime: single } = listed(plain, once, code).parts
    expect(reusable.rules).toEqual([compiledRule(plain), compiledRule(code)])
    expect(single?.rules).toEqual([compiledRule(once)])
  })

  test('a list without one-time rules is not split', () => {
    const list = listed(plain, code)
    expect(list.parts).toEqual({ reusable: list, oneTime: undefined })
  })
})
