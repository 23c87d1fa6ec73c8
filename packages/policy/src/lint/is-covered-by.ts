/** Compares two rules. */

import { isCovered } from './covering.ts'
import type { LintableRule } from './subject.ts'
import { readSubject } from './subject.ts'

/**
 * Whether every job that one rule admits is admitted by the other, too. `true` is certain; `false`
 * may mean that it could not be decided, as between two patterns.
 *
 * @throws {TypeError} for a value that is not a rule.
 * @example
 * ```ts
 * const narrow = githubActions({ repositoryId: '74205118', branch: 'main' })
 * isCoveredBy(narrow, githubActions({ repositoryId: '74205118' })) // true
 * ```
 */
export function isCoveredBy(narrow: LintableRule, wide: LintableRule): boolean {
  const [one, other] = readSubject([narrow, wide]).rules
  if (one === undefined || other === undefined) throw new TypeError('isCoveredBy() takes two rules, and no look-ups')
  return isCovered(one, other)
}
