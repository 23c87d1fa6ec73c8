/** The result of a part. */

export interface Section {
  readonly title: string
  /** Paragraphs, tables, lists. */
  readonly blocks: readonly string[]
  /** Plots by file name. */
  readonly plots?: Readonly<Record<string, string>>
}
