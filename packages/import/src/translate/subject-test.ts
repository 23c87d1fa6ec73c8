/** Translates a test of the subject to conditions on what the subject is made of. */

import { formatValue } from '@jobpass/core/internal'
import { exactText, joined, matchesAll, sampleOf } from '../pattern.ts'
import type { ClaimTest, Comparison, Pattern } from '../requirement.ts'
import { fitsOf } from '../subject/fits.ts'
import type { Choice, Remark, Translated } from './condition.ts'
import { oneOrList, Untranslatable } from './condition.ts'

/** Translates a test of `sub` for a provider. */
export function translateSubject({ comparison, negated }: ClaimTest, provider: string): Translated {
  const patterns = patternsOf(comparison)
  if (patterns?.length === 0 || (negated && comparison.kind === 'equalsIgnoringCase'))
    throw new Untranslatable(
      'Rules cannot compare the subject like this.',
      'Compare the whole subject, with its letter case.',
    )
  if (negated) return { choices: [excluded(patterns)], remarks: [] }
  if (patterns === undefined || patterns.some(matchesAll)) return { choices: [[]], remarks: [] }
  const parts = patterns.map((pattern) => translateOne(pattern, provider))
  return {
    choices: parts.flatMap(({ choices }) => choices),
    remarks: parts.flatMap(({ remarks }) => remarks),
  }
}

/** The same test for each of its subjects, so that each is translated by itself. */
export function bySubject(test: ClaimTest): readonly ClaimTest[] {
  const { claim, comparison, negated } = test
  if (claim.length !== 1 || claim[0] !== 'sub' || negated) return [test]
  if (comparison.kind === 'like')
    return comparison.patterns.map((pattern) => ({ ...test, comparison: { kind: 'like', patterns: [pattern] } }))
  if (comparison.kind === 'equals')
    return comparison.values.map((value) => ({ ...test, comparison: { kind: 'equals', values: [value] } }))
  return [test]
}

/** A subject that a test admits, for examples; `undefined` where none is known. */
export function sampleSubject({ comparison, negated }: ClaimTest, provider: string): string | undefined {
  const [pattern] = negated ? [] : (patternsOf(comparison) ?? [])
  if (pattern === undefined) return undefined
  const fits = fitsOf(pattern, provider)
  return exactText(pattern) ?? (fits.find(({ choice }) => choice !== undefined) ?? fits[0])?.sample
}

/** The patterns of a comparison; `undefined` where every subject passes. */
function patternsOf(comparison: Comparison): readonly Pattern[] | undefined {
  if (comparison.kind === 'present') return undefined
  if (comparison.kind === 'like') return comparison.patterns.map(joined)
  // A subject in another letter case is not admitted, which is narrower.
  if (comparison.kind === 'equals' || comparison.kind === 'equalsIgnoringCase')
    return comparison.values.flatMap((value) => (typeof value === 'string' && value !== '' ? [[value]] : []))
  return []
}

function translateOne(pattern: Pattern, provider: string): Translated {
  const text = exactText(pattern)
  const fits = fitsOf(pattern, provider)
  const remarks = fits.flatMap(({ remarks }) => remarks)
  if (text !== undefined) {
    const parts = fits.find(({ choice }) => choice !== undefined)?.choice ?? []
    return { choices: [[...parts, { key: 'subject', value: text }]], remarks }
  }
  const choices = distinct(fits.flatMap(({ choice }) => (choice === undefined ? [] : [choice])))
  return { choices, remarks: [choices.length === 0 ? refused(pattern) : byDefault, ...remarks] }
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  const texts = choices.map((choice) => JSON.stringify(choice))
  return choices.filter((_, index) => texts.indexOf(texts[index] as string) === index)
}

function refused(pattern: Pattern): Remark {
  return {
    level: 'refused',
    message: `The subject pattern ${formatValue(sampleOf(pattern, '*'))} fits no form of a subject for which a rule has conditions.`,
    fix: 'Write a rule with a condition for each claim, or exact subjects.',
  }
}

/** Rules have no patterns for the subject. */
const byDefault: Remark = {
  level: 'note',
  message: 'Rules take no pattern for the subject. They compare the claims that the platform makes it of by default.',
  fix: 'Write exact subjects, if your organization has a template of its own for subjects.',
}

/** The condition that excludes exact subjects. */
function excluded(patterns: readonly Pattern[] | undefined): Choice {
  if (patterns === undefined || patterns.some(matchesAll))
    throw new Untranslatable('No token passes, because each has a subject.', 'Leave this part out.')
  const exact = patterns.flatMap((pattern) => exactText(pattern) ?? [])
  if (exact.length < patterns.length)
    throw new Untranslatable(
      'Rules cannot exclude subjects by a pattern.',
      'Exclude the values of the claims that the pattern means.',
    )
  return exact.length === 0 ? [] : [{ key: 'subject', value: { not: oneOrList(exact) } }]
}
