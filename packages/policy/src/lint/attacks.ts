/**
 * What can be done to an API that trusts CI jobs, and what stands in the way. Data: tests run every piece of code here and look every case up, and
 * docs/lint.md is made from it.
 */

import type { Attack } from './attacks/attack.ts'
import { languageAttacks } from './attacks/language.ts'
import { codeAttacks, forkAttacks } from './attacks/which-code.ts'
import { nameAttacks, tenantAttacks } from './attacks/whose.ts'

/** Every attack of the catalogue. */
export const attacks: readonly Attack[] = [
  ...tenantAttacks,
  ...nameAttacks,
  ...codeAttacks,
  ...forkAttacks,
  ...languageAttacks,
]
