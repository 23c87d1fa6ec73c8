/** Where warnings go. Types only. */

/** Where warnings go. */
export interface Warnings {
  /** What holds for as long as the program runs, such as its configuration: each message once. */
  readonly warn: (message: string) => void
  /** What may stop and begin again: each message at most once a minute, with a detail that may differ. */
  readonly fault: (message: string, detail?: string) => void
  /** The fault of something that others run, with the error that it gave. */
  readonly outage: (message: string, cause: unknown) => void
}
