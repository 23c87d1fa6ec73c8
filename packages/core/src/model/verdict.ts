/** Verdicts: what each rule demanded of a workload, and what it found. Types only. */

/** How a check compares. */
export type Operator =
  'equals' | 'oneOf' | 'glob' | 'not' | 'present' | 'absent' | 'where' | 'ordinary' | 'includes' | 'atMost'

/** One check of a rule, with what it expected and what it found. */
export interface CheckResult {
  /** Field or claim: `branch`, `claims.actor`; `provider`, `issuer`, `where`, and the names of settings. */
  readonly field: string
  readonly operator: Operator
  /** The condition as JSON. */
  readonly expected: unknown
  readonly actual: unknown
  readonly passed: boolean
  /** What went wrong, where it is a known trap. */
  readonly hint?: string
}

/** What one rule says of an identity. */
export interface RuleVerdict {
  readonly effect: 'allow' | 'deny'
  readonly provider: string
  readonly issuers: readonly string[] | undefined
  readonly matched: boolean
  /** Whether everything that ties the rule to its tenant matched: the rule is the caller's own. */
  readonly pinned: boolean
  readonly checks: readonly CheckResult[]
}

/** The result of rules on an identity. */
export interface Verdict {
  readonly allowed: boolean
  /** `'allowed'`; a deny rule matched; no rule is for this issuer; or rules are, but none matched. */
  readonly reason: 'allowed' | 'denied' | 'no-rule-for-issuer' | 'no-rule-matched'
  /** Every rule with every check; worked out when it is first read. */
  readonly rules: readonly RuleVerdict[]
  /**
   * The allow rule that came nearest, by the fewest failed checks, its own issuer's rules before others; of more than eight rules,
   * among those whose pins may match the caller. `undefined` when one matched, a deny rule won, or there is none.
   */
  readonly nearest: RuleVerdict | undefined
  /** The same among the rules of the caller's own tenant: what may be told to the caller. */
  readonly nearestOwn: RuleVerdict | undefined
  /** Digest of the rules that were asked, 16 hexadecimal digits. */
  readonly policy: string
}
