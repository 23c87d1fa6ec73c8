/** The flags of `jobpass init`. */

/** The flags. */
export interface InitFlags {
  /** The id of the platform. */
  readonly platform?: string
  /** The owner of the repository. */
  readonly owner?: string
  /** The repository. */
  readonly repository?: string
  /** The branch whose jobs may call. */
  readonly branch?: string
  /** The name of the API. */
  readonly audience?: string
  /** The framework of the API. */
  readonly framework?: string
  /** Whether to accept defaults and ask nothing. */
  readonly yes: boolean
  /** Whether to overwrite files. */
  readonly force: boolean
}
