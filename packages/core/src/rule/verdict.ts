/** What rules say of an identity: decided first, explained on demand from the same checks. */

import type { Operator } from './condition.ts'
import { RuleList } from './rule-list.ts'
import { hintFor } from '../answer/hints.ts'
import type { Provenance } from '../identity/identity.ts'
import { provenanceOf, recall, remember } from '../identity/identity.ts'
import type { CompiledRule, DenyRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './rule.ts'
import { show } from '../util/text.ts'
import type { AnyWorkload } from '../identity/workload.ts'
import { notMadeHere } from '../util/copies.ts'

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

/**
 * Decides rules on an identity without a server: deny rules first, then any trust rule that matches.
 *
 * Throws a `TypeError` for an identity that no verifier made, or something that is no rule.
 *
 * @example
 * ```ts
 * const verdict = decide(githubActions({ repository: 'acme/shop', branch: 'main' }), workload)
 * const failed = verdict.rules.flatMap(({ checks }) => checks.filter(({ passed }) => !passed))
 * ```
 */
export function decide(
  rules: TrustRule<AnyWorkload> | DenyRule<AnyWorkload> | readonly (TrustRule<AnyWorkload> | DenyRule<AnyWorkload>)[],
  identity: AnyWorkload,
): Verdict {
  const list = (Array.isArray(rules) ? rules : [rules]).map((rule) => {
    const form = compiledRule(rule)
    if (form === undefined)
      throw notMadeHere(rule, `decide() takes rules made by calling a provider, not ${show(rule)}`)
    return form
  })
  const provenance = provenanceOf(identity)
  if (provenance === undefined)
    throw notMadeHere(identity, 'decide() takes an identity made by a verifier, nothing that looks like one')
  return decideAnew(new RuleList(list), identity, provenance)
}

/** The same for compiled rules; what can only be the same again is remembered. */
export function decideList(list: RuleList, identity: AnyWorkload, provenance: Provenance): Verdict {
  if (!list.pure) return decideAnew(list, identity, provenance)
  const before = recall(identity, list) as Verdict | undefined
  if (before !== undefined) return before
  const verdict = decideAnew(list, identity, provenance)
  remember(identity, list, verdict)
  return verdict
}

/** The same, worked out whatever was said before. */
export function decideAnew(list: RuleList, identity: AnyWorkload, provenance: Provenance): Verdict {
  const now = provenance.now()
  const candidates = list.candidates(identity)
  const some = (effect: CompiledRule['effect']): boolean =>
    candidates.some((rule) => rule.effect === effect && matches(rule, identity, provenance, now))
  const reason = some('deny')
    ? 'denied'
    : some('allow')
      ? 'allowed'
      : list.concerns(provenance.table, identity.issuer)
        ? 'no-rule-matched'
        : 'no-rule-for-issuer'
  return new LazyVerdict(reason, { asked: list, identity, provenance, now })
}

/** The first rule that allows an identity. */
export function matchingRule(list: RuleList, identity: AnyWorkload, provenance: Provenance): CompiledRule | undefined {
  const now = provenance.now()
  return list.candidates(identity).find((rule) => rule.effect === 'allow' && matches(rule, identity, provenance, now))
}

function matches(rule: CompiledRule, identity: AnyWorkload, { table, tolerance }: Provenance, now: number): boolean {
  if (rule.table !== table) return false
  for (const check of rule.checks) if (!check.passes(check.read(identity, now), tolerance)) return false
  return true
}

/** What a verdict is told from, once somebody reads it. */
interface Grounds {
  readonly asked: RuleList
  readonly identity: AnyWorkload
  readonly provenance: Provenance
  readonly now: number
  told?: Map<CompiledRule, RuleVerdict>
}

/** A class, because accessors made for each verdict would cost more than deciding: what is not read costs nothing. */
class LazyVerdict implements Verdict {
  readonly allowed: boolean
  readonly reason: Verdict['reason']
  readonly #grounds: Grounds

  constructor(reason: Verdict['reason'], grounds: Grounds) {
    this.allowed = reason === 'allowed'
    this.reason = reason
    this.#grounds = grounds
  }

  get rules(): readonly RuleVerdict[] {
    return this.#tellAll(this.#grounds.asked.rules)
  }

  get nearest(): RuleVerdict | undefined {
    return this.#refusedByNone ? nearestOf(this.#candidates) : undefined
  }

  get nearestOwn(): RuleVerdict | undefined {
    if (!this.#refusedByNone) return undefined
    // A rule whose pins match is among the candidates.
    return nearestOf(this.#candidates.filter(({ pinned }) => pinned))
  }

  get policy(): string {
    return this.#grounds.asked.digest
  }

  /** The rules that may match the caller: of many rules, these only are worth explaining. */
  get #candidates(): readonly RuleVerdict[] {
    const { asked, identity } = this.#grounds
    return this.#tellAll(asked.candidates(identity))
  }

  /** What went wrong in the code of rules that were asked. */
  get faults(): readonly string[] {
    return this.#candidates.flatMap(faultsIn)
  }

  /** For logs: everything, expected values included. */
  toJSON(): Omit<Verdict, 'nearest' | 'nearestOwn'> {
    const { allowed, reason, rules, policy } = this
    return { allowed, reason, rules, policy }
  }

  #tellAll(rules: readonly CompiledRule[]): readonly RuleVerdict[] {
    const { identity, provenance, now } = this.#grounds
    const told = (this.#grounds.told ??= new Map<CompiledRule, RuleVerdict>())
    return rules.map((rule) => {
      const verdict = told.get(rule) ?? tell(rule, identity, provenance, now)
      told.set(rule, verdict)
      return verdict
    })
  }

  get #refusedByNone(): boolean {
    return this.reason !== 'allowed' && this.reason !== 'denied'
  }
}

function tell(rule: CompiledRule, identity: AnyWorkload, provenance: Provenance, now: number): RuleVerdict {
  const { effect, issuers, table } = rule
  const provider = table.table.id
  if (table !== provenance.table) {
    const check: CheckResult = {
      field: 'provider',
      operator: 'equals',
      expected: provider,
      actual: identity.provider,
      passed: false,
    }
    return { effect, provider, issuers, matched: false, pinned: false, checks: [check] }
  }
  const checks = rule.checks.map((check) => runCheck(check, identity, now, provenance.tolerance))
  const pinned = checks.every((result, index) => result.passed || !(rule.checks[index] as RuleCheck).pin)
  return { effect, provider, issuers, matched: checks.every(({ passed }) => passed), pinned, checks }
}

function runCheck(check: RuleCheck, identity: AnyWorkload, now: number, tolerance: number): CheckResult {
  const { field, operator, expected } = check
  const actual = check.read(identity, now)
  const result = { field, operator, expected, actual, passed: check.passes(actual, tolerance) }
  const hint = result.passed ? undefined : hintFor(result, identity)
  return hint === undefined ? result : { ...result, hint }
}

function nearestOf(rules: readonly RuleVerdict[]): RuleVerdict | undefined {
  const distance = ({ checks }: RuleVerdict): number => checks.filter(({ passed }) => !passed).length
  // A rule of another provider or issuer is further away than any of the caller's own, however few its checks.
  const foreign = ({ checks }: RuleVerdict): boolean =>
    checks.some(({ field, passed }) => !passed && (field === 'provider' || field === 'issuer'))
  const nearer = (a: RuleVerdict, b: RuleVerdict): boolean =>
    foreign(a) === foreign(b) ? distance(a) < distance(b) : !foreign(a)
  return rules
    .filter(({ effect }) => effect === 'allow')
    .reduce<RuleVerdict | undefined>(
      (best, rule) => (best === undefined || nearer(rule, best) ? rule : best),
      undefined,
    )
}

/** What went wrong in the code of rules: a `where` that threw, or that answered something else than true or false. */
export function faultsOf(verdict: Verdict): readonly string[] {
  return verdict instanceof LazyVerdict ? verdict.faults : []
}

function faultsIn({ provider, checks }: RuleVerdict): readonly string[] {
  return checks
    .filter(({ operator, actual }) => operator === 'where' && typeof actual !== 'boolean')
    .map(({ actual }) => `where in a rule for ${provider} ${String(actual)}; it must answer true or false at once`)
}
