/** Lints on relations between rules, and on rules that can never match. */

import { isRefOnly } from '../advice.ts'
import { sameIssuer, trustBehind } from '../context.ts'
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
      message: `This rule ${rule.role === 'deny' ? 'denies' : 'admits'} no job: ${conflict.why}.`,
      fix:
        refInstead(rule, conflict.terms) ??
        (second === undefined || second.implied
          ? `Remove '${first.label}', or change it.`
          : `Remove '${first.label}' or '${second.label}', or write two rules.`),
    },
  ]
}

/** The fix for a correct event whose runs have only a ref. */
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
  // Deny rules also apply to the jobs behind service tokens.
  if (rule.role === 'deny' && subject.rules.some(({ role, token }) => role === 'trust' && token.forServiceTokens))
    return []
  const who = issuers === undefined ? table.title : quote(issuers)
  return [
    {
      message: `No trust rule covers ${who}, so this ${rule.role === 'deny' ? 'denies' : 'admits'} no job: the token is refused earlier.`,
      fix: `Add a rule of the same provider and issuer to trust, or remove this one.`,
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
      message: `Trust admits no job that matches this rule. At ${first.place}: ${conflict?.why ?? ''}.`,
      fix: `Widen ${first.place}, add a trust rule for these jobs, or change this one${label === 'event' ? ' (trust must name the event too, or use anyEvent())' : ''}.`,
    },
  ]
}

function shadowed(rule: LintedRule, { rules }: Subject): readonly Found[] {
  if (rule.facts.reports || conflictOf(rule.terms, rule.shape) !== undefined) return []
  const mates = rules.filter((other) => other.list === rule.list && other.role === rule.role && !other.facts.reports)
  const index = mates.indexOf(rule)
  // Of two equal rules, the later one is redundant.
  const wide = mates.find(
    (other, at) => other !== rule && isCovered(rule, other) && (at < index || !isCovered(other, rule)),
  )
  if (wide === undefined) return []
  return [
    {
      message: `${wide.place} already ${rule.role === 'deny' ? 'denies' : 'admits'} every job that this rule would, so its narrower conditions have no effect.`,
      fix: `Remove this rule, or remove ${wide.place} if you mean this one.`,
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
        message: `Admits exactly the same jobs as ${twin}.`,
        fix: `Give the set one name and use it for both, or narrow the more powerful route.`,
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
      message: `${wide.place} denies every job that this rule would admit, and deny rules win.`,
      fix: `Narrow ${wide.place}, or remove this rule.`,
    },
  ]
}

/** Lints on relations between rules. */
export const relationLints: readonly Lint[] = [
  {
    id: 'L070',
    level: 'error',
    title: 'Rule that can never match',
    why: 'Its conditions contradict each other. As a deny rule it denies nothing.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main', tag: 'v1.4.0' })",
    good: "[githubActions({ repositoryId: '74205118', branch: 'main' }), githubActions({ repositoryId: '74205118', tag: 'v1.4.0' })]",
    rule: neverMatches,
  },
  {
    id: 'L071',
    level: 'error',
    title: 'Rule for an issuer that is not trusted',
    why: 'A token of an issuer that trust does not name is refused unread; no other rule is evaluated.',
    bad: "{ trust: githubActions({ ownerId: '1234567' }), routes: { deploy: gitlab({ repositoryId: '48120077', branch: 'main' }) } }",
    good: "{ trust: [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })], routes: { deploy: gitlab({ repositoryId: '48120077', branch: 'main' }) } }",
    rule: foreignIssuer,
  },
  {
    id: 'L072',
    level: 'error',
    title: 'Route whose callers trust refuses',
    why: 'Trust and the route must both allow a job. Usually an event is named on the route but not in trust.',
    bad: "{ trust: githubActions({ ownerId: '1234567' }), routes: { check: githubActions({ repositoryId: '74205118', event: 'pull_request' }) } }",
    good: "{ trust: githubActions({ ownerId: '1234567', event: anyEvent() }), routes: { check: githubActions({ repositoryId: '74205118', event: 'pull_request' }) } }",
    rule: notTrusted,
  },
  {
    id: 'L073',
    level: 'warning',
    title: 'Rule shadowed by a broader one',
    attack: 'E9',
    why: 'Rules of a list are alternatives: the weakest one decides, and a stricter one only looks like protection.',
    bad: "[githubActions({ ownerId: '1234567' }), githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })]",
    good: "[githubActions({ repositoryId: '74205118', branch: 'main' }), githubActions({ repositoryId: '74205118', tag: glob('v*') })]",
    rule: shadowed,
  },
  {
    id: 'L074',
    level: 'advice',
    title: 'Two routes with the same rules',
    attack: 'E9',
    why: 'Duplicated rules drift apart, and the weaker copy becomes the way in. Give equal rules one name.',
    bad: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }), publish: githubActions({ repositoryId: '74205118', branch: ['main'] }) } }",
    good: "{ routes: { deploy: githubActions({ repositoryId: '74205118', branch: 'main' }), publish: githubActions({ repositoryId: '74205118', tag: glob('v*') }) } }",
    all: sameSets,
  },
  {
    id: 'L075',
    level: 'error',
    title: 'Rule that a deny rule overrides',
    why: 'Deny rules are evaluated first and win, so such a rule admits no job.',
    bad: "{ trust: githubActions({ repositoryId: '74205118', branch: 'main' }), deny: githubActions.deny({ repositoryId: '74205118' }) }",
    good: "{ trust: githubActions({ repositoryId: '74205118', branch: 'main' }), deny: githubActions.deny({ claims: { actor: 'quill-otter' } }) }",
    rule: deniedWhole,
  },
]
