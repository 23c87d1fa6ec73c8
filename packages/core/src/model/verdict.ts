/** Verdicts: what each rule required of a workload, and what it found. Types only. */

/** How a check compares. `'ordinary'` requires a run that outsiders cannot start. */
export type Operator =
  'equals' | 'oneOf' | 'glob' | 'semver' | 'not' | 'present' | 'absent' | 'where' | 'ordinary' | 'includes' | 'atMost'

/** One check of a rule, with what it expected and what it found. */
export interface CheckResult {
  /**
   * The field or claim: `branch`, `claims.actor`; also `provider`, `issuer`, `where`, and the names
   * of settings.
   */
  readonly field: string
  /** How the check compares. */
  readonly operator: Operator
  /** The condition as JSON. */
  readonly expected: unknown
  /** The workload's value. */
  readonly actual: unknown
  /** Whether the check passed. */
  readonly passed: boolean
  /** What went wrong, where it is a known mistake. */
  readonly hint?: string
}

/** The verdict of one rule on a workload. */
export interface RuleVerdict {
  /** What the rule does with the workloads that it matches. */
  readonly effect: 'allow' | 'deny'
  /** The id of the rule's provider. */
  readonly provider: string
  /** The issuers of the rule; `undefined` for a deny rule on all tenants of its provider. */
  readonly issuers: readonly string[] | undefined
  /** Whether the rule matched: all checks passed. */
  readonly matched: boolean
  /** Whether all checks passed that tie the rule to its tenant: the rule is the caller's own. */
  readonly pinned: boolean
  /** The checks, in the order of the rule. */
  readonly checks: readonly CheckResult[]
}

/** The rule that admitted a call, and its data. */
export interface Matched<D = unknown> {
  /** The rule, as the application made it. */
  readonly rule: object
  /** The setting `data` of the rule, frozen; `undefined` for a rule without it. */
  readonly data: D
}

/** The verdict of several rules on a workload. */
export interface Verdict {
  /** Whether the workload is allowed. */
  readonly allowed: boolean
  /**
   * `'allowed'`; a deny rule matched; no rule is for this issuer; or there are such rules, but none
   * matched.
   */
  readonly reason: 'allowed' | 'denied' | 'no-rule-for-issuer' | 'no-rule-matched'
  /** The allow rule that decided, with its data; `undefined` unless the workload is allowed. */
  readonly matched: Matched | undefined
  /** Every rule with every check; evaluated when it is first read. */
  readonly rules: readonly RuleVerdict[]
  /**
   * The allow rule with the fewest failed checks; rules for the caller's issuer come before others.
   * Of more than eight rules, only those whose pins may match the caller are considered.
   * `undefined` if a rule matched, a deny rule won, or no allow rule was evaluated.
   */
  readonly nearest: RuleVerdict | undefined
  /** The same among the rules of the caller's own tenant: the caller may learn of it. */
  readonly nearestOwn: RuleVerdict | undefined
  /** The fingerprint of the rules that decided: 16 hexadecimal digits. */
  readonly fingerprint: string
}
