/** A route's rules: fixed ones, those of a named set, or those a resolver finds for the request. */

import type { Provenance } from '../identity/identity.ts'
import { provenanceOf } from '../identity/identity.ts'
import { isProviderPart, providerForm } from '../provider/make-provider.ts'
import type { Policy } from '../policy.ts'
import { checkStrict } from '../policy.ts'
import { Refusal, refuse } from '../answer/refusal.ts'
import { firmPart, reportedRule } from './report-only.ts'
import { resolveRules } from './resolver.ts'
import type { CompiledRule } from './rule.ts'
import { compiledRule } from './rule.ts'
import type { SeenSnapshots } from './rule-set.ts'
import { isRuleSet, rulesOf } from './rule-set.ts'
import { show } from '../util/text.ts'
import type { Verdict } from './verdict.ts'
import { decideCompiled, faultsOf } from './verdict.ts'
import type { AnyWorkload } from '../identity/workload.ts'

/** A caller at a guard. */
interface AtGuard {
  readonly policy: Policy
  readonly workload: AnyWorkload | undefined
  /** What a resolver gets as its request. */
  readonly subject: unknown
  readonly seen: SeenSnapshots
}

/** Asks a route's rules about a caller; `undefined` lets it pass. */
export type Guard = (caller: AtGuard) => Promise<Refusal | undefined>

/** The rules that decide, and those that only report. */
interface Asked {
  readonly enforced: readonly CompiledRule[]
  readonly reported: readonly CompiledRule[]
}

type Find = (caller: AtGuard & { readonly workload: AnyWorkload }) => Promise<Asked | Refusal>

/** Compiles the arguments of `requireWorkload`. Throws a `TypeError` that says what to write instead. */
export function compileGuard(args: readonly unknown[]): Guard {
  const find = args.length === 1 && typeof args[0] === 'function' ? resolving(args[0]) : fixed(args)
  return async (caller) => {
    const { policy, workload } = caller
    if (workload === undefined) return refused(policy, refuse('token_missing'))
    const asked = await find({ ...caller, workload })
    return asked instanceof Refusal ? refused(policy, asked) : judge(policy, workload, asked)
  }
}

function judge(policy: Policy, workload: AnyWorkload, { enforced, reported }: Asked): Refusal | undefined {
  const provenance = provenanceOf(workload) as Provenance
  const verdict = decideCompiled(enforced.length > 0 ? enforced : reported.map(firmPart), workload, provenance)
  const report = reported.length > 0 ? decideCompiled(reported, workload, provenance) : undefined
  if (!verdict.allowed) {
    faultsOf(verdict).forEach((fault) => policy.warn(fault))
    return refused(policy, refuse('workload_forbidden', { workload, verdict }), report)
  }
  policy.onVerdict({ layer: 'route', allowed: true, workload, verdict, ...(report && { reported: report }) })
  return undefined
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
  return async ({ policy, seen }) => {
    const rules = args.flatMap<unknown>((arg) => (isRuleSet(arg) ? rulesOf(arg, seen) : [arg])).map(routeRule)
    for (const { rule } of rules) {
      rule.warnings.forEach((warning) => policy.warn(warning))
      checkStrictness(policy, rule)
    }
    return {
      enforced: rules.filter(({ reports }) => !reports).map(({ rule }) => rule),
      reported: rules.filter(({ reports }) => reports).map(({ rule }) => rule),
    }
  }
}

function routeRule(value: unknown): { readonly rule: CompiledRule; readonly reports: boolean } {
  const reported = reportedRule(value)
  const rule = reported ?? compiledRule(value)
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
  return async ({ policy, workload, subject }) => {
    const accept = (rule: CompiledRule): void => {
      checkRouteRule(rule)
      checkStrictness(policy, rule)
    }
    const find = (): unknown => (resolve as (workload: AnyWorkload, request: unknown) => unknown)(workload, subject)
    const found = await resolveRules(find, accept, { clock: policy.clock, warn: policy.warn, workload })
    return found instanceof Refusal ? found : { enforced: found, reported: [] }
  }
}

function checkRouteRule(rule: CompiledRule): void {
  if (rule.anyEvent) throw new TypeError('anyEvent() is for `trust`; a route names the events that may call it')
}

function checkStrictness(policy: Policy, rule: CompiledRule): void {
  if (policy.strict) checkStrict(rule)
}
