/** The audiences that an original accepts. */

import { matchesAll } from '../pattern.ts'
import type { ClaimTest, Scalar } from '../requirement.ts'
import { Untranslatable } from './condition.ts'

/** The audiences that pass all tests of `aud`; `undefined` for any audience. */
export function audiencesOf(tests: readonly ClaimTest[]): readonly string[] | undefined {
  let audiences: readonly string[] | undefined
  for (const test of tests) {
    const passing = passingOf(test)
    if (passing === undefined) continue
    audiences = audiences === undefined ? passing : audiences.filter((each) => passing.includes(each))
  }
  if (audiences?.length === 0) throw new Untranslatable('No audience passes all conditions.', 'Correct the audiences.')
  return audiences && [...new Set(audiences)]
}

function passingOf({ comparison, negated }: ClaimTest): readonly string[] | undefined {
  const inner = comparison.kind === 'hasItem' ? comparison.item : comparison
  if (!negated && inner.kind === 'present') return undefined
  if (!negated && inner.kind === 'like' && inner.patterns.some(matchesAll)) return undefined
  const isList = inner.kind === 'equals' || inner.kind === 'equalsIgnoringCase'
  if (negated || !isList)
    throw new Untranslatable(
      'The audience is excluded or compared by a pattern, and a verifier takes a list of audiences.',
      'Write the exact audiences.',
    )
  return (inner.values as readonly Scalar[]).filter((value): value is string => typeof value === 'string')
}
