/** Tests that readers make. */

import type { ClaimPath, ClaimTest, Scalar } from '../requirement.ts'
import { any } from '../requirement.ts'

/** A claim that must be there and be equal to one of the values. */
export function equalsTest(claim: ClaimPath, values: readonly Scalar[], where: string): ClaimTest {
  return { claim, comparison: { kind: 'equals', values }, negated: false, absentPasses: false, where }
}

/** A claim that must be one of the values, in any letter case. */
export function ignoringCaseTest(claim: ClaimPath, values: readonly string[], where: string): ClaimTest {
  return { ...equalsTest(claim, [], where), comparison: { kind: 'equalsIgnoringCase', values } }
}

/** A claim that must begin with the text. */
export function startsWithTest(claim: ClaimPath, text: string, where: string): ClaimTest {
  return { ...equalsTest(claim, [], where), comparison: { kind: 'like', patterns: [[text, any]] } }
}
