/** What a one-time use is claimed for. */

/** What is claimed, and for what. */
export interface OneTimeClaim {
  /** Names the purpose: uses for another purpose count apart. A constant of the program, never of the request. */
  readonly scope: string
  readonly per: 'token' | 'run'
  /** Whether it is only looked at, and refused where somebody claimed it. */
  readonly checkOnly?: true
}

/** What an exchange claims of the token that it is given. */
export const exchangeUse: OneTimeClaim = { scope: 'exchange', per: 'token' }
