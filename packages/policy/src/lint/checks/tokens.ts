/** Lints on which tokens a rule accepts: audience, age, issuer. */

import { covers } from '../cover.ts'
import type { Found, Lint } from '../finding.ts'
import { quote } from '../finding.ts'
import type { LintedRule, Subject } from '../subject.ts'

/** Audiences of public services, which many jobs request tokens for. */
const shared: ReadonlySet<string> = new Set([
  'sts.amazonaws.com',
  'sts.amazonaws.com.cn',
  'api://azureadtokenexchange',
  'sigstore',
  'pypi',
  'testpypi',
  'crates.io',
  'rubygems.org',
])

const lower = (text: string): string => text.toLowerCase()

/** Default audiences of the rule's platform, as patterns. */
function defaults({ facts, terms }: LintedRule): readonly string[] {
  return (facts.table.defaultAudiences ?? []).flatMap((pattern) => {
    if (pattern.includes('{origin}'))
      return (facts.issuers ?? []).map((issuer) => pattern.replace('{origin}', new URL(issuer).origin))
    const field = terms.find(({ name }) => pattern.includes(`{${name}}`))
    if (field !== undefined) return field.written.map((value) => pattern.replace(`{${field.name}}`, String(value)))
    return pattern.includes('{') ? [] : [pattern]
  })
}

function isShared(audience: string, rules: readonly LintedRule[]): boolean {
  const isDefault = (pattern: string): boolean => covers(lower(pattern), lower(audience), true)
  return shared.has(lower(audience)) || rules.some((rule) => defaults(rule).some(isDefault))
}

const sharedAudience = (where: string, audience: string): Found => ({
  where,
  message: `${quote(audience)} is a platform's default audience, or that of another service: anyone who obtains such a token can use it here.`,
  fix: "Write a name of this API, such as audience: 'https://api.acme.dev', and make the jobs request it.",
})

/**
 * If jobs cannot choose the audience there is no better one: the setting `sharedAudience`
 * acknowledges that.
 */
function audienceOfRule(rule: LintedRule): readonly Found[] {
  const { settings, table } = rule.facts
  const audience = table.fixedAudience === undefined ? settings.audience : undefined
  return [audience ?? []]
    .flat()
    .filter((each) => isShared(each, [rule]))
    .map((each) => sharedAudience(`${rule.place}.settings.audience`, each))
}

function audienceOfAll({ audiences, rules }: Subject): readonly Found[] {
  const trust = rules.filter(({ role }) => role === 'trust')
  return audiences
    .filter(({ audience }) => typeof audience === 'string' && isShared(audience, trust))
    .map(({ where, audience }) => sharedAudience(where, audience))
}

function severalAudiences({ facts, place }: LintedRule): readonly Found[] {
  if (facts.settings.multipleAudiences !== true) return []
  return [
    {
      where: `${place}.settings.multipleAudiences`,
      message: 'Every other service that the token names can replay it here.',
      fix: 'Remove multipleAudiences, and make the jobs request one token per service.',
    },
  ]
}

function age({ facts, shape, role, place }: LintedRule, { maxTokenAge, hasTrust }: Subject): readonly Found[] {
  const asked = role === 'trust' || (role === 'route' && !hasTrust)
  if (!asked || shape?.lives === undefined || maxTokenAge !== undefined || facts.settings.maxTokenAge !== undefined)
    return []
  return [
    {
      where: place,
      message: `A token of ${facts.table.title} is valid ${shape.lives}; a leaked one can be used until then.`,
      fix: 'Add the setting { maxTokenAge: 900 }, and make the jobs request the token right before the call.',
    },
  ]
}

function loopback({ facts, place }: LintedRule): readonly Found[] {
  if (facts.source?.insecureLoopback !== true) return []
  return [
    {
      where: place,
      message: `Keys of ${quote(facts.issuers?.[0])} may be served without TLS by any process on this machine.`,
      fix: 'Use insecureLoopback only in tests and local development.',
    },
  ]
}

/** Lints on tokens. */
export const tokenLints: readonly Lint[] = [
  {
    id: 'L040',
    level: 'error',
    title: 'Default or shared audience',
    attack: 'E6',
    why: 'The audience keeps tokens for other services away from this API. A shared audience keeps no token away.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main' }, { audience: 'https://github.com/acme' })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' }, { audience: 'https://api.acme.dev' })",
    rule: audienceOfRule,
    all: audienceOfAll,
  },
  {
    id: 'L041',
    level: 'warning',
    title: 'Several audiences',
    attack: 'E5',
    why: 'The least careful of several services can pass the token on.',
    bad: "githubActions({ repositoryId: '74205118', branch: 'main' }, { multipleAudiences: true })",
    good: "githubActions({ repositoryId: '74205118', branch: 'main' })",
    rule: severalAudiences,
  },
  {
    id: 'L042',
    level: 'advice',
    title: 'No limit on the age of long-lived tokens',
    attack: 'E7',
    why: 'If tokens are valid for an hour, a token found in a log is usable for an hour. An age limit reduces that to minutes.',
    bad: "gitlab({ repositoryId: '48120077', branch: 'main' })",
    good: "gitlab({ repositoryId: '48120077', branch: 'main' }, { maxTokenAge: 900 })",
    rule: age,
  },
  {
    id: 'L043',
    level: 'warning',
    title: 'Issuer on loopback, without TLS',
    attack: 'A4',
    why: 'It is for tests. In production, any process on the machine could serve the keys that verify callers.',
    bad: "gitlab.at('http://127.0.0.1:8080', { insecureLoopback: true })({ repositoryId: '48120077', branch: 'main' })",
    good: "gitlab.at('https://gitlab.acme.dev')({ repositoryId: '48120077', branch: 'main' })",
    rule: loopback,
  },
]
