/** Decides rules on a verified token, and explains the decision on demand from the same checks. */

import { RuleList } from './rule-list.ts'
import { hintFor } from './hints.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import { verifiedTokenOf } from '../workload/verified-token.ts'
import type { CompiledRule, DenyRule, RuleCheck, TrustRule } from './rule.ts'
import { compiledRule } from './make-rule.ts'
import { formatValue } from '../util/format.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Verdict, RuleVerdict, CheckResult } from '../model/verdict.ts'
import { notMadeHere } from '../util/copies.ts'

/**
 * Decides rules on an identity without a server: deny rules first, then any trust rule that matches.
 *
 * @throws {TypeError} for an identity that no verifier made, or a value that is no rule.
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
  const token = verifiedTokenOf(identity)
  if (token === undefined)
    throw notMadeHere(identity, 'decide() takes an identity made by a verifier, nothing that looks like one')
  return evaluate(new RuleList(list), token)
}

/**
 * Decides a list of rules: by one that admits any number of uses, else by the first that admits one use. `claimOf()` gives
 * that use. Verdicts of rules without code and time are cached.
 */
export function decideCached(list: RuleList, token: VerifiedToken): Verdict {
  if (!list.pure) return decideList(list, token)
  const before = token.verdictOf(list)
  if (before !== undefined) return before
  const verdict = decideList(list, token)
  token.keepVerdict(list, verdict)
  return verdict
}

/** The same without the cache. */
export function decideList(list: RuleList, token: VerifiedToken): Verdict {
  const { reusable, oneTime } = list.parts
  const verdict = evaluate(reusable, token)
  if (verdict.allowed || oneTime === undefined) return verdict
  const { identity, issuer } = token
  const now = issuer.now()
  const rule = oneTime.candidates(identity).find((each) => matches(each, token, now))
  if (rule !== undefined) return new LazyVerdict('allowed', { list: new RuleList([rule]), token, now }, rule.once)
  // Refused whatever the rules' code answers when it is evaluated again for the explanation.
  return new LazyVerdict(reasonOfRefusal(list, token), { list, token, now })
}

/** Decides a list of rules without regard to how often each admits a token. */
export function evaluate(list: RuleList, token: VerifiedToken): Verdict {
  const now = token.issuer.now()
  const candidates = list.candidates(token.identity)
  const some = (effect: CompiledRule['effect']): boolean =>
    candidates.some((rule) => rule.effect === effect && matches(rule, token, now))
  const reason = some('deny') ? 'denied' : some('allow') ? 'allowed' : reasonOfRefusal(list, token)
  return new LazyVerdict(reason, { list, token, now })
}

function reasonOfRefusal(list: RuleList, { issuer, identity }: VerifiedToken): Verdict['reason'] {
  return list.concerns(issuer.table, identity.issuer) ? 'no-rule-matched' : 'no-rule-for-issuer'
}

/** The use that an allowing verdict takes; `undefined` where its rule admits any number of uses. */
export function claimOf(verdict: Verdict): OneTimeClaim | undefined {
  return verdict instanceof LazyVerdict ? verdict.claim : undefined
}

function matches(rule: CompiledRule, { identity, issuer }: VerifiedToken, now: number): boolean {
  if (rule.table !== issuer.table) return false
  for (const check of rule.checks) if (!check.passes(check.read(identity, now), issuer.tolerance)) return false
  return true
}

/** What a verdict is explained from. */
interface VerdictInput {
  readonly list: RuleList
  readonly token: VerifiedToken
  readonly now: number
  explained?: Map<CompiledRule, RuleVerdict>
}

/** Its getters explain on demand: accessors made for each verdict would cost more than the decision. */
class LazyVerdict implements Verdict {
  readonly allowed: boolean
  readonly reason: Verdict['reason']
  readonly #input: VerdictInput
  readonly #claim: OneTimeClaim | undefined

  constructor(reason: Verdict['reason'], input: VerdictInput, claim?: OneTimeClaim) {
    this.allowed = reason === 'allowed'
    this.reason = reason
    this.#input = input
    this.#claim = claim
  }

  get claim(): OneTimeClaim | undefined {
    return this.#claim
  }

  get rules(): readonly RuleVerdict[] {
    return this.#explain(this.#input.list.rules)
  }

  get nearest(): RuleVerdict | undefined {
    return this.#isUnmatched ? nearestOf(this.#candidates) : undefined
  }

  get nearestOwn(): RuleVerdict | undefined {
    if (!this.#isUnmatched) return undefined
    // A rule whose pins match is among the candidates.
    return nearestOf(this.#candidates.filter(({ pinned }) => pinned))
  }

  get policy(): string {
    return this.#input.list.fingerprint
  }

  /** The rules that may match the caller: of many rules, only these are worth explaining. */
  get #candidates(): readonly RuleVerdict[] {
    const { list, token } = this.#input
    return this.#explain(list.candidates(token.identity))
  }

  /** What went wrong in the code of the rules. */
  get faults(): readonly string[] {
    return this.#candidates.flatMap(faultsIn)
  }

  /** For logs: everything, expected values included. */
  toJSON(): Omit<Verdict, 'nearest' | 'nearestOwn'> {
    const { allowed, reason, rules, policy } = this
    return { allowed, reason, rules, policy }
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

function evaluateRule(rule: CompiledRule, { identity, issuer }: VerifiedToken, now: number): RuleVerdict {
  const { effect, issuers, table } = rule
  const provider = table.table.id
  if (table !== issuer.table) {
    const check: CheckResult = {
      field: 'provider',
      operator: 'equals',
      expected: provider,
      actual: identity.provider,
      passed: false,
    }
    return { effect, provider, issuers, matched: false, pinned: false, checks: [check] }
  }
  const checks = rule.checks.map((check) => runCheck(check, identity, now, issuer.tolerance))
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
  // A rule of another provider or issuer is further away than any rule for the caller's own issuer.
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

/** What went wrong in the code of rules: a `where` that threw, or that returned neither true nor false. */
export function faultsOf(verdict: Verdict): readonly string[] {
  return verdict instanceof LazyVerdict ? verdict.faults : []
}

function faultsIn({ provider, checks }: RuleVerdict): readonly string[] {
  return checks
    .filter(({ operator, actual }) => operator === 'where' && typeof actual !== 'boolean')
    .map(({ actual }) => `where in a rule for ${provider} ${String(actual)}; it must answer true or false at once`)
}
