import type { ConformanceCase } from './case.ts'
import { credentialCases } from './cases/credential.ts'
import { explanationCases } from './cases/explanation.ts'
import { providerCases } from './cases/provider.ts'
import { routeCases } from './cases/route.ts'
import { ruleCases } from './cases/rule.ts'
import { tokenCases } from './cases/token.ts'
import { verifierCases } from './cases/verifier.ts'

/** All cases, in the order of the checks that a request passes. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...credentialCases,
  ...tokenCases,
  ...providerCases,
  ...ruleCases,
  ...explanationCases,
  ...verifierCases,
  ...routeCases,
]
