/** Translates grants to sets of rules. */

import { formatValue } from '@jobpass/core/internal'
import type { Grant, Imported, ImportFinding } from '../model.ts'
import { translateAlternative } from './alternative.ts'
import type { PlacedRemark } from './alternative.ts'
import { exampleOf } from './example.ts'
import { conditionsOf } from './finish.ts'
import type { KnownIssuer } from './issuers.ts'
import { issuerOf } from './issuers.ts'
import { mergeRules } from './merge.ts'
import type { Alternative } from './normal-form.ts'
import { alternativesOf, mostAlternatives, product } from './normal-form.ts'
import { withoutImpossible } from './possible.ts'
import { remarksOn } from './remarks.ts'
import type { Rule } from './rule.ts'
import { faultsOf } from './rule.ts'
import { bySubject } from './subject-test.ts'

/** What the user says in addition to the text. */
export interface TranslateOptions {
  /** The issuer where the source names none. */
  readonly issuer?: string
  /** The platform of an issuer that is a server of one's own. */
  readonly provider?: string
  /** The name of the set of rules for all grants. */
  readonly set?: string
}

interface Found {
  readonly set: string
  readonly rules: readonly Rule[]
  readonly findings: readonly ImportFinding[]
}

/** Translates grants. The rules of a grant admit nothing that the grant does not admit. */
export function translate(grants: readonly Grant[], options: TranslateOptions = {}): Imported {
  const all = grants.map((grant) => translateGrant(grant, options))
  const rules = all.flatMap((each) => each.rules)
  const audiences = commonAudiences(rules)
  const sets = new Map<string, Readonly<Record<string, unknown>>[]>()
  for (const { set, rules } of all) {
    const documents = rules.map(({ conditions, audiences: own }) =>
      audiences === undefined && own !== undefined ? { ...conditions, settings: { audience: [...own] } } : conditions,
    )
    if (documents.length > 0) sets.set(set, [...(sets.get(set) ?? []), ...documents])
  }
  return {
    policy: rules.length === 0 ? undefined : { rules: Object.fromEntries(sets) },
    audiences: audiences ?? unionOf(rules),
    findings: [...all.flatMap((each) => each.findings), ...audienceNotes(rules)],
  }
}

/** What to do with the audiences of the original. */
function audienceNotes(rules: readonly Rule[]): readonly ImportFinding[] {
  const audiences = [...new Set(rules.flatMap((rule) => rule.audiences ?? []))]
  if (audiences.length === 0) return []
  return [
    {
      level: 'note',
      where: 'aud',
      message: `The original accepts the audience ${audiences.map(formatValue).join(' or ')}.`,
      fix: 'Set the audience of the verifier to a name of your API, and let the jobs ask for a token with that name.',
    },
  ]
}

/** The audiences that all rules accept; `undefined` where rules differ. */
function commonAudiences(rules: readonly Rule[]): readonly string[] | undefined {
  const [first] = rules
  const text = (audiences: readonly string[] = []): string => JSON.stringify(audiences.toSorted())
  return rules.every(({ audiences }) => text(audiences) === text(first?.audiences))
    ? (first?.audiences ?? [])
    : undefined
}

/** All audiences of rules; none where a rule accepts any. */
function unionOf(rules: readonly Rule[]): readonly string[] {
  return rules.some(({ audiences }) => audiences === undefined)
    ? []
    : [...new Set(rules.flatMap(({ audiences = [] }) => audiences))]
}

/** A name that a set of rules may have. */
function nameOf(name: string): string {
  return (
    name
      .replaceAll(/[^A-Za-z0-9._:/-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 100) || 'imported'
  )
}

function translateGrant(grant: Grant, options: TranslateOptions): Found {
  const set = nameOf(options.set ?? grant.name)
  const { where } = grant
  const refused = (message: string, fix: string): Found => ({
    set,
    rules: [],
    findings: [{ level: 'refused', where, message, fix }],
  })
  const issuer = grant.issuer ?? options.issuer
  if (issuer === undefined)
    return refused('The original names no issuer.', 'Name it by the option issuer, spelled as in iss.')
  const known = issuerOf(issuer, options.provider)
  if (typeof known === 'string')
    return refused(`The issuer ${formatValue(issuer)}: ${known}.`, 'Write the rules by hand.')
  const alternatives = alternativesOf(withoutImpossible(grant.requirement, known))
  if (alternatives === undefined)
    return refused(`The original has more than ${mostAlternatives} alternatives.`, 'Split it, and import the parts.')
  if (alternatives.length === 0) return refused('The original admits no token.', 'Correct its conditions.')
  const each = alternatives.flatMap((tests) =>
    tests.map((test) => bySubject(test).map((each) => [each])).reduce<readonly Alternative[]>(product, [[]]),
  )
  const found = each.slice(0, mostSubjects).map((alternative) => rulesOf(alternative, known, where))
  if (each.length > mostSubjects) return refused(`The original has more than ${mostSubjects} subjects.`, 'Split it.')
  const rules = mergeRules(found.flatMap(({ rules }) => rules))
  if (rules.length > mostAlternatives)
    return refused(`The original makes more than ${mostAlternatives} rules.`, 'Split it, and import the parts.')
  return { set, rules, findings: distinct(found.flatMap(({ findings }) => findings)) }
}

function rulesOf(alternative: Alternative, known: KnownIssuer, where: string): Omit<Found, 'set'> {
  const { choices, audiences, remarks } = translateAlternative(alternative, known)
  const findings: PlacedRemark[] = [...remarks]
  const rules: Rule[] = []
  for (const choice of choices) {
    const conditions = conditionsOf(choice, known)
    if (conditions === undefined) continue
    const faults = faultsOf(conditions, alternative, known)
    if (faults.length === 0) rules.push({ conditions, audiences })
    else findings.push(...faults.map((fault) => ({ ...fault, where })))
  }
  if (rules.length === 0 && !findings.some(({ level }) => level === 'refused')) findings.push({ ...impossible, where })
  if (rules.length > 0) {
    findings.push(...remarksOn(rules, alternative, known).map((remark) => ({ ...remark, where })))
    if (audiences === undefined)
      findings.push({ ...anyAudience, where, example: { ...exampleOf(alternative, known), aud: otherAudience } })
  }
  return { rules, findings }
}

/**
 * The most subjects that are looked at. Rules for them are joined where they differ in one value.
 */
const mostSubjects = 512

const impossible = {
  level: 'refused',
  message: 'No token satisfies all conditions of an alternative.',
  fix: 'Correct the conditions, or leave the alternative out.',
} as const

/** An audience of another API, for examples. */
const otherAudience = 'https://other.example'

const anyAudience = {
  level: 'accident',
  message: 'The original compares no audience, so that a token for any other API passes.',
  fix: 'Set the audience of the verifier to the name of your API.',
} as const

function distinct(findings: readonly ImportFinding[]): readonly ImportFinding[] {
  const texts = findings.map(({ level, where, message }) => JSON.stringify([level, where, message]))
  return findings.filter((_, index) => texts.indexOf(texts[index] as string) === index)
}
