/** The flags of `jobpass whoami`. */

/** The flags. */
export interface WhoamiFlags {
  /** The audience of the token that is requested. */
  readonly audience: string
  /** Whether the token is on standard input. */
  readonly stdin: boolean
  /** The variable with the token. */
  readonly tokenEnv?: string
  /** The id of the platform. */
  readonly platform?: string
  /** Whether to fetch keys. */
  readonly verify: boolean
  /** Whether to print JSON. */
  readonly json: boolean
}
