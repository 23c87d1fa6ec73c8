/** Ids of findings and attacks. Types only. */

/**
 * Severity. `'error'`: admits strangers, or no job at all; `'warning'`: is wider than it looks;
 * `'advice'`: could be better.
 */
export type LintLevel = 'error' | 'warning' | 'advice'

/** Id of an attack, see docs/security/lint.md. */
export type AttackId = `${'A' | 'B' | 'C' | 'D' | 'E'}${number}`

/** The permanent id of a lint. */
export type LintId = `L${number}`
