/**
 * The guard of a route. Its rules are fixed, from a named set, or found by a function for each
 * request.
 */

import type { Verdict } from '../model/verdict.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import { isProviderPart, providerForm } from '../provider/make-provider.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import { checkDemands } from '../config/rule-demands.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { Decided } from './emit-verdict.ts'
import { emitAllowed, emitRefused } from './emit-verdict.ts'
import type { Call } from './call.ts'
import { describeGuard, once } from './describe-guard.ts'
import { enforcedPart, reportedRule } from '../rule/report-only.ts'
import { resolveRules } from './resolve-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule, checkRouteRule } from '../rule/make-rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { RuleSnapshot, RuleSource } from '../rule/rule-set.ts'
import { eachVerifier, isRuleSet, meetVerifier, rulesOf } from '../rule/rule-set.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { formatValue, importName } from '../util/format.ts'
import { claimOf, decideCached, decideList, evaluate, faultsOf, ruleOf } from '../rule/verdict.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { notMadeHere, refuseOtherCopy } from '../util/copies.ts'

/**
 * Decides whether a call passes a route; `undefined` admits it. A function that finds rules gets
 * `subject` as its request.
 */
export type Guard = (call: Call, subject: unknown) => Awaitable<Refusal | undefined>

/** The rules for one request: those that decide, and those that only report. */
interface GuardRules {
  readonly enforced: RuleList
  readonly reported: RuleList | undefined
  /** Whether all rules only report. */
  readonly tryOut: boolean
  /** Set for rules that were found for this request only: caching their verdict is useless. */
  readonly perRequest?: true
}

type FindRules = (call: Call) => GuardRules

type ResolveRules = (call: Call, workload: AnyWorkload, subject: unknown) => Promise<GuardRules | Refusal>

/**
 * Compiles the arguments of `requireWorkload`: rules, or lists of them, or one function.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileGuard(given: readonly unknown[]): Guard {
  const args = given.flat()
  const guard = once(() => describeGuard(args))
  const missing = (call: Call): Refusal => emitRefused(call, refuse('token_missing'), { layer: 'route', guard })
  if (args.length === 1 && typeof args[0] === 'function') {
    const resolve = resolving(args[0])
    return (call, subject) => {
      const { token } = call
      if (token === undefined) return missing(call)
      return resolve(call, token.identity, subject).then((rules) => judge(call, token, rules, guard))
    }
  }
  const find = fixed(args)
  return (call) => (call.token === undefined ? missing(call) : judge(call, call.token, find(call), guard))
}

function judge(
  call: Call,
  token: VerifiedToken,
  rules: GuardRules | Refusal,
  guard: () => string,
): Awaitable<Refusal | undefined> {
  if (rules instanceof Refusal) return emitRefused(call, rules, { layer: 'route', guard })
  const { enforced, reported, perRequest = false } = rules
  // Never cached next to report-only rules, so that both verdicts of an event are of the same time.
  const verdict = reported === undefined && !perRequest ? decideCached(enforced, token) : decideList(enforced, token)
  if (!verdict.allowed) {
    if (enforced.hasCode) faultsOf(verdict).forEach((each) => call.config.fault(each))
    const refusal = refuse('workload_forbidden', { workload: token.identity, verdict })
    return emitRefused(call, refusal, routeEvent(rules, token, guard))
  }
  call.matched?.push(ruleOf(verdict) as CompiledRule)
  const use = claimOf(verdict)
  if (use !== undefined) return claim(call, token, use, verdict, routeEvent(rules, token, guard))
  if (call.config.observed) emitAllowed(call, token.identity, verdict, routeEvent(rules, token, guard))
  return undefined
}

function routeEvent({ reported }: GuardRules, token: VerifiedToken, guard: () => string): Decided {
  return { layer: 'route', guard, reported: reported && evaluate(reported, token) }
}

/** Claims the one use that the rule admits, after all other checks and before the handler runs. */
async function claim(
  call: Call,
  { identity }: VerifiedToken,
  use: OneTimeUse,
  verdict: Verdict,
  event: Decided,
): Promise<Refusal | undefined> {
  const refusal = await use.claim(identity, use, call.config, (call.claimed ??= new Set()))
  if (refusal !== undefined) return emitRefused(call, refusal, event)
  if (call.config.observed) emitAllowed(call, identity, verdict, event)
  return undefined
}

/**
 * Checks each argument once, at construction. Each request reads the current version of a named
 * set.
 */
function fixed(args: readonly unknown[]): FindRules {
  if (args.length === 0) {
    throw new TypeError("requireWorkload() needs a rule, such as githubActions({ repository: 'acme/shop' })")
  }
  for (const arg of args) if (!isRuleSet(arg)) routeRule(arg)
  const sets = args.filter(isRuleSet)
  if (sets.length === 0) return accepting(args)
  let last: readonly unknown[] = []
  let accept: FindRules
  return (call) => {
    const seen = (call.snapshots ??= new Map())
    // A set has another list in each version.
    const current = args.map((arg) => (isRuleSet(arg) ? rulesOf(arg, seen) : arg))
    if (current.some((part, index) => part !== last[index])) accept = accepting(current.flat())
    last = current
    sets.forEach((set) => meetVerifier(set, call.config))
    return accept(call)
  }
}

/** The rules, checked against the options of each verifier that uses them, at first use. */
function accepting(values: readonly unknown[]): FindRules {
  const rules = compileGuardRules(values)
  const met = new WeakSet<VerifierConfig>()
  return ({ config }) => {
    if (met.has(config)) return rules
    for (const rule of [...rules.enforced.rules, ...(rules.reported?.rules ?? [])]) {
      rule.warnings.forEach((warning) => config.warn(warning))
      checkDemands(rule, config)
      warnOfIssuer(rule, config)
    }
    if (rules.tryOut) refuseTryOut(config)
    met.add(config)
    return rules
  }
}

/** A rule for an issuer that the verifier does not trust admits nobody. */
function warnOfIssuer({ table, issuers }: CompiledRule, { issuers: trusted, findIssuer, warn }: VerifierConfig): void {
  if (issuers === undefined || findIssuer !== undefined || issuers.some((issuer) => trusted.has(issuer))) return
  const [own] = [...trusted].find(([, each]) => each.table === table) ?? []
  const instead = own === undefined ? 'add a rule for it to trust' : `make the rule by .at(${formatValue(own)})`
  warn(
    `requireWorkload() has a rule for ${table.table.title} that admits nobody: the verifier does not trust ${issuers.join(' or ')}; ${instead}`,
  )
}

/**
 * Checks a new version of the rule sets of a source against each verifier whose guards use them. A
 * version that does not suit a verifier would fail each of its requests.
 *
 * @throws {TypeError} of the first verifier that it does not suit, with the name of the set.
 */
export function checkSnapshot(source: RuleSource, snapshot: RuleSnapshot): void {
  eachVerifier(source, (name, verifier) => {
    try {
      const rules = (snapshot.get(name) ?? []).map(routeRule)
      for (const { rule } of rules) checkDemands(rule, verifier as VerifierConfig)
      if (isTryOut(rules)) refuseTryOut(verifier as VerifierConfig)
    } catch (error) {
      throw new TypeError(`The rules '${name}' do not suit a verifier that uses them: ${(error as Error).message}`, {
        cause: error,
      })
    }
  })
}

function compileGuardRules(values: readonly unknown[]): GuardRules {
  const rules = values.map(routeRule)
  const enforced = rules.filter(({ reports }) => !reports).map(({ rule }) => rule)
  const reported = rules.filter(({ reports }) => reports).map(({ rule }) => rule)
  return {
    enforced: new RuleList(enforced.length > 0 ? enforced : reported.map(enforcedPart)),
    reported: reported.length > 0 ? new RuleList(reported) : undefined,
    tryOut: isTryOut(rules),
  }
}

/**
 * Whether all rules only report. A guard then enforces only their pins, events and settings.
 */
function isTryOut(rules: readonly { readonly reports: boolean }[]): boolean {
  return rules.length > 0 && rules.every(({ reports }) => reports)
}

/**
 * Throws for a strict verifier: a guard of report-only rules admits every trusted run of the
 * tenants that they pin.
 */
function refuseTryOut({ strict }: VerifierConfig): void {
  if (!strict) return
  throw new TypeError(
    'strict: all rules of this guard only report, so that any ordinary job of their tenants may call; add one that enforces',
  )
}

function routeRule(value: unknown): { readonly rule: CompiledRule; readonly reports: boolean } {
  const reported = reportedRule(value)
  const rule = reported ?? compiledRule(value)
  if (rule?.effect !== 'allow') {
    throw notMadeHere(
      value,
      `requireWorkload() takes rules made by calling a provider, or one function that finds them, not ${formatValue(value)}`,
    )
  }
  checkRouteRule(rule)
  return { rule, reports: reported !== undefined }
}

function resolving(resolve: unknown): ResolveRules {
  const form = providerForm(resolve)
  if (form !== undefined) {
    throw new TypeError(
      `requireWorkload(${importName(form.table.table.id)}) would admit everybody: call the provider, with the conditions you mean`,
    )
  }
  refuseOtherCopy(resolve)
  if (isProviderPart(resolve))
    throw new TypeError('requireWorkload() takes rules: call deny(), lookup() or at() of a provider where they belong')
  return async ({ config }, workload, subject) => {
    const accept = (rule: CompiledRule): void => {
      checkRouteRule(rule)
      checkDemands(rule, config)
    }
    const find = (): unknown => (resolve as (workload: AnyWorkload, request: unknown) => unknown)(workload, subject)
    const found = await resolveRules(find, accept, { clock: config.clock, fault: config.fault, workload })
    if (found instanceof Refusal) return found
    const rules = found.map((rule) => ({ ...rule, origins: [...rule.origins, resolve as object] }))
    return { enforced: new RuleList(rules), reported: undefined, tryOut: false, perRequest: true }
  }
}
