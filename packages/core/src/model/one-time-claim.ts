/** Claims of one-time use. */

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
}

/** The claim that an exchange makes on each token that it receives. */
export const exchangeUse: OneTimeClaim = { scope: 'exchange', per: 'token' }
