/** Types of attacks and their countermeasures. */

import type { AttackId, LintId } from '../ids.ts'

/** An attack and its countermeasures. */
export interface Attack {
  /** Permanent id, such as `'B2'`. */
  readonly id: AttackId
  /** The attack in one line. */
  readonly title: string
  /** Code that throws a `TypeError`: such a rule cannot be written. */
  readonly impossible?: readonly string[]
  /** Lint id to arguments of `lintRules` that cause this finding. */
  readonly lint?: Readonly<Record<LintId, string>>
  /** Ids of conformance cases that refuse such a call. */
  readonly refused?: readonly string[]
  /** Why rules cannot address it, if they cannot. */
  readonly outside?: string
}
