/** The flags of `jobpass test`. */

/** The flags. */
export interface TestFlags {
  /** The format of the report. */
  readonly format: 'text' | 'json' | 'github'
  /** Whether to print JSON. */
  readonly json: boolean
  /** Whether gaps in the coverage fail. */
  readonly requireCoverage: boolean
  /** Whether to run again when a file changes. */
  readonly watch: boolean
}
