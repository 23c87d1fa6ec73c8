/** The result of one check. */

/** A check, and what it found. */
export interface Check {
  /** What was checked; `keys` and `clock` once for each issuer. */
  readonly name: 'node' | 'copies' | 'policy' | 'trust' | 'audience' | 'keys' | 'clock'
  /** Whether it is fine, is not, cannot be said since something does not answer, or was not asked. */
  readonly status: 'ok' | 'problem' | 'unreachable' | 'skipped'
  /** What was found. */
  readonly text: string
  /** What to do; absent where there is nothing to do. */
  readonly fix?: string
}
