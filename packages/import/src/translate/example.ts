/** Examples of tokens. */

import { sampleOf } from '../pattern.ts'
import type { ClaimTest, Pattern } from '../requirement.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Alternative } from './normal-form.ts'
import { isSubject, sampleSubject } from './subject-test.ts'

/** Claims that the original admits, as far as its tests say. */
export function exampleOf(alternative: Alternative, { table }: KnownIssuer): Readonly<Record<string, unknown>> {
  const claims: Record<string, unknown> = {}
  for (const test of alternative) {
    const [name] = test.claim
    if (test.negated || test.claim.length !== 1 || name === undefined) continue
    const value = name === 'sub' ? sampleSubject(alternative.filter(isSubject), table.table.id) : sampleValue(test)
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
        ? inner.patterns.map((pattern) => sampleOf(pattern, isFile(pattern) ? 'refs/heads/main' : 'x'))
        : []
  return comparison.kind === 'hasItem' && value !== undefined ? [value] : value
}

/** Whether a pattern is of a file at any ref: `acme/shop/.github/workflows/ci.yml@*`. */
function isFile(pattern: Pattern): boolean {
  const before = pattern.at(-2)
  return typeof before === 'string' && before.endsWith('@')
}
