/** Tests of claims, for the readers: short ways to write them. */

import { any } from '../requirement.ts'
import type { ClaimPath, ClaimTest, Comparison, Requirement, Scalar } from '../requirement.ts'

/** Makes a test; an absent claim passes only where that is said. */
export function test(
  parts: Pick<ClaimTest, 'claim' | 'comparison' | 'where'> & Partial<Pick<ClaimTest, 'negated' | 'absentPasses'>>,
): ClaimTest {
  return { negated: false, absentPasses: false, ...parts }
}

/** The claim is a text. */
export function isText(claim: ClaimPath, where: string): ClaimTest {
  return test({ claim, comparison: { kind: 'like', patterns: [[any]] }, where })
}

/** The claim is one of the values, or a list that has one of them. */
export function hasValue(claim: ClaimPath, values: readonly Scalar[], where: string): Requirement {
  return valueOrItem(claim, { kind: 'equals', values }, where)
}

/** The audience is one of the values. A token with several audiences is not for one API. */
export function isFor(audiences: readonly string[], where: string): Requirement {
  return test({ claim: ['aud'], comparison: { kind: 'equals', values: audiences }, where })
}

/** The claim passes, or is a list of which one item passes. */
export function valueOrItem(claim: ClaimPath, comparison: Comparison, where: string): Requirement {
  return {
    any: [
      test({ claim, comparison, where }),
      test({ claim, comparison: { kind: 'hasItem', item: comparison }, where }),
    ],
  }
}
