/** One-time use of tokens: what is claimed. */

/** A claim of one-time use. */
export interface OneTimeClaim {
  /**
   * The purpose: uses for different purposes count separately. A constant of the program, never
   * from the request.
   */
  readonly scope: string
  /** Whether the token is claimed, or the run of its job. */
  readonly per: 'token' | 'run'
  /**
   * Whether the claim is only checked, not made: refused where it was made before. Default: it is
   * made.
   */
  readonly checkOnly?: true
}

/** The claim that an exchange makes on the token that it receives. */
export const exchangeUse: OneTimeClaim = { scope: 'exchange', per: 'token' }
