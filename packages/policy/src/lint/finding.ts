/** Findings, and the format of the lint table. */

import type { LintedRule, Subject } from './subject.ts'
import type { LintId, LintLevel, AttackId } from './ids.ts'

/** A problem in rules, its place, and a fix. */
export interface Finding {
  /** Permanent id: a lint may be retired, but its id is never used again. */
  readonly id: LintId
  /** Severity. */
  readonly level: LintLevel
  /** The lint in a few words. */
  readonly title: string
  /** Place in the input: `routes.deploy[0].branch`. */
  readonly where: string
  /** What is wrong with this rule. */
  readonly message: string
  /** The attack it prevents. */
  readonly attack?: AttackId
  /** What to write instead. */
  readonly fix: string
}

/** The result of a check; the other members of a finding are those of the lint. */
export interface Found {
  /** Place in the input. Default: the place of the rule. */
  readonly where?: string
  /** What is wrong with this rule. */
  readonly message: string
  /** What to write instead. */
  readonly fix: string
  /** The attack, for a lint that covers several. Default: the attack of the lint. */
  readonly attack?: AttackId
}

/** One lint: a row of the table. */
export interface Lint {
  /** Permanent id. */
  readonly id: LintId
  /** Severity. */
  readonly level: LintLevel
  /** The lint in a few words. */
  readonly title: string
  /** The attack that it prevents, if any. */
  readonly attack?: AttackId
  /** Why it matters, in a sentence or two. */
  readonly why: string
  /** Arguments of `lintRules` that have the finding, as code. */
  readonly bad: string
  /** Arguments without the finding, as code. */
  readonly good: string
  /**
   * Checks one rule.
   *
   * @internal
   */
  readonly rule?: (rule: LintedRule, subject: Subject) => readonly Found[]
  /**
   * Checks all rules together.
   *
   * @internal
   */
  readonly all?: (subject: Subject) => readonly Found[]
}

/**
 * Formats a value for a message: quoted as in code, short, on one line; a list of one as its item.
 */
export function quote(value: unknown): string {
  if (Array.isArray(value)) return value.length === 1 ? quote(value[0]) : `[${value.map(quote).join(', ')}]`
  if (typeof value !== 'string') return String(value)
  const text = value.length > 100 ? `${value.slice(0, 100)}…` : value
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}
