/** What rules do differently from the original, whatever its conditions are. */

import type { ClaimTest } from '../requirement.ts'
import { sampleOf } from '../pattern.ts'
import type { Remark } from './condition.ts'
import { isNamed } from './finish.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Alternative } from './normal-form.ts'
import type { Rule } from './rule.ts'
import { sampleSubject } from './subject-test.ts'

/** The claims of a run that outsiders can start, by platform, for examples. */
const untrusted: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'github-actions': { event_name: 'pull_request_target' },
  gitlab: { pipeline_source: 'merge_request_event' },
  circleci: { 'oidc.circleci.com/ssh-rerun': true },
}

/** The findings on runs that outsiders can start, and on the letter case of names. */
export function remarksOn(rules: readonly Rule[], alternative: Alternative, known: KnownIssuer): readonly Remark[] {
  const { table } = known.table
  const { trustedEvents, untrustedWhen = [], title, id } = table
  const remarks: Remark[] = []
  const example = { ...exampleOf(alternative, known), ...untrusted[id] }
  if (trustedEvents !== undefined && rules.some(({ conditions }) => !isNamed(conditions['event'])))
    remarks.push({
      level: 'stricter',
      message: `The original names no event. The rules do not admit events of ${title} that outsiders can start.`,
      fix: 'Name the event in a rule of its own, if you mean it.',
      example,
    })
  const fields = untrustedWhen.filter((field) => rules.some(({ conditions }) => !(field in conditions)))
  if (fields.length > 0)
    remarks.push({
      level: 'stricter',
      message: `The rules do not admit runs of ${title} with ${fields.join(' or ')}.`,
      fix: 'Name the field in a rule of its own, if you mean it.',
      example,
    })
  return [...remarks, ...caseRemarks(rules, known)]
}

function caseRemarks(rules: readonly Rule[], { table }: KnownIssuer): readonly Remark[] {
  const names = [...table.fields.values()].filter(({ comparison }) => comparison.foldCase).map(({ name }) => name)
  const used = names.filter((name) => rules.some(({ conditions }) => name in conditions && !('subject' in conditions)))
  if (used.length === 0) return []
  return [
    {
      level: 'note',
      message: `Rules ignore the letter case of ${used.join(' and ')}, as ${table.table.title} does: two names that differ in it are one thing there.`,
      fix: 'Nothing, if the original spells the names as the platform does.',
    },
  ]
}

/** Claims that the original admits, as far as its tests say. */
export function exampleOf(alternative: Alternative, { table }: KnownIssuer): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = {}
  for (const test of alternative) {
    const [name] = test.claim
    if (test.negated || test.claim.length !== 1 || name === undefined) continue
    const value = name === 'sub' ? sampleSubject(test, table.table.id) : sampleValue(test)
    if (value !== undefined) claims[name] = value
  }
  return claims
}

function sampleValue({ comparison }: ClaimTest): unknown {
  const inner = comparison.kind === 'hasItem' ? comparison.item : comparison
  const [value] =
    inner.kind === 'equals' || inner.kind === 'equalsIgnoringCase'
      ? inner.values
      : inner.kind === 'like'
        ? inner.patterns.map((pattern) => sampleOf(pattern))
        : []
  return comparison.kind === 'hasItem' && value !== undefined ? [value] : value
}
