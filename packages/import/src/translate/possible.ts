/** Leaves out of a requirement what no token can satisfy, by the types of the claims. */

import type { ClaimTest, Comparison, Requirement } from '../requirement.ts'
import type { KnownIssuer } from './issuers.ts'
import type { Slot } from './slot.ts'
import { slotOf } from './slot.ts'

/** The same requirement. Of parts of which one must hold, those that never do are left out. */
export function withoutImpossible(requirement: Requirement, known: KnownIssuer): Requirement {
  if ('claim' in requirement) return requirement
  if ('all' in requirement) return { all: requirement.all.map((part) => withoutImpossible(part, known)) }
  const possible = requirement.any.filter((part) => mayHold(part, known))
  // Where none may hold, the translation says of each why.
  return { any: (possible.length > 0 ? possible : requirement.any).map((part) => withoutImpossible(part, known)) }
}

function mayHold(requirement: Requirement, known: KnownIssuer): boolean {
  if ('all' in requirement) return requirement.all.every((part) => mayHold(part, known))
  if ('any' in requirement) return requirement.any.some((part) => mayHold(part, known))
  return mayPass(requirement, known)
}

function mayPass({ claim, comparison, negated, absentPasses }: ClaimTest, { table }: KnownIssuer): boolean {
  const [name] = claim
  if (negated || absentPasses || name === 'aud') return true
  if (claim.length === 1 && (name === 'sub' || name === 'iss')) return comparison.kind !== 'hasItem'
  const slot = slotOf(table, claim)
  if (slot === undefined || comparison.kind === 'present') return true
  if ((comparison.kind === 'hasItem') !== slot.row.list) return false
  return mayMatch(comparison.kind === 'hasItem' ? comparison.item : comparison, slot)
}

function mayMatch(comparison: Comparison, { hasType, mayBeEmpty }: Slot): boolean {
  // An empty value is possible, and refused with the reason.
  if (comparison.kind === 'equals')
    return comparison.values.some((each) => hasType(each) || (mayBeEmpty && each === ''))
  if (comparison.kind === 'like') return hasType('x')
  return true
}
