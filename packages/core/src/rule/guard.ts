/** A route's rules: fixed ones, those of a named set, or those a resolver finds for the request. */

import type { Provenance } from '../identity/identity.ts'
import { provenanceOf } from '../identity/identity.ts'
import { isProviderPart, providerForm } from '../provider/make-provider.ts'
import type { Policy } from '../policy.ts'
import { checkStrict, noLook, noStore } from '../policy.ts'
import { oneTimeRule } from '../replay/one-time.ts'
import type { Once } from '../replay/replay.ts'
import { claimOnce } from '../replay/replay.ts'
import { Refusal, refuse } from '../answer/refusal.ts'
import { firmPart, reportedRule } from './report-only.ts'
import { resolveRules } from './resolver.ts'
import type { CompiledRule } from './rule.ts'
import { compiledRule } from './rule.ts'
import { RuleList } from './rule-list.ts'
import type { SeenSnapshots } from './rule-set.ts'
import { isRuleSet, rulesOf } from './rule-set.ts'
import type { Maybe } from '../util/maybe.ts'
import { isPromise } from '../util/maybe.ts'
import { show } from '../util/text.ts'
import type { Verdict } from './verdict.ts'
import { decideAnew, decideList, faultsOf, matchingRule } from './verdict.ts'
import type { AnyWorkload } from '../identity/workload.ts'

/** A caller at a guard: made for each request. */
export interface AtGuard {
  readonly policy: Policy
  readonly workload: AnyWorkload | undefined
  /** The versions of named sets that guards of this request asked: whatever it asks later, it asks of the same. */
  snapshots?: SeenSnapshots
  /** One-time uses that they claimed. */
  claimed?: Set<string>
}

/** Asks a route's rules about a caller; `undefined` lets it pass. `subject` is what a resolver gets as its request. */
export type Guard = (caller: AtGuard, subject: unknown) => Maybe<Refusal | undefined>

/** The rules that decide, and those that only report. */
interface Asked {
  readonly enforced: RuleList
  readonly reported: RuleList | undefined
  /** Made for this request alone, so that nothing said by it is worth keeping. */
  readonly passing?: true
}

type Find = (caller: AtGuard, workload: AnyWorkload, subject: unknown) => Maybe<Asked | Refusal>

/** Compiles the arguments of `requireWorkload`. Throws a `TypeError` that says what to write instead. */
export function compileGuard(args: readonly unknown[]): Guard {
  const find = args.length === 1 && typeof args[0] === 'function' ? resolving(args[0]) : fixed(args)
  return (caller, subject) => {
    const { policy, workload } = caller
    if (workload === undefined) return refused(policy, refuse('token_missing'))
    const asked = find(caller, workload, subject)
    return isPromise(asked) ? asked.then((found) => judge(caller, workload, found)) : judge(caller, workload, asked)
  }
}

function judge(caller: AtGuard, workload: AnyWorkload, asked: Asked | Refusal): Maybe<Refusal | undefined> {
  const { policy } = caller
  if (asked instanceof Refusal) return refused(policy, asked)
  const { enforced, reported, passing = false } = asked
  const provenance = provenanceOf(workload) as Provenance
  // What only reports is worked out anew, and so is what stands beside it: neither is ever remembered.
  const decide = reported === undefined && !passing ? decideList : decideAnew
  const report = reported && decideAnew(reported, workload, provenance)
  const { free, once } = enforced.parts
  const verdict = decide(free, workload, provenance)
  if (verdict.allowed) return allowed(policy, workload, verdict, report)
  const rule = once && matchingRule(once, workload, provenance)
  if (rule !== undefined) return claim(caller, workload, rule, report)
  const whole = once === undefined ? verdict : decideAnew(enforced, workload, provenance)
  if (enforced.hasCode) faultsOf(whole).forEach((fault) => policy.warn(fault))
  return refused(policy, refuse('workload_forbidden', { workload, verdict: whole }), report)
}

/** Takes the one use that the rule admits, after all else has been decided and before the handler runs. */
async function claim(
  caller: AtGuard,
  workload: AnyWorkload,
  rule: CompiledRule,
  report: Verdict | undefined,
): Promise<Refusal | undefined> {
  const { policy } = caller
  const refusal = await claimOnce(workload, rule.once as Once, policy, (caller.claimed ??= new Set()))
  if (refusal !== undefined) return refused(policy, refusal, report)
  const verdict = decideAnew(new RuleList([rule]), workload, provenanceOf(workload) as Provenance)
  return allowed(policy, workload, verdict, report)
}

function allowed(policy: Policy, workload: AnyWorkload, verdict: Verdict, report: Verdict | undefined): undefined {
  if (policy.observed)
    policy.onVerdict({ layer: 'route', allowed: true, workload, verdict, ...(report && { reported: report }) })
}

function refused(policy: Policy, refusal: Refusal, reported?: Verdict): Refusal {
  const { workload, verdict, cause } = refusal.context
  policy.onVerdict({
    layer: 'route',
    allowed: false,
    code: refusal.code,
    ...(workload && { workload }),
    ...(verdict && { verdict }),
    ...(reported && { reported }),
    ...(cause === undefined ? {} : { cause }),
  })
  return refusal
}

/** Checks each argument once, at construction; what a named set stands for is read anew by each request. */
function fixed(args: readonly unknown[]): Find {
  if (args.length === 0) {
    throw new TypeError("requireWorkload() needs a rule, such as githubActions({ repository: 'acme/shop' })")
  }
  for (const arg of args) if (!isRuleSet(arg)) routeRule(arg)
  const [first] = args
  if (args.length === 1 && isRuleSet(first)) {
    const versions = new WeakMap<object, Accept>()
    return (caller) => {
      const rules = rulesOf(first, (caller.snapshots ??= new Map()))
      const accept = versions.get(rules) ?? accepting(rules)
      versions.set(rules, accept)
      return accept(caller.policy)
    }
  }
  if (args.some(isRuleSet)) {
    return (caller) => {
      const seen = (caller.snapshots ??= new Map())
      return accepting(args.flatMap<unknown>((arg) => (isRuleSet(arg) ? rulesOf(arg, seen) : [arg])))(caller.policy)
    }
  }
  const accept = accepting(args)
  return ({ policy }) => accept(policy)
}

type Accept = (policy: Policy) => Asked

/** Rules, after what a verifier has against them was said: once, when it first meets them. */
function accepting(values: readonly unknown[]): Accept {
  const asked = compileAsked(values)
  const met = new WeakSet<Policy>()
  return (policy) => {
    if (met.has(policy)) return asked
    for (const rule of [...asked.enforced.rules, ...(asked.reported?.rules ?? [])]) {
      rule.warnings.forEach((warning) => policy.warn(warning))
      acceptable(policy, rule)
    }
    met.add(policy)
    return asked
  }
}

function compileAsked(values: readonly unknown[]): Asked {
  const rules = values.map(routeRule)
  const enforced = rules.filter(({ reports }) => !reports).map(({ rule }) => rule)
  const reported = rules.filter(({ reports }) => reports).map(({ rule }) => rule)
  return {
    enforced: new RuleList(enforced.length > 0 ? enforced : reported.map(firmPart)),
    reported: reported.length > 0 ? new RuleList(reported) : undefined,
  }
}

function routeRule(value: unknown): { readonly rule: CompiledRule; readonly reports: boolean } {
  const reported = reportedRule(value)
  const rule = reported ?? oneTimeRule(value) ?? compiledRule(value)
  if (rule?.effect !== 'allow') {
    throw new TypeError(
      `requireWorkload() takes rules made by calling a provider, or one function that finds them, not ${show(value)}`,
    )
  }
  checkRouteRule(rule)
  return { rule, reports: reported !== undefined }
}

function resolving(resolve: unknown): Find {
  const form = providerForm(resolve)
  if (form !== undefined) {
    throw new TypeError(
      `requireWorkload(${form.table.table.id}) would admit everybody: call the provider, with the conditions you mean`,
    )
  }
  if (isProviderPart(resolve))
    throw new TypeError('requireWorkload() takes rules: call deny(), lookup() or at() of a provider where they belong')
  return async ({ policy }, workload, subject) => {
    const accept = (rule: CompiledRule): void => {
      checkRouteRule(rule)
      acceptable(policy, rule)
    }
    const find = (): unknown => (resolve as (workload: AnyWorkload, request: unknown) => unknown)(workload, subject)
    const found = await resolveRules(find, accept, { clock: policy.clock, warn: policy.warn, workload })
    return found instanceof Refusal ? found : { enforced: new RuleList(found), reported: undefined, passing: true }
  }
}

/** Throws for a rule that has no place behind the verifier. */
export function checkRouteRule(rule: CompiledRule): void {
  if (rule.anyEvent) throw new TypeError('anyEvent() is for `trust`; a route names the events that may call it')
}

/** What a verifier's options have against a rule. */
function acceptable(policy: Policy, rule: CompiledRule): void {
  if (policy.strict) checkStrict(rule)
  if (rule.once !== undefined && policy.replay === undefined) throw new TypeError(noStore)
  if (rule.once?.look === true && policy.replay?.store.seen === undefined) throw new TypeError(noLook)
}
