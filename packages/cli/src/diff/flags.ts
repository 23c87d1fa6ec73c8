/** The flags of `jobpass diff`. */

/** The flags. */
export interface DiffFlags {
  /** The format of the report. */
  readonly format: 'text' | 'json' | 'markdown'
  /** Whether to print JSON. */
  readonly json: boolean
  /** The file with recorded verdicts. */
  readonly recorded?: string
}
