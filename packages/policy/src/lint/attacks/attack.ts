/** What an attack and its answers are; data. */

import type { AttackId, LintId } from '../ids.ts'

/** An attack and the answers to it. */
export interface Attack {
  readonly id: AttackId
  readonly title: string
  /** Code that throws a `TypeError`: the rule cannot be written. */
  readonly impossible?: readonly string[]
  /** Lint id to arguments of `lintRules` that it finds. */
  readonly lint?: Readonly<Record<LintId, string>>
  /** Ids of conformance cases in which such a call is refused. */
  readonly refused?: readonly string[]
  /** Why it is not a rule's business, where it is not. */
  readonly outside?: string
}
