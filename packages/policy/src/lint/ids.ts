/** The names of findings and attacks. Types only. */

/** How bad: `'error'` admits strangers or nobody at all; `'warning'` is wider than it looks; `'advice'` could be better. */
export type LintLevel = 'error' | 'warning' | 'advice'

/** An attack of the catalogue, see docs/lint.md. */
export type AttackId = `${'A' | 'B' | 'C' | 'D' | 'E'}${number}`

/** The permanent id of a lint. */
export type LintId = `L${number}`
