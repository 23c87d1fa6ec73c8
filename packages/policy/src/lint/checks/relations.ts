/** Lints on how rules stand to each other, and whether a rule can match at all. */

import { isRefOnly } from '../advice.ts'
import { isService, sameIssuer, trustBehind } from '../context.ts'
import { conflictOf } from '../conflict.ts'
import { isCovered } from '../covering.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'
import type { Term } from '../terms.ts'

function neverMatches(rule: LintedRule): readonly Found[] {
  const conflict = conflictOf(rule.terms, rule.shape)
  if (conflict === undefined) return []
  const [first, second] = conflict.terms
  return [
    {
      where: `${rule.place}.${first.label}`,
      message: `This rule ${rule.role === 'deny' ? 'denies' : 'admits'} nobody: ${conflict.why}.`,
      fix:
        refInstead(rule, conflict.terms) ??
        (second === undefined || second.implied
          ? `Leave '${first.label}' out, or change it.`
          : `Leave '${first.label}' or '${second.label}' out, or make two rules.`),
    },
  ]
}

/** What to write where the event is right, and its runs have nothing but a ref. */
function refInstead(rule: LintedRule, terms: readonly Term[]): string | undefined {
  const event = terms.find(({ name }) => name === 'event')
  const other = terms.find((term) => term !== event)
  if (event?.implied !== false || other === undefined || !event.values.every((value) => isRefOnly(rule, value)))
    return undefined
  const [name] = other.name === 'branch' && other.kind === 'exact' ? other.written : ['main']
  return `Write ref: ${quote(`refs/heads/${String(name)}`)}, refProtected: true in place of '${other.label}'.`
}

function foreignIssuer(rule: LintedRule, subject: Subject): readonly Found[] {
  if (rule.role === 'trust' || !subject.hasTrust || subject.hasLookups || sameIssuer(rule, subject.rules).length > 0)
    return []
  const { issuers, table } = rule.token
  // Deny rules are asked about the jobs behind service tokens as well.
  if (rule.role === 'deny' && subject.rules.some(({ role, token }) => role === 'trust' && isService(token))) return []
  const who = issuers === undefined ? table.title : quote(issuers)
  return [
    {
      message: `No trust rule is for ${who}, so this ${rule.role === 'deny' ? 'denies' : 'admits'} nobody: the token is refused before.`,
      fix: `Add a rule of the same provider and issuer to trust, or take this one out.`,
    },
  ]
}

function notTrusted(rule: LintedRule, subject: Subject): readonly Found[] {
  if (rule.role !== 'route' || subject.hasLookups || conflictOf(rule.terms, rule.shape) !== undefined) return []
  const trust = sameIssuer(rule, subject.rules)
  const [first] = trust
  if (first === undefined || trustBehind(rule, subject).length > 0) return []
  const conflict = conflictOf([...first.terms, ...rule.terms], rule.shape)
  const label = conflict?.terms.find((term) => rule.terms.includes(term))?.label
  return [
    {
      where: label === undefined ? rule.place : `${rule.place}.${label}`,
      message: `Trust lets nobody through to this rule. At ${first.place}: ${conflict?.why ?? ''}.`,
      fix: `Widen ${first.place}, add a trust rule for these jobs, or change this one${label === 'event' ? ' (the event has to be named in trust as well, or be anyEvent() there)' : ''}.`,
    },
  ]
}

function shadowed(rule: LintedRule, { rules }: Subject): readonly Found[] {
  if (rule.facts.reports || conflictOf(rule.terms, rule.shape) !== undefined) return []
  const mates = rules.filter((other) => other.list === rule.list && other.role === rule.role && !other.facts.reports)
  const index = mates.indexOf(rule)
  // Of two that say the same, the later one is too much.
  const wide = mates.find(
    (other, at) => other !== rule && isCovered(rule, other) && (at < index || !isCovered(other, rule)),
  )
  if (wide === undefined) return []
  return [
    {
      message: `${wide.place} already ${rule.role === 'deny' ? 'denies' : 'admits'} everybody whom this rule would, so its narrower conditions change nothing.`,
      fix: `Take this rule out, or ${wide.place} if this one is what is meant.`,
    },
  ]
}

function sameSets({ rules }: Subject): readonly Found[] {
  const routes = [...new Set(rules.filter(({ role }) => role === 'route').map(({ list }) => list))]
  const rulesOf = (list: string): readonly LintedRule[] => rules.filter((rule) => rule.list === list)
  const within = (a: string, b: string): boolean =>
    rulesOf(a).every((rule) =>
      rulesOf(b).some((other) => other.facts.reports === rule.facts.reports && isCovered(rule, other)),
    )
  return routes.flatMap((list, index) => {
    const twin = routes.slice(0, index).find((other) => within(list, other) && within(other, list))
    if (twin === undefined) return []
    return [
      {
        where: list,
        message: `Admits exactly whom ${twin} admits: whoever may do the one may do the other.`,
        fix: `Give the set one name and use it for both, or narrow the one that may do more.`,
      },
    ]
  })
}

function deniedWhole(rule: LintedRule, { rules }: Subject): readonly Found[] {
  if (rule.role === 'deny') return []
  const wide = rules.find((other) => other.role === 'deny' && isCovered(rule, other))
  if (wide === undefined) return []
  return [
    {
      message: `${wide.place} denies everybody whom this rule would admit, and deny rules win.`,
      fix: `Narrow ${wide.place}, or take this rule out.`,
    },
  ]
}

/** Lints on relations. */
export const relationLints: readonly Lint[] = [
  {
    id: 'L070',
    level: 'error',
    title: 'Rule that can never match',
    why: 'Its conditions contradict each other. As a deny rule it protects from nothing.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', tag: 'v1.4.0' })",
    good: "[githubActions({ repositoryId: '74205118', branch: 'main' }), githubActions({ repositoryId: '74205118', tag: 'v1.4.0' })]",
    rule: neverMatches,
  },
  {
    id: 'L071',
    level: 'error',
    title: 'Rule for an issuer that is not trusted',
    why: 'A token of an issuer that trust does not name is refused unread; no other rule gets to see it.',
    bad: "{ trust: githubActions({ ownerId: '1234567' }), routes: { deploy: gitlab({ repositoryId: '48120077', branch: 'main' }) } }",
    good: "{ trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })], routes: { deploy: gitlab({ repositoryId: '48120077', branch: 'main' }) } }",
    rule: foreignIssuer,
  },
  {
    id: 'L072',
    level: 'error',
    title: 'Route whose callers trust turns away',
    why: 'Trust and the route both have to allow. Most often an event is named on the route and not in trust.',
    bad: "{ trust: githubActions({ ownerId: '1234567' }), routes: { check: githubActions({ repositoryId: '74205118', event: 'pull_request' }) } }",
    good: "{ trust: githubActions({ ownerId: '1234567', event: anyEvent() }), routes: { check: githubActions({ repositoryId: '74205118', event: 'pull_request' }) } }",
    rule: notTrusted,
  },
  {
    id: 'L073',
    level: 'warning',
    title: 'Rule in the shadow of a broader one',
    attack: 'E9',
    why: 'Several rules are alternatives: the weakest of them decides, and a strict one beside it only looks like protection.',
    bad: "[githubActions({ ownerId: '1234567' }), githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })]",
    good: "[githubActions({ repositoryId: '74205118', branch: 'main' }), githubActions({ repositoryId: '74205118', tag: glob('v*') })]",
    rule: shadowed,
  },
  {
    id: 'L074',
    level: 'advice',
    title: 'Two routes with the same rules',
    attack: 'E9',
    why: 'Rules that are written twice drift apart, and the weaker copy is the way in. What may do the same may have one name.',
    bad: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }), publish: githubActions({ repositoryId: '74205118', branch: ['main'] }) } }",
    good: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }), publish: githubActions({ repositoryId: '74205118', tag: glob('v*') }) } }",
    all: sameSets,
  },
  {
    id: 'L075',
    level: 'error',
    title: 'Rule that a deny rule takes back',
    why: 'Deny rules are asked first and win, so that such a rule admits nobody.',
    bad: "{ trust: githubActions({ repositoryId: '74205118', branch: 'main' }), deny: githubActions.deny({ repositoryId: '74205118' }) }",
    good: "{ trust: githubActions({ repositoryId: '74205118', branch: 'main' }), deny: githubActions.deny({ claims: { actor: 'quill-otter' } }) }",
    rule: deniedWhole,
  },
]
