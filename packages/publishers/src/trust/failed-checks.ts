/** Why a job was refused: the failed checks of the nearest publisher, as short texts. */

import type { CheckResult, Verdict } from '@jobpass/core'
import type { FailedCheck } from '../model/record.ts'
import { shorten } from '../model/text.ts'

const longest = 200

/** The failed checks of the rule that was nearest to matching. */
export function failedChecks(verdict: Verdict): readonly FailedCheck[] {
  const { nearest } = verdict
  return (nearest?.checks ?? []).filter(({ passed }) => !passed).map(shownCheck)
}

/** Position of the rule that was nearest to matching, among those that the verdict is about. */
export function nearestIndex({ nearest, rules }: Verdict): number {
  return nearest === undefined ? 0 : Math.max(0, rules.indexOf(nearest))
}

function shownCheck({ field, expected, actual, hint }: CheckResult): FailedCheck {
  return {
    // Rules for tokens of an exchange name the fields of the job behind it.
    field: field.replace(/^job\./, ''),
    expected: shortText(expected),
    ...(actual !== undefined && actual !== null && { actual: shortText(actual) }),
    ...(hint !== undefined && { hint: shortText(hint) }),
  } as FailedCheck
}

/** A value as text of limited length, which is only shown. */
export function shortText(value: unknown): string {
  const text = typeof value === 'string' ? value : isTexts(value) ? value.join(', ') : (JSON.stringify(value) ?? '')
  return shorten(text, longest)
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string')
