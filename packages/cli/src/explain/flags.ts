/** The flags of `jobpass explain`. */

/** The flags. */
export interface ExplainFlags {
  /** The policy file. */
  readonly policy: string
  /** The set of rules. */
  readonly set?: string
  /** The set for the option `trust`. */
  readonly trust?: string
  /** The issuer of rules that name none. */
  readonly issuer?: string
  /** The names of the API. */
  readonly audience?: readonly string[]
  /** The file with claims. */
  readonly claims?: string
  /** The variable with the token. */
  readonly tokenEnv?: string
  /** Whether to fetch keys. */
  readonly verify: boolean
  /** Whether the claims are known to be genuine. */
  readonly claimsTrusted: boolean
  /** When the token is presented, in milliseconds. */
  readonly at?: number
  /** The option `maxTokenAge`. */
  readonly maxTokenAge?: number
  /** The option `strict`. */
  readonly strict: boolean
  /** Whether to print JSON. */
  readonly json: boolean
}
