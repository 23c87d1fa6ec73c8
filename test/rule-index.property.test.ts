// S5: an index finds the matching rules of a long list. Its result must equal evaluating each rule,
// in the same order, from the first call, however rules are wrapped and whatever their fields and
// claims are named.

import { notExchanged, serviceTokens, viaExchange } from '@jobpass/exchange'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { anyEvent, defineProvider, githubActions, gitlab, oneTime, reportOnly } from '@jobpass/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CompiledRule } from '../packages/core/src/rule/rule.ts'
import { compiledRule } from '../packages/core/src/rule/make-rule.ts'
import { enforcedPart, reportedRule } from '../packages/core/src/rule/report-only.ts'
import { RuleList } from '../packages/core/src/rule/rule-list.ts'
import type { VerifiedToken } from '../packages/core/src/workload/verified-token.ts'
import { verifiedTokenOf } from '../packages/core/src/workload/verified-token.ts'
import { api, apiOf, ciToken, issuer, service, tokenOf } from './exchange/service.ts'
import { claimsWith, gitlabPush, now, signToken } from '@jobpass/testing/internal'

const ids = ['1', '2', '3', '10', '20']

// Two claims with one label: the member `id` of `org`, and a claim with a dot in its name.
const dotted = defineProvider({
  id: 'dotted-ci',
  title: 'Dotted CI',
  issuer: 'https://ci.acme.dev',
  algorithms: ['RS256'],
  claims: { 'org.id': 'id', org: { id: 'id', teams: 'id[]' }, unit: 'name' },
  identity: { orgId: 'org.id', organization: ['org', 'id'], teams: ['org', 'teams'], unit: 'unit' },
  pins: ['orgId', 'organization', 'teams', 'unit'],
})

const running = await service({
  grants: [
    {
      name: 'any',
      rule: [githubActions({ repositoryId: ids }), gitlab({ repositoryId: ids })],
      scopes: ['publish'],
      audience: api,
    },
  ],
})
const verifier = apiOf(running, {
  trust: [
    githubActions({ ownerId: '1234567', event: anyEvent() }),
    gitlab({ ownerId: '99', event: anyEvent() }),
    dotted({ organization: ids }),
    serviceTokens(issuer, { jobs: [githubActions, gitlab], fetch: running.exchange.fetch }),
  ],
})

const ciTokens = ids.flatMap((id) => [
  ciToken({ repository_id: id, sub: 'custom' }),
  signToken(claimsWith(gitlabPush, { aud: issuer, project_id: id, jti: `gitlab-${id}` })),
])
const dottedTokens = ids.flatMap((flat) =>
  ids.map((nested) =>
    signToken({
      iss: 'https://ci.acme.dev',
      sub: 'job',
      aud: api,
      iat: now,
      exp: now + 300,
      'org.id': flat,
      org: { id: nested, teams: [flat, nested] },
      unit: nested,
    }),
  ),
)
const serviceTokensOfEach = await Promise.all(
  ids.flatMap((id) => [
    tokenOf(running.exchange, { subject_token: ciToken({ repository_id: id, sub: 'custom' }) }),
    tokenOf(running.exchange, {
      subject_token: signToken(claimsWith(gitlabPush, { aud: issuer, project_id: id, jti: `exchanged-${id}` })),
    }),
  ]),
)
const identities = await Promise.all(
  [...ciTokens, ...dottedTokens, ...serviceTokensOfEach].map((token) => verifier.verify(token)),
)

const values = fc.oneof(
  fc.constantFrom(...ids),
  fc.subarray(ids, { minLength: 1 }).map((list) => list as string | string[]),
)
const trustRules = fc.oneof(
  values.map((id) => githubActions({ repositoryId: id })),
  values.map((id) => githubActions({ claims: { repository_id: id } })),
  values.map((id) => gitlab({ repositoryId: id })),
  values.map((id) => dotted({ orgId: id })),
  values.map((id) => dotted({ organization: id })),
  values.map((id) => dotted({ teams: id })),
  values.map((id) => dotted({ unit: id })),
  values.map((id) => dotted({ claims: { 'org.id': id } })),
  values.map((id) => dotted({ claims: { org: { id } } })),
) as fc.Arbitrary<TrustRule<AnyWorkload>>
const denyRules = fc.oneof(
  values.map((id) => githubActions.deny({ repositoryId: id })),
  values.map((id) => dotted.deny({ claims: { 'org.id': id } })),
  values.map((id) => dotted.deny({ claims: { org: { id } } })),
)
const ciRules = fc.oneof(
  values.map((id) => githubActions({ repositoryId: id })),
  values.map((id) => gitlab({ repositoryId: id })),
) as fc.Arbitrary<TrustRule<AnyWorkload>>

/** Every way in which a rule gets into a list, compiled as the guard and the verifier do. */
const compiled: fc.Arbitrary<CompiledRule> = fc.oneof(
  trustRules.map((rule) => compiledRule(rule)),
  denyRules.map((rule) => compiledRule(rule)),
  ciRules.map((rule) => compiledRule(viaExchange(rule, { scope: 'publish' }))),
  trustRules.map((rule) => compiledRule(oneTime(rule))),
  trustRules.map((rule) => compiledRule(notExchanged(rule))),
  trustRules.map((rule) => enforcedPart(reportedRule(reportOnly(rule)) as CompiledRule)),
) as fc.Arbitrary<CompiledRule>

const verifiedOf = (workload: AnyWorkload): VerifiedToken => verifiedTokenOf(workload) as VerifiedToken

const matches = ({ table, checks }: CompiledRule, caller: AnyWorkload): boolean =>
  table.table.id === caller.provider && checks.every((check) => check.passes(check.read(verifiedOf(caller), now), 30))

test('S5: a list of rules finds the matching rules in order, at every call', () => {
  let found = 0
  fc.assert(
    fc.property(
      fc.array(compiled, { minLength: 9, maxLength: 30 }),
      fc.shuffledSubarray(identities, { minLength: 3, maxLength: 6 }),
      (rules, callers) => {
        const list = new RuleList(rules)
        for (const caller of callers) {
          const expected = rules.filter((rule) => matches(rule, caller))
          const candidates = list.candidates(verifiedOf(caller))
          expect(candidates.filter((rule) => matches(rule, caller))).toEqual(expected)
          found += expected.length
        }
      },
    ),
    { numRuns: 300, seed: 20_261_129 },
  )
  expect(found).toBeGreaterThan(1000)
})

test.each<
  [
    string,
    Readonly<Record<string, string | { readonly id: string }>>,
    (claims: { 'org.id': string; org: { id: string } }) => string,
  ]
>([
  ['a claim with a dot in its name', { 'org.id': '2' }, (claims) => claims['org.id']],
  ['a member of a claim', { org: { id: '2' } }, (claims) => claims.org.id],
])('S5: a deny rule on %s is found among many on claims of the same label', (_, claims, valueOf) => {
  const others = Array.from({ length: 20 }, (_each, index) => [
    dotted.deny({ claims: { 'org.id': `other-${index}` } }),
    dotted.deny({ claims: { org: { id: `other-${index}` } } }),
  ])
  const list = new RuleList(
    [...others.flat(), dotted.deny({ claims })].map((rule) => compiledRule(rule) as CompiledRule),
  )
  const callers = identities.filter(({ provider }) => provider === 'dotted-ci')
  for (let asking = 0; asking < 3; asking++)
    for (const caller of callers)
      expect(list.candidates(verifiedOf(caller)).some((rule) => matches(rule, caller))).toBe(
        valueOf(caller.claims as never) === '2',
      )
})

test('S5: rules of two platforms behind an exchange admit at each request', () => {
  const rules = [
    ...Array.from({ length: 10 }, (_, index) =>
      viaExchange(githubActions({ repositoryId: `7${index}` }), { scope: 'publish' }),
    ),
    ...ids.map((id) => viaExchange(gitlab({ repositoryId: id }), { scope: 'publish' })),
  ].map((rule) => compiledRule(rule) as CompiledRule)
  const callers = identities.filter(({ provider }) => provider === 'service-token')
  const list = new RuleList(rules)
  const admitted = [1, 2, 3].map(
    () => callers.filter((caller) => list.candidates(verifiedOf(caller)).some((rule) => matches(rule, caller))).length,
  )
  expect(admitted).toEqual([ids.length, ids.length, ids.length])
})
