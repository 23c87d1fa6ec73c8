/** Claims of one-time use. */

import type { Refusal } from './refusal.ts'
import type { ClaimDeps, StoreOptions } from './replay-store.ts'
import type { AnyWorkload } from './workload.ts'

/** A claim of one-time use. */
export interface OneTimeClaim {
  /**
   * The purpose: uses for different purposes count separately. A constant of the program, never
   * from the request.
   */
  readonly scope: string
  /** Whether the claim is on the token, or on the run of its job. */
  readonly per: 'token' | 'run'
  /**
   * Only checks, without making a claim, and refuses a token on which the claim was made before.
   * Default: the claim is made.
   */
  readonly checkOnly?: true
  /**
   * The names under which the caller may have made the claim before; a new claim gets the first.
   * Default: the claim is no one's.
   */
  readonly by?: readonly string[]
}

/** A claim with its functions, which programs without one-time rules do not bundle. */
export interface OneTimeUse extends OneTimeClaim {
  /**
   * Checks the options of a verifier that uses the rule.
   *
   * @throws {TypeError} for a store that is missing, or cannot do what the claim needs.
   */
  readonly checkOptions: (options: StoreOptions) => void
  /** Claims, or refuses. `claimed` has the claims that the same request made before. */
  readonly claim: (
    identity: AnyWorkload,
    use: OneTimeClaim,
    deps: ClaimDeps,
    claimed: Set<string>,
  ) => Promise<Refusal | undefined>
}

/** The claim that an exchange makes on each token that it receives. */
export const exchangeUse: OneTimeClaim = { scope: 'exchange', per: 'token' }
