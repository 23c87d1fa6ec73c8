/** Evaluates rules on a verified token. Explains the verdict on demand, from the same checks. */

import { RuleList, undecidedOf } from './rule-list.ts'
import { hintFor } from './hints.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'
import type { CompiledRule, DenyRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { formatValue } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CheckResult, Matched, RuleVerdict, Verdict } from '../model/verdict.ts'
import { notMadeHere } from '../util/copies.ts'

/**
 * Evaluates rules on an identity, without a request. A deny rule that matches wins; otherwise any
 * trust rule that matches allows.
 *
 * @throws {TypeError} for an identity that no verifier made, or a value that is not a rule.
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
  const token = verifiedTokenOf(identity)
  if (token === undefined)
    throw notMadeHere(identity, 'decide() takes an identity made by a verifier, not a copy or look-alike')
  return evaluate(new RuleList(list), token)
}

/**
 * Evaluates a list of rules. A rule that admits any number of uses comes first; otherwise the first
 * one-time rule that matches decides, and `claimOf()` returns its use. Verdicts of rules that
 * depend on neither code nor time are cached.
 */
export function decideCached(list: RuleList, token: VerifiedToken): Verdict {
  if (!list.pure) return decideList(list, token)
  const before = token.verdictOf(list)
  if (before !== undefined) return before
  const verdict = decideList(list, token)
  token.keepVerdict(list, verdict)
  return verdict
}

/** `decideCached` without the cache. */
export function decideList(list: RuleList, token: VerifiedToken): Verdict {
  const { reusable, oneTime } = list.parts
  const verdict = evaluate(reusable, token)
  if (verdict.allowed || oneTime === undefined) return verdict
  const now = token.issuer.now()
  const rule = firstMatch('allow', oneTime.candidates(token), token, now)
  if (rule !== undefined) return new LazyVerdict('allowed', { list: new RuleList([rule]), token, now }, rule)
  // A refusal, even if the code of the rules returns something else when the explanation runs it
  // again.
  return new LazyVerdict(reasonOfRefusal(list, token), { list, token, now })
}

/** Evaluates a list of rules, ignoring how often each admits a token. */
export function evaluate(list: RuleList, token: VerifiedToken): Verdict {
  // Most lists do not depend on the time.
  const now = list.timed ? token.issuer.now() : 0
  const candidates = list.candidates(token)
  const input = { list, token, now }
  if (firstMatch('deny', candidates, token, now) !== undefined) return new LazyVerdict('denied', input)
  const rule = firstMatch('allow', candidates, token, now)
  return new LazyVerdict(rule === undefined ? reasonOfRefusal(list, token) : 'allowed', input, rule)
}

function firstMatch(
  effect: CompiledRule['effect'],
  rules: readonly CompiledRule[],
  token: VerifiedToken,
  now: number,
): CompiledRule | undefined {
  for (const rule of rules) if (rule.effect === effect && matches(rule, token, now)) return rule
  return undefined
}

function reasonOfRefusal(list: RuleList, { issuer, claims }: VerifiedToken): Verdict['reason'] {
  return list.concerns(issuer.table, claims.iss) ? 'no-rule-matched' : 'no-rule-for-issuer'
}

function matches(rule: CompiledRule, token: VerifiedToken, now: number): boolean {
  const { table, tolerance } = token.issuer
  if (rule.table !== table) return false
  for (const check of undecidedOf(rule)) if (!check.passes(check.read(token, now), tolerance)) return false
  return true
}

/** What the explanation of a verdict is computed from. */
interface VerdictInput {
  readonly list: RuleList
  readonly token: VerifiedToken
  readonly now: number
  explained?: Map<CompiledRule, RuleVerdict>
}

/**
 * A verdict that is explained on demand. Getters of a class, since defining accessors on each
 * verdict would cost more than the decision.
 */
class LazyVerdict implements Verdict {
  readonly allowed: boolean
  readonly reason: Verdict['reason']
  readonly #input: VerdictInput
  readonly #rule: CompiledRule | undefined

  constructor(reason: Verdict['reason'], input: VerdictInput, rule?: CompiledRule) {
    this.allowed = reason === 'allowed'
    this.reason = reason
    this.#input = input
    this.#rule = rule
  }

  static ruleOf(this: void, verdict: Verdict): CompiledRule | undefined {
    return #rule in verdict ? verdict.#rule : undefined
  }

  get matched(): Matched | undefined {
    return this.#rule && matchedBy(this.#rule)
  }

  get rules(): readonly RuleVerdict[] {
    return this.#explain(this.#input.list.rules)
  }

  get nearest(): RuleVerdict | undefined {
    return this.#isUnmatched ? nearestOf(this.#candidates) : undefined
  }

  get nearestOwn(): RuleVerdict | undefined {
    if (!this.#isUnmatched) return undefined
    // Every rule whose pins match is among the candidates.
    return nearestOf(this.#candidates.filter(({ pinned }) => pinned))
  }

  get fingerprint(): string {
    return this.#input.list.fingerprint
  }

  /** The verdicts of the rules that may match the caller. */
  get #candidates(): readonly RuleVerdict[] {
    const { list, token } = this.#input
    return this.#explain(list.candidates(token))
  }

  /** The faults in the code of the rules. */
  get faults(): readonly string[] {
    return this.#candidates.flatMap(faultsIn)
  }

  /** For logs: everything, including expected values. */
  toJSON(): Omit<Verdict, 'matched' | 'nearest' | 'nearestOwn'> {
    const { allowed, reason, rules, fingerprint } = this
    return { allowed, reason, rules, fingerprint }
  }

  #explain(rules: readonly CompiledRule[]): readonly RuleVerdict[] {
    const { token, now } = this.#input
    const explained = (this.#input.explained ??= new Map<CompiledRule, RuleVerdict>())
    return rules.map((rule) => {
      const verdict = explained.get(rule) ?? evaluateRule(rule, token, now)
      explained.set(rule, verdict)
      return verdict
    })
  }

  get #isUnmatched(): boolean {
    return this.reason !== 'allowed' && this.reason !== 'denied'
  }
}

/** The allow rule that decided; `undefined` for a refusal. */
export const ruleOf: (verdict: Verdict) => CompiledRule | undefined = LazyVerdict.ruleOf

/**
 * The one-time use that a verdict requires; `undefined` where its rule admits any number of uses.
 */
export function claimOf(verdict: Verdict): OneTimeUse | undefined {
  return ruleOf(verdict)?.once
}

/** A rule as an application knows it. */
export function matchedBy({ origins, settings }: CompiledRule): Matched {
  return { rule: origins[0] as object, data: settings.data }
}

function evaluateRule(rule: CompiledRule, token: VerifiedToken, now: number): RuleVerdict {
  const { issuer } = token
  const { effect, issuers, table } = rule
  const provider = table.table.id
  if (table !== issuer.table) {
    const check: CheckResult = {
      field: 'provider',
      operator: 'equals',
      expected: provider,
      actual: issuer.table.table.id,
      passed: false,
    }
    return { effect, provider, issuers, matched: false, pinned: false, checks: [check] }
  }
  const checks = rule.checks.map((check) => runCheck(check, token, now))
  const pinned = checks.every((result, index) => result.passed || !(rule.checks[index] as RuleCheck).pin)
  return { effect, provider, issuers, matched: checks.every(({ passed }) => passed), pinned, checks }
}

function runCheck(check: RuleCheck, token: VerifiedToken, now: number): CheckResult {
  const { field, operator, expected } = check
  const actual = check.read(token, now)
  const result = { field, operator, expected, actual, passed: check.passes(actual, token.issuer.tolerance) }
  const hint = result.passed ? undefined : hintFor(result, token.identity)
  return hint === undefined ? result : { ...result, hint }
}

function nearestOf(rules: readonly RuleVerdict[]): RuleVerdict | undefined {
  const distance = ({ checks }: RuleVerdict): number => checks.filter(({ passed }) => !passed).length
  // A rule for another provider or issuer is further away than any rule for the caller's own
  // issuer.
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

/** Faults in the code of rules: a `where` that threw, or returned neither `true` nor `false`. */
export function faultsOf(verdict: Verdict): readonly string[] {
  return verdict instanceof LazyVerdict ? verdict.faults : []
}

function faultsIn({ provider, checks }: RuleVerdict): readonly string[] {
  return checks
    .filter(({ operator, actual }) => operator === 'where' && typeof actual !== 'boolean')
    .map(({ actual }) => `where in a rule for ${provider} ${String(actual)}; it must answer true or false at once`)
}
