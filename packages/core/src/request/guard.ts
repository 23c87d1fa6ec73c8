/** A route's rules: fixed ones, those of a named set, or those a resolver finds for the request. */

import type { Provenance } from '../workload/build-identity.ts'
import { provenanceOf } from '../workload/build-identity.ts'
import { isProviderPart, providerForm } from '../provider/make-provider.ts'
import type { Policy } from '../config/trusted-issuers.ts'
import { checkStrict, noLook, noStore, perProcess } from '../config/trusted-issuers.ts'
import { oneTimeRule } from '../rule/one-time.ts'
import type { OneTimeClaim } from '../model/one-time-claim.ts'
import { claimOnce } from '../replay/replay.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import { emitAllowed, emitRefused } from './emit-verdict.ts'
import type { VerifiedCall } from './call.ts'
import { describeGuard, once } from './describe-guard.ts'
import { enforcedPart, reportedRule } from '../rule/report-only.ts'
import { resolveRules } from './resolve-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule, checkRouteRule } from '../rule/make-rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { RuleSnapshot, RuleSource } from '../rule/rule-set.ts'
import { eachVerifier, isRuleSet, meetVerifier, rulesOf } from '../rule/rule-set.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { formatValue } from '../util/format.ts'
import { decideList, decideCached, faultsOf, matchingRule } from '../rule/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { notMadeHere, refuseOtherCopy } from '../util/copies.ts'

/** Asks a route's rules about a caller; `undefined` lets it pass. `subject` is what a resolver gets as its request. */
export type Guard = (call: VerifiedCall, subject: unknown) => Awaitable<Refusal | undefined>

/** The rules that decide, and those that only report. */
interface Asked {
  readonly enforced: RuleList
  readonly reported: RuleList | undefined
  /** Nothing enforces: all rules only report. */
  readonly tryOut: boolean
  /** Made for this request alone, so that nothing said by it is worth keeping. */
  readonly passing?: true
}

type Find = (call: VerifiedCall, workload: AnyWorkload, subject: unknown) => Awaitable<Asked | Refusal>

/** Compiles the arguments of `requireWorkload`. Throws a `TypeError` that says what to write instead. */
export function compileGuard(args: readonly unknown[]): Guard {
  const find = args.length === 1 && typeof args[0] === 'function' ? resolving(args[0]) : fixed(args)
  const guard = once(() => describeGuard(args))
  return (call, subject) => {
    const { workload } = call
    if (workload === undefined) return emitRefused(call, refuse('token_missing'), { layer: 'route', guard })
    const asked = find(call, workload, subject)
    return isPromise(asked)
      ? asked.then((found) => judge(call, workload, found, guard))
      : judge(call, workload, asked, guard)
  }
}

function judge(
  call: VerifiedCall,
  workload: AnyWorkload,
  asked: Asked | Refusal,
  guard: () => string,
): Awaitable<Refusal | undefined> {
  const { policy } = call
  if (asked instanceof Refusal) return emitRefused(call, asked, { layer: 'route', guard })
  const { enforced, reported, passing = false } = asked
  const provenance = provenanceOf(workload) as Provenance
  // What only reports is worked out each time, and so is what is decided with it: neither is ever remembered.
  const decide = reported === undefined && !passing ? decideCached : decideList
  const decided = { layer: 'route', guard, reported: reported && decideList(reported, workload, provenance) } as const
  const { free, once } = enforced.parts
  const verdict = decide(free, workload, provenance)
  if (verdict.allowed) {
    emitAllowed(call, workload, verdict, decided)
    return undefined
  }
  const rule = once && matchingRule(once, workload, provenance)
  if (rule !== undefined) return claim(call, workload, rule, decided)
  const whole = once === undefined ? verdict : decideList(enforced, workload, provenance)
  if (enforced.hasCode) faultsOf(whole).forEach((each) => policy.fault(each))
  return emitRefused(call, refuse('workload_forbidden', { workload, verdict: whole }), decided)
}

/** Takes the one use that the rule admits, after all else has been decided and before the handler runs. */
async function claim(
  call: VerifiedCall,
  workload: AnyWorkload,
  rule: CompiledRule,
  decided: Parameters<typeof emitAllowed>[3],
): Promise<Refusal | undefined> {
  const refusal = await claimOnce(workload, rule.once as OneTimeClaim, call.policy, (call.claimed ??= new Set()))
  if (refusal !== undefined) return emitRefused(call, refusal, decided)
  const verdict = decideList(new RuleList([rule]), workload, provenanceOf(workload) as Provenance)
  emitAllowed(call, workload, verdict, decided)
  return undefined
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
    return (call) => {
      const rules = rulesOf(first, (call.snapshots ??= new Map()))
      const accept = versions.get(rules) ?? accepting(rules)
      versions.set(rules, accept)
      meetVerifier(first, call.policy)
      return accept(call.policy)
    }
  }
  const sets = args.filter(isRuleSet)
  if (sets.length > 0) {
    return (call) => {
      sets.forEach((set) => meetVerifier(set, call.policy))
      const seen = (call.snapshots ??= new Map())
      return accepting(args.flatMap<unknown>((arg) => (isRuleSet(arg) ? rulesOf(arg, seen) : [arg])))(call.policy)
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
    if (asked.tryOut) refuseTryOut(policy)
    met.add(policy)
    return asked
  }
}

/**
 * Asks each verifier that guards of a source have met whether it can use the sets of a new version. Throws the `TypeError`
 * of the first that cannot, with the name of the set: put in force, that version would fail each request.
 */
export function checkSnapshot(source: RuleSource, snapshot: RuleSnapshot): void {
  eachVerifier(source, (name, verifier) => {
    try {
      const rules = (snapshot.get(name) ?? []).map(routeRule)
      for (const { rule } of rules) acceptable(verifier as Policy, rule)
      if (isTryOut(rules)) refuseTryOut(verifier as Policy)
    } catch (error) {
      throw new TypeError(`The rules '${name}' do not suit a verifier that uses them: ${(error as Error).message}`, {
        cause: error,
      })
    }
  })
}

function compileAsked(values: readonly unknown[]): Asked {
  const rules = values.map(routeRule)
  const enforced = rules.filter(({ reports }) => !reports).map(({ rule }) => rule)
  const reported = rules.filter(({ reports }) => reports).map(({ rule }) => rule)
  return {
    enforced: new RuleList(enforced.length > 0 ? enforced : reported.map(enforcedPart)),
    reported: reported.length > 0 ? new RuleList(reported) : undefined,
    tryOut: isTryOut(rules),
  }
}

/** Whether all rules only report, so that a guard enforces nothing of them but their pins, events and settings. */
function isTryOut(rules: readonly { readonly reports: boolean }[]): boolean {
  return rules.length > 0 && rules.every(({ reports }) => reports)
}

/** Throws where the verifier is strict: such a guard admits every job of the tenants that its rules pin. */
function refuseTryOut({ strict }: Policy): void {
  if (!strict) return
  throw new TypeError(
    'strict: all rules of this guard only report, so that every ordinary job of the tenants they pin may call; ' +
      'add a rule that enforces, or take reportOnly() off',
  )
}

function routeRule(value: unknown): { readonly rule: CompiledRule; readonly reports: boolean } {
  const reported = reportedRule(value)
  const rule = reported ?? oneTimeRule(value) ?? compiledRule(value)
  if (rule?.effect !== 'allow') {
    throw notMadeHere(
      value,
      `requireWorkload() takes rules made by calling a provider, or one function that finds them, not ${formatValue(value)}`,
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
  refuseOtherCopy(resolve)
  if (isProviderPart(resolve))
    throw new TypeError('requireWorkload() takes rules: call deny(), lookup() or at() of a provider where they belong')
  return async ({ policy }, workload, subject) => {
    const accept = (rule: CompiledRule): void => {
      checkRouteRule(rule)
      acceptable(policy, rule)
    }
    const find = (): unknown => (resolve as (workload: AnyWorkload, request: unknown) => unknown)(workload, subject)
    const found = await resolveRules(find, accept, { clock: policy.clock, fault: policy.fault, workload })
    return found instanceof Refusal
      ? found
      : { enforced: new RuleList(found), reported: undefined, tryOut: false, passing: true }
  }
}

/** What a verifier's options have against a rule. */
function acceptable(policy: Policy, rule: CompiledRule): void {
  if (policy.strict) checkStrict(rule)
  if (rule.once !== undefined && policy.replay === undefined) throw new TypeError(noStore)
  if (rule.once?.checkOnly !== true) return
  if (policy.replay?.store.seen === undefined) throw new TypeError(noLook)
  if (policy.replay.store.perProcess === true)
    policy.warn(`${perProcess}: behind several processes, notExchanged() sees only what its own process exchanged`)
}
