/**
 * What all adapters share, so that an adapter contains only code for its framework. For authors of
 * adapters; applications use the `workloadAuth`, `requireWorkload` and `getWorkload` of an adapter.
 */

import { challengeHeaders } from './response/www-authenticate.ts'
import { WorkloadAuthError } from './response/error.ts'
import { compileGuard } from './request/guard.ts'
import type { SeenRefusal } from './request/watch-refusals.ts'
import { reportRefusal } from './request/watch-refusals.ts'
import { providerForm } from './provider/make-provider.ts'
import type { Trusted, VerifierOptions } from './config/options.ts'
import type { ProviderLike } from './provider/parse-rule.ts'
import type { VerifierConfig } from './config/verifier-config.ts'
import { problemOf } from './response/problem.ts'
import { Refusal } from './model/refusal.ts'
import type { WorkloadFrom } from './provider/provider.ts'
import type { RouteRule, TrustRule } from './rule/rule.ts'
import { compiledRule } from './rule/make-rule.ts'
import { formatValue } from './util/format.ts'
import { RuleList } from './rule/rule-list.ts'
import type { Verifier } from './request/verifier.ts'
import { createVerifier, pipelineOf } from './request/verifier.ts'
import type { RequestHead } from './http/request-head.ts'
import type { Outcome } from './request/authorize.ts'
import type { Pipeline } from './request/authenticate.ts'
import type { Awaitable } from './util/awaitable.ts'
import { isPromise } from './util/awaitable.ts'
import { ReturnsArgument } from './util/returns-argument.ts'
import type { AnyWorkload } from './model/workload.ts'
import type { WorkloadIdentity } from './providers/workloads.ts'
import { refuseOtherCopy, notMadeHere } from './util/copies.ts'
import { workloadOf, keepCall, callOf } from './request/call.ts'
import type { Call } from './request/call.ts'
import { VerifiedToken } from './workload/verified-token.ts'
import { evaluate } from './rule/verdict.ts'

export { fetchEndpointRequest, isRequestFault, joinEndpoints, nodeEndpointRequest } from './http/endpoint-request.ts'
export type { BodyCache, NodeStream } from './http/endpoint-request.ts'
export type { Seen, Trusted } from './config/options.ts'
export { isPromise } from './util/awaitable.ts'
export type { Awaitable } from './util/awaitable.ts'
export { fetchRequestHead, nodeRequestHead } from './http/request-head.ts'
export { nodeHeaderValues } from './http/node-headers.ts'
export type { NodeMessage } from './http/node-headers.ts'

/** A refusal as a response, and as an error for the framework's error handling. */
export interface Refused {
  /** Whether the verifier has `errors: 'throw'`. */
  readonly throws: boolean
  /** The HTTP status. */
  readonly status: 400 | 401 | 403 | 503
  /**
   * The challenge to append to `WWW-Authenticate`, which may hold those of other schemes;
   * `undefined` where the response has none.
   */
  readonly challenge: string | undefined
  /** All other headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The problem document (RFC 9457), as JSON. */
  readonly body: string
  /** Makes the error to throw. */
  error(): WorkloadAuthError
}

/** The verifier step of a middleware. */
export interface Authenticator<R extends object> {
  /** The name of the header with the credential, in lower case. */
  readonly header: string
  /** Verifies the caller of a request, once; `undefined` admits the request. */
  readonly authenticate: (request: R, values: readonly string[]) => Awaitable<Refused | undefined>
}

/** How the requests of a framework are read, and where they show the workload. */
export interface FrameworkBinding<R extends object> {
  /** The place of the workload as users write it, such as `req.workload`, for messages. */
  readonly place: string
  /** Reads that place. */
  readonly read: (request: R) => unknown
  /** Shows the workload there. */
  readonly show: (request: R, workload: WorkloadIdentity | undefined) => void
  /** The parts of a request that events and proofs of possession name. */
  readonly request: (request: R) => RequestHead
  /** Whether each request has a hidden class of its own. Default: they share one. */
  readonly ownHiddenClass?: true
}

/** An object that shows a workload in place of its request, such as `ctx.state`. */
class WorkloadHolder extends ReturnsArgument {
  readonly #request: object

  constructor(holder: object, request: object) {
    super(holder)
    this.#request = request
  }

  static requestOf(holder: object): object | undefined {
    return #request in holder ? holder.#request : undefined
  }
}

/**
 * One getter for all requests: with one getter each, every request would get its own hidden class.
 * https://v8.dev/docs/hidden-classes
 */
const property: PropertyDescriptor & ThisType<object> = {
  get() {
    return workloadOf(WorkloadHolder.requestOf(this) ?? this)
  },
  enumerable: true,
}

/**
 * Shows the workload of a request as the read-only property `workload` of the request, or of
 * another object that belongs to it.
 *
 * @throws {Error} for an object that shows the workload of another request.
 */
export function showWorkload(request: object, holder: object = request): void {
  const owner = WorkloadHolder.requestOf(holder)
  if (owner === request) return
  if (owner !== undefined) throw new Error('Two requests share one state: each needs its own')
  const shown = holder === request ? holder : new WorkloadHolder(holder, request)
  Object.defineProperty(shown, 'workload', property)
}

/**
 * Makes the verifier step from a verifier or its options. Without a binding, requests show no
 * workload, and tokens that are bound to a key are refused.
 *
 * @throws {TypeError} for bad options.
 */
export function createAuthenticator<R extends object>(
  verifierOrOptions: Verifier | VerifierOptions<Trusted, boolean>,
  binding?: FrameworkBinding<R>,
): Authenticator<R> {
  const verifier: object = pipelineOf(verifierOrOptions)
    ? verifierOrOptions
    : createVerifier(verifierOrOptions as VerifierOptions<Trusted, boolean>)
  const pipeline = pipelineOf(verifier) as Pipeline
  const { config } = pipeline
  const ownHiddenClass = binding?.ownHiddenClass === true
  // Only hooks and proofs of possession read the request.
  const readsRequest = binding !== undefined && (config.observed || config.proofAlgorithms !== undefined)
  const admit = (request: R, call: Call, token: VerifiedToken | undefined): undefined => {
    call.token = token
    keepCall(request, call, ownHiddenClass)
    binding?.show(request, token?.identity as WorkloadIdentity | undefined)
  }
  /**
   * Admits only a token that this verifier verified, or no token where `optional` is set: a defence
   * against faults in the pipeline.
   */
  const settle = (request: R, call: Call, outcome: Awaitable<Outcome>): Awaitable<Refused | undefined> => {
    if (outcome instanceof VerifiedToken && outcome.issuer.verifier === config.verifier)
      return admit(request, call, outcome)
    if (outcome === undefined && config.optional) return admit(request, call, undefined)
    if (outcome instanceof Refusal) return refused('workloadAuth', outcome, config)
    if (isPromise(outcome)) return outcome.then((resolved) => settle(request, call, resolved))
    throw new Error('workloadAuth() got neither a workload nor a refusal: nothing is let through')
  }
  return {
    header: config.header,
    authenticate: (request, values) => {
      const before = callOf(request)
      if (before?.config === config) return undefined
      if (before !== undefined) {
        // A caller that passed an earlier verifier must pass this one too. Until then, it has no
        // workload.
        keepCall(request, undefined, ownHiddenClass)
        binding?.show(request, undefined)
      } else if (binding !== undefined && binding.read(request) !== undefined) {
        refuseOtherCopy(binding.read(request))
        throw new Error(`${binding.place} is taken by another middleware`)
      }
      const about = readsRequest ? { raw: request, facts: () => binding.request(request) } : undefined
      const call: Call = { config, request: about, token: undefined }
      return settle(request, call, pipeline.authenticate(values, call))
    },
  }
}

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

/** The rules that `requireWorkload` takes: one or several, of which any may be a list. */
export type GuardRules = readonly [RuleOrList, ...RuleOrList[]]
type RuleOrList = RouteRule | readonly [RouteRule, ...RouteRule[]]

/** The workload type of these rules. */
export type GuardedBy<R extends GuardRules> = WorkloadFrom<Each<R[number]>>
type Each<T> = T extends readonly (infer E)[] ? E : T

/** The rules and providers that `getWorkload` takes after the request. */
export type Wanted = readonly (TrustRule<AnyWorkload> | ProviderLike)[]

/** The type of the identity that `getWorkload` returns for these rules and providers. */
export type Expected<A extends Wanted> = A extends readonly [] ? WorkloadIdentity : WorkloadFrom<A[number]>

/**
 * Finds the rules for one request. `undefined` refuses the call; throwing, or taking longer than
 * 5 s, is answered 503.
 */
export type RuleResolver<R extends TrustRule<AnyWorkload>, Q> = (
  workload: WorkloadIdentity,
  request: Q,
) => Awaitable<R | readonly R[] | undefined>

/**
 * The workload of a request. With rules or providers, it must match one of them.
 *
 * @throws {Error} for a request without such a workload, which is a mistake in the program.
 * @throws {TypeError} for a value that is neither a rule nor a provider.
 */
export function expectWorkload(request: object, wanted: Wanted): WorkloadIdentity {
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
  return token.identity as WorkloadIdentity
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

/** A refusal as a `Response` of the Fetch API. */
export function responseOf({ status, headers, challenge, body }: Refused): Response {
  return new Response(body, {
    status,
    headers: { ...headers, ...(challenge !== undefined && { 'WWW-Authenticate': challenge }) },
  })
}

function refused(by: SeenRefusal['by'], refusal: Refusal, config: VerifierConfig): Refused {
  reportRefusal(by, refusal.code)
  const problem = problemOf(refusal, config.explain)
  const { 'WWW-Authenticate': challenge, ...headers } = challengeHeaders(refusal, config)
  return {
    throws: config.errors === 'throw',
    status: problem.status as Refused['status'],
    challenge,
    headers,
    body: JSON.stringify(problem),
    error: () => new WorkloadAuthError(refusal, config),
  }
}
