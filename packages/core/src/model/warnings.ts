/** The receivers of warnings. Types only. */

/** The receivers of warnings. */
export interface Warnings {
  /**
   * Warns about what lasts as long as the program runs, such as its configuration: each message
   * once.
   */
  readonly warn: (message: string) => void
  /**
   * Warns about what may stop and start again: each message at most once a minute, with a detail
   * that may differ.
   */
  readonly fault: (message: string, detail?: string) => void
  /** Reports the failure of another system, with its error. */
  readonly outage: (message: string, cause: unknown) => void
}
