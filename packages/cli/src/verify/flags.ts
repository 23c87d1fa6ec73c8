/** The flags of `jobpass verify`. */

/** The flags. */
export interface VerifyFlags {
  /** The names of the API. */
  readonly audience: readonly string[]
  /** The platform, for an issuer that no table names. */
  readonly platform?: string
  /** The issuer that the token must have. */
  readonly issuer?: string
  /** A file with the keys of the issuer. */
  readonly keys?: string
  /** The variable with the token. */
  readonly tokenEnv?: string
  /** When the token is presented, in milliseconds. */
  readonly at?: number
  /** Whether to print JSON. */
  readonly json: boolean
}
