/**
 * Whether one rule admits (or denies) everything that another does. "Yes" is always correct; "no"
 * may mean that it is unknown.
 */

import type { CheckFacts, RuleFacts } from '../inspect-rule.ts'
import type { SemVerOptions } from '@jobpass/core/internal'
import type { RuleSettings } from '@jobpass/core'
import { covers } from './cover.ts'
import type { LintedRule } from './subject.ts'
import type { Term } from './terms.ts'
import { accepts, needsValue } from './terms.ts'

/** Whether `wide` matches everything that `narrow` matches. */
export function isCovered(narrow: LintedRule, wide: LintedRule): boolean {
  const { facts, token, role } = wide
  if (facts.table !== narrow.facts.table || facts.hasCode) return false
  // A deny rule applies to the job, whatever token the job sends.
  if (role !== 'deny' && !tokenCovered(narrow.token, token)) return false
  const issuers = facts.issuers === undefined || narrow.facts.issuers?.every((each) => facts.issuers?.includes(each))
  return (
    issuers === true &&
    settingsCovered(narrow.facts.settings, facts.settings, facts.table.lifetime?.max ?? 86_400) &&
    wide.terms.every((term) => narrow.terms.some((given) => implies(given, term)))
  )
}

/**
 * Whether a token that satisfies one rule also satisfies the other, as to the conditions on the
 * token rather than the CI job.
 */
function tokenCovered(narrow: RuleFacts, wide: RuleFacts): boolean {
  if (wide.uses !== 'any' && wide.uses !== narrow.uses) return false
  if (wide.job === undefined || narrow.job === undefined) return wide.job === narrow.job
  const demands = (check: CheckFacts): boolean =>
    narrow.checks.some(({ field, expected }) => field === check.field && isEqual(expected, check.expected))
  return wide.checks.filter(({ field }) => !field.startsWith('job.')).every(demands)
}

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Whether every value that satisfies `given` also satisfies `wanted`. */
function implies(given: Term, wanted: Term): boolean {
  if (given.name !== wanted.name) return false
  const { kind, values, patterns, facts } = given
  if (kind === 'absent') return wanted.kind === 'absent' || (wanted.kind === 'unmarked' && !facts.list)
  if (kind === 'unmarked') return wanted.kind === 'unmarked'
  if (wanted.kind === 'present') return needsValue(given)
  // Another element of the list may be one that `not` excludes.
  if (kind === 'exact') return !(facts.list && wanted.kind === 'not') && values.every((value) => accepts(wanted, value))
  if (kind === 'semver') return wanted.kind === 'semver' && coversVersions(given.written, wanted.written)
  const coveredBy = (narrow: string, wide: readonly string[]): boolean => wide.some((each) => covers(each, narrow))
  if (kind === 'glob') return wanted.kind === 'glob' && patterns.every((pattern) => coveredBy(pattern, wanted.patterns))
  if (kind !== 'not' || wanted.kind !== 'not') return false
  const excluded = wanted.values.every((value) => !accepts(given, value))
  return excluded && wanted.patterns.every((pattern) => coveredBy(pattern, patterns))
}

/**
 * Whether a condition on versions takes those of another: the same prefix, and pre-releases if it
 * has them.
 */
function coversVersions([narrow]: Term['written'], [wide]: Term['written']): boolean {
  const [one, other] = [narrow, wide].map((each) => (each as { readonly semver?: SemVerOptions } | undefined)?.semver)
  return (one?.prefix ?? 'v') === (other?.prefix ?? 'v') && (one?.prerelease !== true || other?.prerelease === true)
}

/**
 * Whether tokens that satisfy the settings of one rule satisfy those of another. `longestLife` is
 * the verifier's default limit, in seconds.
 */
function settingsCovered(narrow: RuleSettings, wide: RuleSettings, longestLife: number): boolean {
  const audiences = wide.audience === undefined ? undefined : [wide.audience].flat()
  const sameAudience =
    narrow.audience === undefined
      ? audiences === undefined
      : audiences !== undefined && [narrow.audience].flat().every((each) => audiences.includes(each))
  const several = narrow.multipleAudiences !== true || wide.multipleAudiences === true
  const age = wide.maxTokenAge === undefined || (narrow.maxTokenAge ?? Infinity) <= wide.maxTokenAge
  const life =
    wide.maxLifetime === undefined
      ? (narrow.maxLifetime ?? 0) <= longestLife
      : (narrow.maxLifetime ?? Infinity) <= wide.maxLifetime
  return sameAudience && several && age && life
}
