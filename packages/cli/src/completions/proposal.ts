/** What a shell may complete. */

/** A completion. */
export interface Proposal {
  /** The word. */
  readonly completion: string
  /** What it means. */
  readonly brief: string
}
