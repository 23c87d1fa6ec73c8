/** The flags of `jobpass import`. */

/** The flags. */
export interface ImportFlags {
  /** The issuer. */
  readonly issuer?: string
  /** The platform of the issuer. */
  readonly platform?: string
  /** The name of the set of rules. */
  readonly set?: string
  /** Whether to print JSON. */
  readonly json: boolean
}
