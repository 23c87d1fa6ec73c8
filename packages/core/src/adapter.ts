/**
 * What an adapter needs beside the public API, so that adapters hold nothing but their framework's idiom. For authors of adapters; applications use an
 * adapter's `workloadAuth`, `requireWorkload` and `getWorkload`.
 */

import { challengeHeaders } from './response/www-authenticate.ts'
import { WorkloadAuthError } from './response/error.ts'
import type { CallRequest } from './request/call.ts'
import { compileGuard } from './request/guard.ts'
import { providerForm } from './provider/make-provider.ts'
import { provenanceOf } from './workload/build-identity.ts'
import type { Provenance } from './workload/build-identity.ts'
import type { Trusted, VerifierOptions } from './config/options.ts'
import type { ProviderLike } from './provider/parse-rule.ts'
import type { Policy } from './config/trusted-issuers.ts'
import { problemOf } from './response/problem.ts'
import { Refusal } from './model/refusal.ts'
import type { WorkloadFrom } from './provider/provider.ts'
import type { TrustRule } from './rule/rule.ts'
import { compiledRule } from './rule/make-rule.ts'
import { formatValue } from './util/format.ts'
import { RuleList } from './rule/rule-list.ts'
import { decideList } from './rule/verdict.ts'
import type { Verifier } from './request/verifier.ts'
import { createVerifier, pipelineOf } from './request/verifier.ts'
import type { ProofRequest } from './http/endpoint.ts'
import type { Outcome } from './request/authorize.ts'
import type { Pipeline } from './request/authenticate.ts'
import type { Awaitable } from './util/awaitable.ts'
import { isPromise } from './util/awaitable.ts'
import { Given } from './util/registry.ts'
import type { AnyWorkload } from './model/workload.ts'
import type { WorkloadIdentity } from './providers/workloads.ts'
import { callerOf, keepCaller } from './request/caller.ts'
import type { Caller } from './request/caller.ts'
import { refuseOtherCopy, notMadeHere } from './util/copies.ts'

export { fetchEndpointRequest, isRequestFault, joinEndpoints, nodeEndpointRequest } from './http/endpoint-request.ts'
export type { BodyCache, NodeStream } from './http/endpoint-request.ts'
export { isPromise } from './util/awaitable.ts'
export type { Awaitable } from './util/awaitable.ts'
export { nodeHeaderValues } from './http/node-headers.ts'
export type { NodeMessage } from './http/node-headers.ts'

/** A refusal ready for the wire, and as the error for the framework's own path. */
export interface Refused {
  /** Whether `errors: 'throw'` was asked for. */
  readonly throws: boolean
  readonly status: 400 | 401 | 403 | 503
  /** The challenge, to be added to `WWW-Authenticate` beside those of other schemes; `undefined` where none belongs. */
  readonly challenge: string | undefined
  /** All other headers. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  error(): WorkloadAuthError
}

/** The verifier step of a middleware. */
export interface Authenticator<R extends object> {
  /** Lower-case name of the header that holds the credential. */
  readonly header: string
  /** Verifies the caller of a request; `undefined` lets it pass. A request that this verifier has seen passes as before. */
  readonly enter: (request: R, values: readonly string[]) => Awaitable<Refused | undefined>
}

/** How a framework's requests are read, and where they show the caller. */
export interface FrameworkBinding<R extends object> {
  /** How users write the place of the caller. */
  readonly place: string
  readonly read: (request: R) => unknown
  readonly show: (request: R, workload: WorkloadIdentity | undefined) => void
  /** What events and proofs of possession are about. */
  readonly request: (request: R) => ProofRequest
  /** Whether each request has a form of its own: what is kept of it is then kept beside it. */
  readonly unalike?: true
}

/** Which request a holder shows the caller of, where it is not the request itself. */
class Shown extends Given {
  readonly #request: object

  constructor(holder: object, request: object) {
    super(holder)
    this.#request = request
  }

  static requestOf(holder: object): object | undefined {
    return #request in holder ? holder.#request : undefined
  }
}

/** One getter for all of them: with one each, every request would be of a form of its own. */
const property: PropertyDescriptor & ThisType<object> = {
  get() {
    return callerOf(Shown.requestOf(this) ?? this)?.workload
  },
  enumerable: true,
}

/** Shows the caller of a request as `workload` of the request, or of a holder that it has; nobody can write there. */
export function showWorkload(request: object, holder: object = request): void {
  if (Shown.requestOf(holder) === request) return
  Object.defineProperty(holder === request ? holder : new Shown(holder, request), 'workload', property)
}

/**
 * Takes a verifier or the options of one. Without an idiom callers are shown nowhere, and tokens that are bound to a key are not taken. Throws a `TypeError` for bad
 * options.
 */
export function createAuthenticator<R extends object>(
  verifierOrOptions: Verifier | VerifierOptions<Trusted, boolean>,
  idiom?: FrameworkBinding<R>,
): Authenticator<R> {
  const verifier: object = pipelineOf(verifierOrOptions)
    ? verifierOrOptions
    : createVerifier(verifierOrOptions as VerifierOptions<Trusted, boolean>)
  const pipeline = pipelineOf(verifier) as Pipeline
  const { policy } = pipeline
  const keep = (request: R, caller: Caller | undefined): void => keepCaller(request, caller, idiom?.unalike === true)
  const requestOf = (request: R): CallRequest | undefined =>
    idiom === undefined ? undefined : { raw: request, facts: () => idiom.request(request) }
  // Nothing is made of a request that neither a hook nor a proof asks about.
  const reads = policy.observed || policy.proofAlgorithms !== undefined
  const admit = (request: R, about: CallRequest | undefined, outcome: Outcome): Refused | undefined => {
    if (outcome instanceof Refusal) return refused(outcome, policy)
    if (!isAdmitted(outcome))
      throw new Error('workloadAuth() got neither a caller nor a refusal: nothing is let through')
    keep(request, { verifier, policy, request: about, workload: outcome })
    idiom?.show(request, outcome as WorkloadIdentity | undefined)
    return undefined
  }
  // Only what was proven passes: an identity that this very verifier made, or no caller where calling is optional.
  const isAdmitted = (outcome: unknown): boolean =>
    outcome === undefined ? policy.optional : provenanceOf(outcome)?.maker === verifier
  return {
    header: policy.header,
    enter: (request, values) => {
      const before = callerOf(request)
      if (before?.verifier === verifier) return undefined
      if (before !== undefined) {
        // Whoever passed an earlier verifier must pass this one too, and is nobody until then.
        keep(request, undefined)
        idiom?.show(request, undefined)
      } else if (idiom !== undefined && idiom.read(request) !== undefined) {
        refuseOtherCopy(idiom.read(request))
        throw new Error(`${idiom.place} is taken by another middleware`)
      }
      const about = reads ? requestOf(request) : undefined
      const call = about && { policy, request: about }
      const outcome = pipeline.authenticate(values, policy.optional, call)
      return isPromise(outcome)
        ? outcome.then((settled) => admit(request, about, settled))
        : admit(request, about, outcome)
    },
  }
}

/** A route's rules, or one resolver of them, as a step; `subject` is what the resolver gets as its request. Throws a `TypeError` for bad rules. */
export function createGuard(
  args: readonly unknown[],
): (request: object, subject: unknown) => Awaitable<Refused | undefined> {
  const guard = compileGuard(args)
  return (request, subject) => {
    const caller = callerOf(request)
    if (caller === undefined) {
      refuseOtherCopy(request)
      throw new Error('requireWorkload() found no verifier: put workloadAuth() before it')
    }
    const answer = (refusal: Refusal | undefined): Refused | undefined =>
      refusal === undefined ? undefined : refused(refusal, caller.policy)
    const outcome = guard(caller, subject)
    return isPromise(outcome) ? outcome.then(answer) : answer(outcome)
  }
}

/** The caller of a request, or `undefined` when there is none. */
export function workloadOf(request: object): WorkloadIdentity | undefined {
  return callerOf(request)?.workload as WorkloadIdentity | undefined
}

/** What `getWorkload` takes beside a request. */
export type Wanted = readonly (TrustRule<AnyWorkload> | ProviderLike)[]

/** The identity that `getWorkload` gives for what is wanted. */
export type Expected<A extends Wanted> = A extends readonly [] ? WorkloadIdentity : WorkloadFrom<A[number]>

/** Finds the rules for one request of a framework: `undefined` denies, throwing or taking 5 s is 503. */
export type RuleResolver<R extends TrustRule<AnyWorkload>, Q> = (
  workload: WorkloadIdentity,
  request: Q,
) => Awaitable<R | readonly R[] | undefined>

/** The caller of a request, checked against rules or providers where any are given. Throws an `Error`, a fault of the program, where there is none. */
export function expectWorkload(request: object, wanted: Wanted): WorkloadIdentity {
  const workload = workloadOf(request)
  if (workload === undefined) {
    refuseOtherCopy(request)
    throw new Error(
      'getWorkload() found no caller: put workloadAuth() before it, and requireWorkload() where calling is optional',
    )
  }
  if (wanted.length > 0 && !wanted.some((one) => isOf(workload, one))) {
    throw new Error(
      'getWorkload() was asked for a workload that the caller is not; put requireWorkload() with the same rule before it',
    )
  }
  return workload
}

function isOf(workload: AnyWorkload, wanted: unknown): boolean {
  const provenance = provenanceOf(workload) as Provenance
  const form = providerForm(wanted)
  if (form !== undefined)
    return form.table === provenance.table && (form.boundTo ?? workload.issuer) === workload.issuer
  const rule = compiledRule(wanted)
  if (rule === undefined)
    throw notMadeHere(wanted, `getWorkload() takes rules and providers, not ${formatValue(wanted)}`)
  return decideList(new RuleList([rule]), workload, provenance).allowed
}

/** A refusal as a response of the Fetch API. */
export function responseOf({ status, headers, challenge, body }: Refused): Response {
  return new Response(body, {
    status,
    headers: { ...headers, ...(challenge !== undefined && { 'WWW-Authenticate': challenge }) },
  })
}

function refused(refusal: Refusal, policy: Policy): Refused {
  const problem = problemOf(refusal, policy.explain)
  const { 'WWW-Authenticate': challenge, ...headers } = challengeHeaders(refusal, policy)
  return {
    throws: policy.errors === 'throw',
    status: problem.status as Refused['status'],
    challenge,
    headers,
    body: JSON.stringify(problem),
    error: () => new WorkloadAuthError(refusal, policy),
  }
}
