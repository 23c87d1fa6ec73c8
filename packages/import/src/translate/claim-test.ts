/** Translates a test of a claim to conditions, none of which is wider. */

import { formatValue } from '@jobpass/core/internal'
import { exactText, globsAround, globsWithin, matchesAll, matchesText } from '../pattern.ts'
import type { ClaimTest, Comparison, Scalar } from '../requirement.ts'
import type { Choice, Remark, Translated } from './condition.ts'
import { oneOrList, Untranslatable } from './condition.ts'
import type { Slot } from './slot.ts'

/** Translates a test of a claim that the table lists. */
export function translateTest(test: ClaimTest, slot: Slot): Translated {
  const { comparison } = test
  const inner = comparison.kind === 'hasItem' ? comparison.item : comparison
  if ((comparison.kind === 'hasItem') !== slot.row.list && comparison.kind !== 'present')
    throw new Untranslatable(
      slot.row.list
        ? 'The claim is a list, which the original compares as one value.'
        : 'The claim is no list, and the original compares its items.',
      'Compare the claim as its platform sends it.',
    )
  if (test.negated && comparison.kind === 'hasItem')
    throw new Untranslatable(
      'A rule cannot say that a list has no item of a kind.',
      'Write a list of the items that may call.',
    )
  return test.negated ? negative(test, inner, slot) : positive(test, inner, slot)
}

function positive({ claim, absentPasses }: ClaimTest, comparison: Comparison, slot: Slot): Translated {
  if (absentPasses && comparison.kind === 'like' && comparison.patterns.some(matchesAll) && isText(slot))
    return { choices: [[]], remarks: [] }
  const remarks: Remark[] = absentPasses && !slot.required ? [absentRemark(claim), presentRemark(claim)] : []
  if (comparison.kind === 'present') {
    const choice: Choice = slot.required ? [] : [{ key: slot.key, value: { present: true } }]
    return { choices: [choice], remarks }
  }
  const value = valueWithin(comparison, slot)
  if (comparison.kind === 'equalsIgnoringCase' && !slot.foldsCase && slot.values === undefined)
    remarks.push(caseRemark(claim))
  if (value !== undefined && slot.mayBeEmpty && passes(comparison, '')) remarks.push(emptyRemark(claim))
  return { choices: [value === undefined ? [] : [{ key: slot.key, value }]], remarks }
}

/** The condition on values that pass; `undefined` where all pass. */
function valueWithin(comparison: Comparison, slot: Slot): unknown {
  const { values } = slot
  if (comparison.kind === 'like' && comparison.patterns.some(matchesAll) && isText(slot))
    return slot.required ? undefined : { present: true }
  const listed = values ?? listedIn(comparison, slot)
  const kept = [...new Set(listed)].filter(
    (value) => slot.hasType(value) && passes(comparison, value) && slot.mayBe(String(value), false),
  )
  const globs =
    values === undefined && comparison.kind === 'like'
      ? comparison.patterns
          .filter((pattern) => isText(slot) && exactText(pattern) === undefined)
          .flatMap((pattern) => globsOf(pattern, slot))
      : []
  if (kept.length + globs.length === 0)
    throw new Untranslatable(
      `No token has ${comparison.kind === 'like' ? 'a value of that pattern' : listed.map(formatValue).join(' or ')} there.`,
      'Correct the value, or leave this part out.',
    )
  return oneOrList([...kept.map(slot.write), ...globs.map((glob) => ({ glob }))])
}

/** Whether the values of a claim are text. */
const isText = (slot: Slot): boolean => slot.hasType('x')

function globsOf(pattern: Parameters<typeof globsWithin>[0], { globs, mayBe }: Slot): readonly string[] {
  const within = globs ? globsWithin(pattern) : undefined
  if (within === undefined)
    throw new Untranslatable(
      'Rules take no patterns for this claim, which is an id or has a character of patterns in it.',
      'Write the exact values.',
    )
  return within.filter((glob) => mayBe(glob, true))
}

/** The values that a comparison names. */
function listedIn(comparison: Comparison, { foldsCase }: Slot): readonly Scalar[] {
  if (comparison.kind === 'equals') return comparison.values
  if (comparison.kind === 'equalsIgnoringCase')
    return comparison.values.flatMap((value) => [value, ...(foldsCase ? [] : [value.toLowerCase()])])
  if (comparison.kind !== 'like') return []
  return comparison.patterns.flatMap((pattern) => exactText(pattern) ?? [])
}

/** Whether a value of a claim passes a test. */
export function passesTest({ comparison, negated }: ClaimTest, value: Scalar): boolean {
  return comparison.kind === 'present' ? !negated : passes(comparison, value) !== negated
}

function passes(comparison: Comparison, value: Scalar): boolean {
  if (comparison.kind === 'equals') return comparison.values.includes(value)
  if (typeof value !== 'string') return false
  if (comparison.kind === 'like') return comparison.patterns.some((pattern) => matchesText(pattern, value))
  if (comparison.kind !== 'equalsIgnoringCase') return false
  return comparison.values.some((each) => each.toLowerCase() === value.toLowerCase())
}

function negative(test: ClaimTest, comparison: Comparison, slot: Slot): Translated {
  const { claim, absentPasses } = test
  const passesAbsent = absentPasses && !slot.required
  // A rule takes an empty claim for an absent one, and a run without an event never matches.
  const isEmptyOut = comparison.kind === 'present' ? slot.mayBeEmpty : passes(comparison, '')
  const absent: readonly Choice[] =
    passesAbsent && !isEmptyOut && slot.key !== 'event' ? [[{ key: slot.key, value: { present: false } }]] : []
  const present = presentWithout(comparison, slot)
  const choices = [...present, ...absent]
  if (choices.length === 0)
    throw new Untranslatable(
      slot.required
        ? 'No token passes, because each has the claim.'
        : 'Rules cannot require that the claim is absent, since they take an empty one for an absent one.',
      'Correct the condition, or leave it out.',
    )
  if (comparison.kind === 'present') return { choices, remarks: [] }
  const remarks = passesAbsent ? [absentRemark(claim), ...(absent.length === 0 ? [presentRemark(claim)] : [])] : []
  const losesEmpty = slot.mayBeEmpty && !isEmptyOut && absent.length === 0
  return { choices, remarks: [...remarks, ...(losesEmpty ? [emptyRemark(claim)] : [])] }
}

/** The choices for a value that is there and does not match; none where every value matches. */
function presentWithout(comparison: Comparison, slot: Slot): readonly Choice[] {
  if (comparison.kind === 'present') return []
  if (comparison.kind === 'like' && comparison.patterns.some(matchesAll) && isText(slot)) return []
  const { key, values, write } = slot
  if (values !== undefined) {
    const kept = values.filter((value) => !passes(comparison, value))
    return kept.length === 0 ? [] : [[{ key, value: oneOrList(kept.map(write)) }]]
  }
  const listed = listedIn(comparison, slot).filter((value) => slot.hasType(value))
  const odd = listed.find((value) => !slot.mayBe(String(value), false))
  if (odd !== undefined)
    throw new Untranslatable(
      `No token has ${formatValue(odd)} there, and rules do not exclude such values.`,
      'Correct the value, or leave this part out.',
    )
  if (comparison.kind === 'equalsIgnoringCase' && !slot.foldsCase)
    throw new Untranslatable(
      'Rules compare this claim by letter case, and the original excludes a value in every letter case.',
      'Write the values that may call.',
    )
  if (slot.hasNames)
    throw new Untranslatable(
      'Rules compare this claim by letter case, and the names in it are the same in any.',
      'Write the values that may call.',
    )
  const patterns = comparison.kind === 'like' && isText(slot) ? comparison.patterns : []
  const open = patterns.filter((pattern) => exactText(pattern) === undefined)
  const globs = open.flatMap((pattern) => around(pattern, slot))
  const excluded = [...listed.map(write), ...globs.map((glob) => ({ glob }))]
  // Globs cover values of the form that the claim has; another glob refuses all others.
  const every = open.length > 0 ? [{ glob: slot.every }] : []
  const all = [...(excluded.length > 0 ? [{ not: oneOrList(excluded) }] : []), ...every]
  if (all.length === 0) return [slot.required ? [] : [{ key, value: { present: true } }]]
  return [[{ key, value: all.length === 1 ? all[0] : { allOf: all } }]]
}

function around(pattern: Parameters<typeof globsAround>[0], { globs, mayBe, every }: Slot): readonly string[] {
  const found = globs ? globsAround(pattern) : undefined
  const possible = found?.filter((glob) => mayBe(glob, true))
  // A glob that no value matches may be left out where another one refuses values of other forms.
  if (possible === undefined || (possible.length !== found?.length && every === '**'))
    throw new Untranslatable(
      'Rules cannot exclude all that the pattern matches.',
      'Write the values that may call, or that may not.',
    )
  return possible
}

/** The finding that a token without the claim passes. */
function absentRemark(claim: readonly string[]): Remark {
  return {
    level: 'accident',
    message: `The original also admits a token without the claim ${formatValue(claim.join('.'))}.`,
    fix: 'Require the claim, so that a token without it is refused.',
    example: { [claim[0] ?? '']: undefined },
  }
}

function presentRemark(claim: readonly string[]): Remark {
  return {
    level: 'stricter',
    message: `The rules admit no token without the claim ${formatValue(claim.join('.'))}.`,
    fix: 'Add a rule that says { "present": false } for it, if you mean such tokens.',
  }
}

function caseRemark(claim: readonly string[]): Remark {
  return {
    level: 'stricter',
    message: `Rules compare the letter case of ${formatValue(claim.join('.'))}, which the original ignores.`,
    fix: 'Add the spellings that jobs use.',
  }
}

function emptyRemark(claim: readonly string[]): Remark {
  return {
    level: 'stricter',
    message: `A rule takes an empty ${formatValue(claim.join('.'))} for an absent one, so that a token with one does not pass.`,
    fix: 'Nothing, unless an empty claim may call.',
  }
}
