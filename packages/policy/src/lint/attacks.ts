/**
 * Attacks on an API that trusts CI jobs, and what prevents them. Tests run all code here and look
 * up every conformance case; docs/security/lint.md is generated from it.
 */

import type { Attack } from './attacks/attack.ts'
import { languageAttacks } from './attacks/language.ts'
import { codeAttacks, forkAttacks } from './attacks/which-code.ts'
import { nameAttacks, tenantAttacks } from './attacks/whose.ts'

/** All attacks. */
export const attacks: readonly Attack[] = [
  ...tenantAttacks,
  ...nameAttacks,
  ...codeAttacks,
  ...forkAttacks,
  ...languageAttacks,
]
