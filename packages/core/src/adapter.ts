/**
 * What all adapters share, so that an adapter contains only code for its framework. For authors of
 * adapters; applications use what an adapter exports.
 *
 * @module
 */

import { providerForm } from './provider/make-provider.ts'
import type { ProviderLike } from './provider/parse-rule.ts'
import type { WorkloadFrom } from './provider/provider.ts'
import type { WorkloadIdentity } from './providers/workloads.ts'
import { callOf } from './request/middleware.ts'
import { compiledRule } from './rule/make-rule.ts'
import type { RouteRule, TrustRule } from './rule/rule.ts'
import { RuleList } from './rule/rule-list.ts'
import { evaluate } from './rule/verdict.ts'
import type { Awaitable } from './util/awaitable.ts'
import { notMadeHere, refuseOtherCopy } from './util/copies.ts'
import { formatValue } from './util/format.ts'
import type { AnyWorkload } from './model/workload.ts'
import type { VerifiedToken } from './workload/verified-token.ts'

export { fetchEndpointRequest, isRequestFault, joinEndpoints, nodeEndpointRequest } from './http/endpoint-request.ts'
export type { BodyCache, NodeStream } from './http/endpoint-request.ts'
export type { Seen, Trusted } from './config/options.ts'
export {
  authenticatorOf,
  challengeOf,
  createAuthenticator,
  createGuard,
  showWorkload,
  withAuthenticator,
  workloadGetter,
  workloadOf,
} from './request/middleware.ts'
export type { Authenticator, FrameworkBinding } from './request/middleware.ts'
export { responseOf } from './request/refused.ts'
export type { Refused } from './request/refused.ts'
export { isPromise } from './util/awaitable.ts'
export type { Awaitable } from './util/awaitable.ts'
export { refuseOtherCopy } from './util/copies.ts'
export { fetchHeaderValues, fetchRequestHead, nodeRequestHead } from './http/request-head.ts'
export type { NodeHead, RequestHead } from './http/request-head.ts'
export { nodeHeaderValues } from './http/node-headers.ts'
export { offerChallenge, offerInCallback, offerInResponse } from './http/offer-challenge.ts'
export type { NodeResponse } from './http/offer-challenge.ts'
export type { NodeMessage } from './http/node-headers.ts'

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
 * What `getWorkload` takes after the request: rules and providers.
 *
 * @inline
 */
type Wanted = readonly (TrustRule | ProviderLike)[]

/** The type of the identity that `getWorkload` returns. */
type Expected<R, A extends Wanted> = A extends readonly [] ? StateWorkload<R> : WorkloadFrom<A[number]>

// Koa's default state types every name as `any`; `workload` must keep its type.
type StateWorkload<R> = R extends { readonly state: { readonly workload: infer W } }
  ? unknown extends W
    ? WorkloadIdentity
    : NonNullable<W>
  : WorkloadIdentity

/**
 * Returns the verified caller of a request; with rules or providers, checked against them and
 * narrowed to their types. The request is Express's `req`, Koa's `ctx` or Hono's `c`.
 *
 * @throws {Error} for a request without such a caller, which is a mistake in the program.
 * @throws {TypeError} for a value that is neither a rule nor a provider.
 * @example
 * ```ts
 * const { repository, commit, actor } = getWorkload(req, githubActions)
 * ```
 */
export function getWorkload<R extends object, const A extends Wanted>(request: R, ...wanted: A): Expected<R, A> {
  const token = callOf(request)?.token
  if (token === undefined) {
    refuseOtherCopy(request)
    throw new Error(
      'getWorkload() found no caller: put workloadAuth() before it, and requireWorkload() where calling is optional',
    )
  }
  if (wanted.length > 0 && !wanted.some((one) => isOf(token, one))) {
    throw new Error(
      'getWorkload() was asked for a workload that the caller is not; put requireWorkload() with the same rule before it',
    )
  }
  return token.identity as unknown as Expected<R, A>
}

function isOf(token: VerifiedToken, wanted: unknown): boolean {
  const form = providerForm(wanted)
  if (form !== undefined)
    return form.table === token.issuer.table && (form.boundTo ?? token.claims.iss) === token.claims.iss
  const rule = compiledRule(wanted)
  if (rule === undefined)
    throw notMadeHere(wanted, `getWorkload() takes rules and providers, not ${formatValue(wanted)}`)
  return evaluate(new RuleList([rule]), token).allowed
}
