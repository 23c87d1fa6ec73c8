/** The normal form of a requirement: alternatives, each a list of tests that must all pass. */

import type { ClaimTest, Requirement } from '../requirement.ts'

/** Tests that must all pass. */
export type Alternative = readonly ClaimTest[]

/** The most alternatives of one grant, and the most rules that are made of it. */
export const mostAlternatives = 64

/** The alternatives of a requirement; `undefined` where there are more than the limit. */
export function alternativesOf(requirement: Requirement): readonly Alternative[] | undefined {
  if ('claim' in requirement) return [[requirement]]
  const parts = 'all' in requirement ? requirement.all : requirement.any
  let found: readonly Alternative[] = 'all' in requirement ? [[]] : []
  for (const part of parts) {
    const ways = alternativesOf(part)
    if (ways === undefined) return undefined
    found = 'all' in requirement ? product(found, ways) : [...found, ...ways]
    if (found.length > mostAlternatives) return undefined
  }
  return found
}

/** Each of the first lists followed by each of the second. */
export function product<T>(
  first: readonly (readonly T[])[],
  second: readonly (readonly T[])[],
): readonly (readonly T[])[] {
  return first.flatMap((before) => second.map((after) => [...before, ...after]))
}
