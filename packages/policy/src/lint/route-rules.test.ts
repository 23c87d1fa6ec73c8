/** S12: lint inspects everything that can guard a route. */

import { notExchanged, serviceTokens, viaExchange } from '@jobpass/exchange'
import { runInNewContext } from 'node:vm'
import * as core from '@jobpass/core'
import type { RouteRule, TrustRule } from '@jobpass/core'
import { circleci, githubActions, gitlab, oneTime, reportOnly } from '@jobpass/core'
import { expect, test } from 'vitest'
import { loadPolicy } from '../load-policy.ts'
import type { Finding } from './finding.ts'
import type { LintInput } from './subject.ts'
import { lintRules } from './lint-rules.ts'
import { lintTable } from './lint-table.ts'

type Wrap = (rule: TrustRule) => RouteRule

const providers = [githubActions, gitlab, circleci]
const setOf = (rule: TrustRule): RouteRule => loadPolicy({ rules: { x: rule.toJSON() } }, { providers }).rules('x')

// A new member of the union does not compile until it has a row here.
const wraps: Readonly<Record<RouteRule['effect'], Readonly<Record<string, Wrap>>>> = {
  allow: {
    'the rule itself': (rule) => rule,
    'viaExchange()': (rule) => viaExchange(rule as TrustRule<never>, { scope: 'deploy' }),
    'oneTime()': (rule) => oneTime(rule),
    'notExchanged()': notExchanged,
    'oneTime(viaExchange())': (rule) => oneTime(viaExchange(rule as TrustRule<never>, { scope: 'deploy' })),
  },
  report: {
    'reportOnly()': reportOnly,
    'reportOnly(viaExchange())': (rule) => reportOnly(viaExchange(rule as TrustRule<never>, { scope: 'deploy' })),
  },
  set: { 'a set of a policy': setOf },
}

// Every rule of the samples, good and bad, that is a single rule and has JSON.
const evaluate = (code: string): unknown => runInNewContext(`(${code})`, { ...core })
const samples = lintTable
  .flatMap(({ bad, good }) => [bad, good])
  .filter((code) => /^(?:githubActions|gitlab|circleci)\(/.test(code) && !/where|anyEvent/.test(code))

const show = ({ id, message, fix }: Finding): string => [id, message, fix].join(' | ')
const of = (rule: unknown): string[] =>
  lintRules({ routes: { x: rule } } as never)
    .filter(({ id }) => id !== 'L081')
    .map(show)
    .toSorted()

test.each(
  Object.values(wraps).flatMap((members) =>
    Object.entries(members).flatMap(([name, wrap]) => samples.map((code) => [name, code, wrap] as const)),
  ),
)('S12: lint finds in %s what it finds in the rule %s', (_, code, wrap) => {
  const rule = evaluate(code) as TrustRule
  expect(of(wrap(rule))).toEqual(of(rule))
})

const service = 'https://auth.acme.dev'
const trust = serviceTokens(service, { jobs: [githubActions, gitlab] })
const shop = { repositoryId: '74205118', branch: 'main' } as const
const places = (input: LintInput): unknown => lintRules(input).map(({ id, where }) => [id, where])

test('S12: lint finds errors in a policy handle, at the place of each rule', () => {
  const provider = 'github-actions'
  const policy = loadPolicy(
    {
      rules: {
        x: [
          { provider, ...shop, repositoryId: '2', environment: 'prod*' },
          { provider, ...shop },
        ],
      },
    },
    { providers },
  )
  const enforced = gitlab({ repositoryId: '1', branch: 'main' }, { maxTokenAge: 900 })

  expect(places({ routes: { x: policy.rules('x') } })).toEqual([['L060', 'routes.x[0].environment']])
  expect(places({ routes: { x: [enforced, policy.rules('x')] } })).toEqual([['L060', 'routes.x[1][0].environment']])
})

test('S12: trust in a service does not pin jobs by id', () => {
  const deploy = viaExchange(githubActions({ repository: 'acme/shop', branch: 'main' }), { scope: 'deploy' })
  expect(places({ trust, routes: { deploy } })).toEqual([['L001', 'routes.deploy.repository']])
})

test('S12: lint reports that a rule for an untrusted service admits no token', () => {
  const issuer = 'https://other.acme.dev'
  const deploy = viaExchange(githubActions(shop), { scope: 'deploy', issuer })
  expect(lintRules({ trust, routes: { deploy } }).map(({ id, message }) => [id, message])).toEqual([
    ['L071', `No trust rule covers '${issuer}', so this admits no job: the token is refused earlier.`],
  ])
  expect(places({ trust: githubActions({ ownerId: '1' }), routes: { deploy } })).toEqual([['L071', 'routes.deploy']])
})

test('S12: lint applies deny rules to the jobs behind service tokens', () => {
  const deploy = viaExchange(githubActions(shop), { scope: 'deploy' })
  const deny = githubActions.deny({ repositoryId: '74205118' })
  expect(places({ trust, deny, routes: { deploy } })).toEqual([['L075', 'routes.deploy']])
  expect(places({ trust, deny: githubActions.deny({ ownerId: '9' }), routes: { deploy } })).toEqual([])
})

test('S12: a rule is shadowed only by one that admits the same tokens as often', () => {
  const rule = githubActions(shop)
  const read = viaExchange(rule, { scope: 'read' })
  const both = viaExchange(rule, { scope: ['deploy', 'read'] })
  const isShadowed = (...deploy: readonly RouteRule[]): boolean =>
    lintRules({ routes: { deploy } }).some(({ id }) => id === 'L073')

  expect(isShadowed(rule, oneTime(rule))).toBe(true)
  expect(isShadowed(oneTime(rule), notExchanged(rule))).toBe(false)
  expect(isShadowed(read, both)).toBe(true)
  expect(isShadowed(viaExchange(rule, { scope: 'deploy' }), read)).toBe(false)
  expect(isShadowed(rule, read)).toBe(false)
  expect(isShadowed(viaExchange(rule, { scope: 'read', issuer: service }), read)).toBe(true)
})

test('S12: lint warns if all rules of a route only report', () => {
  const rule = reportOnly(githubActions(shop))
  expect(places({ routes: { deploy: [rule] } })).toEqual([['L081', 'routes.deploy']])
  expect(places({ routes: { deploy: [rule, oneTime(githubActions(shop))] } })).toEqual([])
})

test.each<readonly [string, LintInput, string]>([
  ['viaExchange()', { trust: viaExchange(githubActions(shop), { scope: 'x' }) }, 'trust is made by viaExchange()'],
  ['a set of a policy', { trust: setOf(githubActions(shop)) as never }, 'trust is a set of a policy'],
])('S12: lint refuses %s in trust, as the verifier does', (_, input, message) => {
  expect(() => lintRules(input)).toThrow(TypeError)
  expect(() => lintRules(input)).toThrow(message)
})
