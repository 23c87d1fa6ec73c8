/**
 * The rules of a guard: fixed, from a named set, or found by a function for each request. All that
 * can be wrong with them is found here, before a call is decided.
 */

import { isProviderPart, providerForm } from '../provider/make-provider.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import { checkDemands } from '../config/rule-demands.ts'
import { Refusal } from '../model/refusal.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Call } from './call.ts'
import { enforcedPart, reportedRule } from '../rule/report-only.ts'
import { resolveRules } from './resolve-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import { compiledRule, checkRouteRule } from '../rule/make-rule.ts'
import { RuleList } from '../rule/rule-list.ts'
import type { RuleSnapshot, RuleSource } from '../rule/rule-set.ts'
import { eachVerifier, isRuleSet, meetVerifier, rulesOf } from '../rule/rule-set.ts'
import { formatValue, importName } from '../util/format.ts'
import { notMadeHere, refuseOtherCopy } from '../util/copies.ts'

/** The rules for one request: those that decide, and those that only report. */
export interface GuardRules {
  /** The rules that decide. */
  readonly enforced: RuleList
  /** The rules that only report; `undefined` where there are none. */
  readonly reported: RuleList | undefined
  /** Whether all rules only report. */
  readonly tryOut: boolean
  /** Set for rules that were found for this request only: caching their verdict is useless. */
  readonly perRequest?: true
  /** The verifiers that they suit. They are checked against each verifier at its first call. */
  readonly met: WeakSet<VerifierConfig>
}

type FindRules = (call: Call) => GuardRules

type ResolveRules = (call: Call, workload: AnyWorkload, subject: unknown) => Promise<GuardRules | Refusal>

/**
 * Fixed rules, each checked once, at construction.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function fixedRules(args: readonly unknown[]): GuardRules {
  if (args.length === 0) {
    throw new TypeError("requireWorkload() needs a rule, such as githubActions({ repository: 'acme/shop' })")
  }
  return compileGuardRules(args)
}

/**
 * Rules of which some are named sets, so that each request reads their current version; `undefined`
 * where none is.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function namedRules(args: readonly unknown[]): FindRules | undefined {
  const sets = args.filter(isRuleSet)
  if (sets.length === 0) return undefined
  for (const arg of args) if (!isRuleSet(arg)) routeRule(arg)
  let last: readonly unknown[] = []
  let rules: GuardRules
  return (call) => {
    const seen = (call.snapshots ??= new Map())
    // A set has another list in each version.
    const current = args.map((arg) => (isRuleSet(arg) ? rulesOf(arg, seen) : arg))
    if (current.some((part, index) => part !== last[index])) rules = compileGuardRules(current.flat())
    last = current
    sets.forEach((set) => meetVerifier(set, call.config))
    return rules
  }
}

/**
 * Checks rules against the options of a verifier that uses them.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function checkForVerifier({ enforced, reported, tryOut, met }: GuardRules, config: VerifierConfig): void {
  for (const rule of [...enforced.rules, ...(reported?.rules ?? [])]) {
    rule.warnings.forEach((warning) => config.warn(warning))
    checkDemands(rule, config)
    warnOfIssuer(rule, config)
  }
  if (tryOut) refuseTryOut(config)
  met.add(config)
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
    met: new WeakSet(),
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

/**
 * The rules that one function finds for each request; `undefined` for all other arguments.
 *
 * @throws {TypeError} for a function that is a part of this package.
 */
export function foundRules(args: readonly unknown[]): ResolveRules | undefined {
  const [resolve] = args
  if (args.length !== 1 || typeof resolve !== 'function') return undefined
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
    // They were checked as they were found.
    const met = new WeakSet([config])
    return { enforced: new RuleList(rules), reported: undefined, tryOut: false, perRequest: true, met }
  }
}
