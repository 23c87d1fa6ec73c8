/** The guard step of a route, for any framework. */

import type { AnyWorkload } from '../model/workload.ts'
import type { Refusal } from '../model/refusal.ts'
import type { WorkloadFrom } from '../provider/provider.ts'
import type { WorkloadIdentity } from '../providers/workloads.ts'
import type { RouteRule, TrustRule } from '../rule/rule.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { refuseOtherCopy } from '../util/copies.ts'
import { callOf } from './call.ts'
import { compileGuard } from './guard.ts'
import type { Refused } from './refused.ts'
import { refused } from './refused.ts'

/** The rules that `requireWorkload` takes: one or several, of which any may be a list. */
export type GuardRules = readonly [RuleOrList, ...RuleOrList[]]
/** @inline */
type RuleOrList = RouteRule | readonly [RouteRule, ...RouteRule[]]

/** The workload type of these rules. */
export type GuardedBy<R extends GuardRules> = WorkloadFrom<Each<R[number]>>
type Each<T> = T extends readonly (infer E)[] ? E : T

/**
 * Finds the rules for one request. `undefined` refuses the call; throwing, or taking longer than
 * 5 s, is answered 503.
 */
export type RuleResolver<R extends TrustRule<AnyWorkload>, Q> = (
  workload: WorkloadIdentity,
  request: Q,
) => Awaitable<R | readonly R[] | undefined>

/**
 * Makes the guard step of a route from its rules, or from one function that finds them. That
 * function gets `subject` as its `request`.
 *
 * @throws {TypeError} for bad rules.
 */
export function createGuard(
  args: readonly unknown[],
): (request: object, subject: unknown) => Awaitable<Refused | undefined> {
  const guard = compileGuard(args)
  return (request, subject) => {
    const call = callOf(request)
    if (call === undefined) {
      refuseOtherCopy(request)
      throw new Error('requireWorkload() found no verifier: put workloadAuth() before it')
    }
    const answer = (refusal: Refusal | undefined): Refused | undefined =>
      refusal === undefined ? undefined : refused('requireWorkload', refusal, call.config)
    const outcome = guard(call, subject)
    if (outcome === undefined) return undefined
    return isPromise(outcome) ? outcome.then(answer) : answer(outcome)
  }
}
