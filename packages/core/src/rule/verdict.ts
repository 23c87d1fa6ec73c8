/** What rules say of an identity: decided first, explained on demand from the same checks. */

import { RuleList } from './rule-list.ts'
import { hintFor } from './hints.ts'
import type { Provenance } from '../workload/build-identity.ts'
import { provenanceOf, recall, remember } from '../workload/build-identity.ts'
import type { CompiledRule, DenyRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { formatValue } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Verdict, RuleVerdict, CheckResult } from '../model/verdict.ts'
import { notMadeHere } from '../util/copies.ts'

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
      throw notMadeHere(rule, `decide() takes rules made by calling a provider, not ${formatValue(rule)}`)
    return form
  })
  const provenance = provenanceOf(identity)
  if (provenance === undefined)
    throw notMadeHere(identity, 'decide() takes an identity made by a verifier, nothing that looks like one')
  return decideList(new RuleList(list), identity, provenance)
}

/** The same for compiled rules; what can only be the same again is remembered. */
export function decideCached(list: RuleList, identity: AnyWorkload, provenance: Provenance): Verdict {
  if (!list.pure) return decideList(list, identity, provenance)
  const before = recall(identity, list) as Verdict | undefined
  if (before !== undefined) return before
  const verdict = decideList(list, identity, provenance)
  remember(identity, list, verdict)
  return verdict
}

/** The same, worked out whatever was said before. */
export function decideList(list: RuleList, identity: AnyWorkload, provenance: Provenance): Verdict {
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
interface VerdictInput {
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
  readonly #grounds: VerdictInput

  constructor(reason: Verdict['reason'], grounds: VerdictInput) {
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
      const verdict = told.get(rule) ?? evaluateRule(rule, identity, provenance, now)
      told.set(rule, verdict)
      return verdict
    })
  }

  get #refusedByNone(): boolean {
    return this.reason !== 'allowed' && this.reason !== 'denied'
  }
}

function evaluateRule(rule: CompiledRule, identity: AnyWorkload, provenance: Provenance, now: number): RuleVerdict {
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
