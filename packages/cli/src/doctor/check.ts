/** The result of one check. */

/** A check, and what it found. */
export interface Check {
  /** What was checked; `keys` and `clock` once for each issuer. */
  readonly name: 'node' | 'copies' | 'policy' | 'trust' | 'audience' | 'keys' | 'clock'
  /** It is fine, it is not, something did not answer, or it was not checked. */
  readonly status: 'ok' | 'problem' | 'unreachable' | 'skipped'
  /** What was found. */
  readonly text: string
  /** What to do; absent where there is nothing to do. */
  readonly fix?: string
}
