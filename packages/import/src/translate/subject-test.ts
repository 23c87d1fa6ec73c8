/** Translates a test of the subject to conditions on what the subject is made of. */

import { formatValue } from '@jobpass/core/internal'
import { exactText, joined, matchesAll, sampleOf } from '../pattern.ts'
import type { ClaimTest, Pattern } from '../requirement.ts'
import { fitsOf } from '../subject/fits.ts'
import { passesTest } from './claim-test.ts'
import type { Choice, Remark, Translated } from './condition.ts'
import { Untranslatable } from './condition.ts'
import { product } from './normal-form.ts'
import { excludedBy } from './subject-exclusion.ts'

/** Translates all tests of `sub` in an alternative for a provider. */
export function translateSubjects(tests: readonly ClaimTest[], provider: string): Translated {
  const negative = tests.filter(({ negated }) => negated)
  const patterns = tests.filter(({ negated }) => !negated).flatMap(patternsOf)
  const exact = patterns.map(exactText).find((text) => text !== undefined)
  if (exact === undefined) {
    const { choices, remarks } = translatePatterns(patterns, provider)
    const excluded = negative.map((test) => excludedBy(test, provider))
    return { choices: excluded.reduce<readonly Choice[]>(product, choices), remarks }
  }
  if (!tests.every((test) => passesTest(test, exact)))
    throw new Untranslatable(
      `The subject ${formatValue(exact)} does not pass all conditions.`,
      'Correct the conditions.',
    )
  const fits = fitsOf([exact], provider)
  const parts = fits.find(({ choice }) => choice !== undefined)?.choice ?? []
  return { choices: [[...parts, { key: 'subject', value: exact }]], remarks: fits.flatMap(({ remarks }) => remarks) }
}

/** Translates patterns that a subject must all match. */
function translatePatterns(patterns: readonly Pattern[], provider: string): Translated {
  if (patterns.length === 0) return { choices: [[]], remarks: [] }
  const fits = patterns.map((pattern) => fitsOf(pattern, provider))
  const groups = [...new Set(fits.flat().map(({ group }) => group))]
  // A subject has one form, so patterns for names and for ids never match together.
  const choices = groups.flatMap((group) =>
    fits
      .map((list) => list.flatMap((fit) => (fit.group === group && fit.choice !== undefined ? [fit.choice] : [])))
      .reduce<readonly Choice[]>(product, [[]]),
  )
  const remarks = fits.flat().flatMap((fit) => fit.remarks)
  return { choices: distinct(choices), remarks: [choices.length === 0 ? refused(patterns) : byDefault, ...remarks] }
}

/** Whether a test is of the subject. */
export function isSubject({ claim }: ClaimTest): boolean {
  return claim.length === 1 && claim[0] === 'sub'
}

/** The same test for each of its subjects, so that each is translated by itself. */
export function bySubject(test: ClaimTest): readonly ClaimTest[] {
  const { comparison, negated } = test
  if (!isSubject(test) || negated) return [test]
  if (comparison.kind === 'like')
    return comparison.patterns.map((pattern) => ({ ...test, comparison: { kind: 'like', patterns: [pattern] } }))
  if (comparison.kind === 'equals')
    return comparison.values.map((value) => ({ ...test, comparison: { kind: 'equals', values: [value] } }))
  if (comparison.kind === 'equalsIgnoringCase')
    return comparison.values.map((value) => ({ ...test, comparison: { kind: 'equalsIgnoringCase', values: [value] } }))
  return [test]
}

/** A subject that tests admit, for examples; `undefined` where none is known. */
export function sampleSubject(tests: readonly ClaimTest[], provider: string): string | undefined {
  const patterns = tests.filter(({ negated }) => !negated).flatMap(patternsOf)
  const samples = patterns.flatMap((pattern) => {
    const fits = fitsOf(pattern, provider)
    return [
      exactText(pattern),
      ...fits.filter(({ choice }) => choice !== undefined).map(({ sample }) => sample),
      fits[0]?.sample,
    ]
  })
  return samples.find((sample) => sample !== undefined && tests.every((test) => passesTest(test, sample)))
}

/** The patterns of a positive test, which is of one pattern; none where every subject passes. */
function patternsOf({ comparison }: ClaimTest): readonly Pattern[] {
  if (comparison.kind === 'present') return []
  if (comparison.kind === 'like' && comparison.patterns.some(matchesAll)) return []
  const found =
    comparison.kind === 'like'
      ? comparison.patterns.map(joined)
      : comparison.kind === 'hasItem'
        ? []
        : // A subject in another letter case is not admitted, which is narrower.
          comparison.values.flatMap((value) => (typeof value === 'string' && value !== '' ? [[value]] : []))
  if (found.length !== 1)
    throw new Untranslatable('No subject passes the condition.', 'Compare the subject with a text that is not empty.')
  return found
}

function distinct(choices: readonly Choice[]): readonly Choice[] {
  const texts = choices.map((choice) => JSON.stringify(choice))
  return choices.filter((_, index) => texts.indexOf(texts[index] as string) === index)
}

function refused(patterns: readonly Pattern[]): Remark {
  const shown = patterns.map((pattern) => formatValue(sampleOf(pattern, '*'))).join(' and ')
  return {
    level: 'refused',
    message: `The subject pattern ${shown} fits no form of a subject for which a rule has conditions.`,
    fix: 'Write a rule with a condition for each claim, or exact subjects.',
  }
}

/** Rules have no patterns for the subject. */
const byDefault: Remark = {
  level: 'note',
  message: 'Rules take no pattern for the subject. They compare the claims that the platform makes it of by default.',
  fix: 'Write exact subjects, if your organization has a template of its own for subjects.',
}
