/** The flags of `jobpass lint`. */

/** The flags. */
export interface LintFlags {
  /** The format of the report. */
  readonly format: 'text' | 'json' | 'sarif' | 'github'
  /** Whether to print JSON. */
  readonly json: boolean
  /** The set for the option `trust`. */
  readonly trust?: string
  /** The names of the API. */
  readonly audience?: readonly string[]
  /** The option `strict`. */
  readonly strict: boolean
  /** The lowest level that fails. */
  readonly failOn: 'error' | 'warning' | 'advice'
  /** Whether to write ids into the files. */
  readonly fix: boolean
  /** Whether to look names up at GitHub and GitLab. */
  readonly online: boolean
  /** The file with recorded verdicts, for ids. */
  readonly recorded?: string
}
