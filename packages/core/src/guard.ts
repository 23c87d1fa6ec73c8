/** A route's rules: fixed ones, or those a resolver finds for the request. */

import type { Policy } from './policy.ts'
import { checkStrict } from './policy.ts'
import { providerForm } from './make-provider.ts'
import { provenanceOf } from './identity.ts'
import type { Provenance } from './identity.ts'
import { Refusal, refuse } from './refusal.ts'
import { resolveRules } from './resolver.ts'
import type { CompiledRule } from './rule.ts'
import { compiledRule } from './rule.ts'
import { show } from './text.ts'
import { decideCompiled, faultsOf } from './verdict.ts'
import type { AnyWorkload } from './workload.ts'

/** Asks a route's rules about a caller; `undefined` lets it pass. */
export type Guard = (
  policy: Policy,
  workload: AnyWorkload | undefined,
  request: unknown,
) => Promise<Refusal | undefined>

type Find = (policy: Policy, workload: AnyWorkload, request: unknown) => Promise<readonly CompiledRule[] | Refusal>

/** Compiles the arguments of `requireWorkload`. Throws a `TypeError` that says what to write instead. */
export function compileGuard(args: readonly unknown[]): Guard {
  const find = args.length === 1 && typeof args[0] === 'function' ? resolving(args[0]) : fixed(args)
  return async (policy, workload, request) => {
    if (workload === undefined) return tell(policy, refuse('token_missing'))
    const rules = await find(policy, workload, request)
    if (rules instanceof Refusal) return tell(policy, rules)
    const verdict = decideCompiled(rules, workload, provenanceOf(workload) as Provenance)
    if (!verdict.allowed) {
      faultsOf(verdict).forEach((fault) => policy.warn(fault))
      return tell(policy, refuse('workload_forbidden', { workload, verdict }))
    }
    policy.onVerdict({ layer: 'route', allowed: true, workload, verdict })
    return undefined
  }
}

function tell(policy: Policy, refusal: Refusal): Refusal {
  const { workload, verdict } = refusal.context
  policy.onVerdict({
    layer: 'route',
    allowed: false,
    code: refusal.code,
    ...(workload === undefined ? {} : { workload }),
    ...(verdict === undefined ? {} : { verdict }),
  })
  return refusal
}

function fixed(args: readonly unknown[]): Find {
  if (args.length === 0)
    throw new TypeError("requireWorkload() needs a rule, such as githubActions({ repository: 'acme/shop' })")
  const rules = args.map((rule) => {
    const form = compiledRule(rule)
    if (form?.effect !== 'allow') {
      throw new TypeError(
        `requireWorkload() takes rules made by calling a provider, or one function that finds them, not ${show(rule)}`,
      )
    }
    checkRouteRule(form)
    return form
  })
  return async (policy) => {
    rules.forEach((rule) => {
      rule.warnings.forEach((warning) => policy.warn(warning))
      checkStrictness(policy, rule)
    })
    return rules
  }
}

function resolving(resolve: unknown): Find {
  const form = providerForm(resolve)
  if (form !== undefined) {
    throw new TypeError(
      `requireWorkload(${form.table.table.id}) would admit everybody: call the provider, with the conditions you mean`,
    )
  }
  return (policy, workload, request) => {
    const accept = (rule: CompiledRule): void => {
      checkRouteRule(rule)
      checkStrictness(policy, rule)
    }
    const find = (): unknown => (resolve as (workload: AnyWorkload, request: unknown) => unknown)(workload, request)
    return resolveRules(find, accept, { clock: policy.clock, warn: policy.warn, workload })
  }
}

function checkRouteRule(rule: CompiledRule): void {
  if (rule.anyEvent) throw new TypeError('anyEvent() is for `trust`; a route names the events that may call it')
}

function checkStrictness(policy: Policy, rule: CompiledRule): void {
  if (policy.strict) checkStrict(rule)
}
