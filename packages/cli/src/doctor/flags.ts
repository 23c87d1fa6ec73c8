/** The flags of `jobpass doctor`. */

/** The flags. */
export interface DoctorFlags {
  /** The policy file. */
  readonly policy?: string
  /** The names of the API. */
  readonly audience?: readonly string[]
  /** Whether to ask the issuers. */
  readonly online: boolean
  /** Whether to print JSON. */
  readonly json: boolean
}
