/** What a finding is, and the format of the table that findings come from. */

import type { LintedRule, Subject } from './subject.ts'
import type { LintId, LintLevel, AttackId } from './ids.ts'

/** What is wrong with rules, where, and what to write instead. */
export interface Finding {
  /** Permanent: a lint may be retired, its id is never used again. */
  readonly id: LintId
  readonly level: LintLevel
  readonly title: string
  /** Where in the input: `routes.deploy[0].branch`. */
  readonly where: string
  readonly message: string
  /** The attack it prevents. */
  readonly attack?: AttackId
  /** What to write instead. */
  readonly fix: string
}

/** What a check found; the rest of a finding comes from the table. */
export interface Found {
  /** Where: the place of the rule when left out. */
  readonly where?: string
  readonly message: string
  readonly fix: string
  /** Where one lint stands for several attacks. */
  readonly attack?: AttackId
}

/** One lint: a row of the table. */
export interface Lint {
  readonly id: LintId
  readonly level: LintLevel
  readonly title: string
  readonly attack?: AttackId
  /** Why it matters, in a sentence or two. */
  readonly why: string
  /** Arguments of `lintRules` that have the finding, and ones that have not. */
  readonly bad: string
  readonly good: string
  /** Looks at each rule. */
  readonly rule?: (rule: LintedRule, subject: Subject) => readonly Found[]
  /** Looks at everything at once. */
  readonly all?: (subject: Subject) => readonly Found[]
}

/** A value for a message: quoted as in code, short, on one line; a list of one as that one. */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? quote(value[0]) : `[${value.map(quote).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  const text = value.length > 100 ? `${value.slice(0, 100)}…` : value
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
