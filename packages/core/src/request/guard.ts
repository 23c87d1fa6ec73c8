/** The guard of a route: decides whether a verified call passes, by the rules of the route. */

import type { Verdict } from '../model/verdict.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'
import type { OneTimeUse } from '../model/one-time-claim.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { Decided } from './emit-verdict.ts'
import { emitAllowed, emitRefused } from './emit-verdict.ts'
import type { Call, CallRequest } from './call.ts'
import { describeGuard, once } from './describe-guard.ts'
import type { GuardRules } from './guard-rules.ts'
import { checkForVerifier, fixedRules, foundRules, namedRules } from './guard-rules.ts'
import type { CompiledRule } from '../rule/rule.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { claimOf, decideCached, decideList, evaluate, faultsOf, ruleOf } from '../rule/verdict.ts'

/**
 * Decides whether a call passes a route; `undefined` admits it. A function that finds rules gets
 * `subject` as its request. Events name `request`. Default: that of the call.
 */
export type Guard = (call: Call, subject: unknown, request?: CallRequest) => Awaitable<Refusal | undefined>

/** How the events of one decision describe it. */
interface Place {
  readonly guard: () => string
  readonly request: CallRequest | undefined
}

/**
 * Compiles the arguments of `requireWorkload`: rules, or lists of them, or one function.
 *
 * @throws {TypeError} that says what to write instead.
 */
export function compileGuard(given: readonly unknown[]): Guard {
  const args = given.flat()
  const guard = once(() => describeGuard(args))
  const missing = (call: Call, request: Place['request']): Refusal =>
    emitRefused(call, refuse('token_missing'), { layer: 'route', guard, request })
  const found = foundRules(args)
  if (found !== undefined) {
    return (call, subject, request) => {
      const { token } = call
      if (token === undefined) return missing(call, request)
      return found(call, token.identity, subject).then((rules) => judge(call, token, rules, { guard, request }))
    }
  }
  const rules = namedRules(args) ?? fixedRules(args)
  return (call, _, request) => {
    const { token } = call
    if (token === undefined) return missing(call, request)
    return judge(call, token, typeof rules === 'function' ? rules(call) : rules, { guard, request })
  }
}

function judge(
  call: Call,
  token: VerifiedToken,
  rules: GuardRules | Refusal,
  place: Place,
): Awaitable<Refusal | undefined> {
  if (rules instanceof Refusal) return emitRefused(call, rules, { layer: 'route', ...place })
  if (!rules.met.has(call.config)) checkForVerifier(rules, call.config)
  const { enforced, reported, perRequest = false } = rules
  // Never cached next to report-only rules, so that both verdicts of an event are of the same time.
  const verdict = reported === undefined && !perRequest ? decideCached(enforced, token) : decideList(enforced, token)
  if (!verdict.allowed) {
    if (enforced.hasCode) faultsOf(verdict).forEach((each) => call.config.fault(each))
    const refusal = refuse('workload_forbidden', { workload: token.identity, verdict })
    return emitRefused(call, refusal, routeEvent(rules, token, place))
  }
  call.matched?.push(ruleOf(verdict) as CompiledRule)
  const use = claimOf(verdict)
  if (use !== undefined) return claim(call, token, use, verdict, routeEvent(rules, token, place))
  if (call.config.observed) emitAllowed(call, token.identity, verdict, routeEvent(rules, token, place))
  return undefined
}

function routeEvent({ reported }: GuardRules, token: VerifiedToken, place: Place): Decided {
  return { layer: 'route', ...place, reported: reported && evaluate(reported, token) }
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
