/** What a part hands back. */

export interface Section {
  readonly title: string
  /** Paragraphs, tables, lists. */
  readonly blocks: readonly string[]
  /** Plots by file name. */
  readonly plots?: Readonly<Record<string, string>>
}
