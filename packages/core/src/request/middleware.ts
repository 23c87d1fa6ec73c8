/** The steps of a middleware, for any framework: the verifier, and the guard of a route. */

import { challengeHeaders } from '../response/www-authenticate.ts'
import type { Trusted, VerifierOptions } from '../config/options.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import type { RequestHead } from '../http/request-head.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Awaitable } from '../util/awaitable.ts'
import { isPromise } from '../util/awaitable.ts'
import { notMadeHere, recognize, refuseOtherCopy } from '../util/copies.ts'
import { formatType } from '../util/format.ts'
import { ReturnsArgument, VerifiedToken } from '../workload/verified-token.ts'
import type { Outcome } from './authorize.ts'
import type { Call, CallRequest } from './call.ts'
import { compileGuard } from './guard.ts'
import type { Refused } from './refused.ts'
import { refused } from './refused.ts'
import type { Verifier } from './verifier.ts'
import { newPipeline, pipelineOf } from './pipelines.ts'

/** A request with its call in a private field. */
class RequestWithCall extends ReturnsArgument {
  #call: Call | undefined

  static get(request: object): Call | undefined {
    return #call in request ? request.#call : undefined
  }

  static set(request: object, call: Call | undefined): void {
    const marked = #call in request ? request : new RequestWithCall(request)
    marked.#call = call
  }
}

/**
 * The calls of requests that each have their own hidden class, such as Express's: there, a private
 * field would be slower.
 */
const calls = new WeakMap<object, Call>()

/** The verified call of a request. */
export function callOf(request: object): Call | undefined {
  return RequestWithCall.get(request) ?? calls.get(request)
}

/** The workload of a request. */
export function workloadOf(request: object): AnyWorkload | undefined {
  return callOf(request)?.token?.identity
}

/**
 * Keeps the call of a request, or forgets it. A plain property could be set by other code, and is
 * never trusted. `ownHiddenClass`: each request has its own hidden class.
 */
export function keepCall(request: object, call: Call | undefined, ownHiddenClass: boolean): void {
  if (!ownHiddenClass) RequestWithCall.set(request, call)
  else if (call === undefined) calls.delete(request)
  else calls.set(request, call)
}

recognize((value) => typeof value === 'object' && value !== null && callOf(value) !== undefined)

/** The verifier step of a middleware. */
export interface Authenticator<R extends object> {
  /** The name of the header with the credential, in lower case. */
  readonly header: string
  /**
   * Verifies the caller of a request, once; `undefined` admits the request. `optional` admits one
   * without a token of a trusted issuer, and defaults to the option of the verifier.
   */
  readonly authenticate: (request: R, values: readonly string[], optional?: boolean) => Awaitable<Refused | undefined>
  /** The compiled options of its verifier, for `challengeOf()`. */
  readonly config: object
}

/** How the requests of a framework are read, and where they show the workload. */
export interface FrameworkBinding<R extends object> {
  /** The place of the workload as users write it, such as `req.workload`, for messages. */
  readonly place: string
  /** Reads that place. */
  readonly read: (request: R) => unknown
  /** Shows the workload there. It is made when `workload` is called. */
  readonly show: (request: R, workload: () => AnyWorkload | undefined) => void
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
const property: PropertyDescriptor = { get: workloadGetter, enumerable: true }

/** The getter of `workload`: of a request, or of an object that shows one. */
export function workloadGetter(this: object): AnyWorkload | undefined {
  return workloadOf(WorkloadHolder.requestOf(this) ?? this)
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
  if (owner !== undefined) throw new Error('Each request needs its own state')
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
  const pipeline = pipelineOf(verifierOrOptions) ?? newPipeline(verifierOrOptions as VerifierOptions<Trusted, boolean>)
  const { config } = pipeline
  const ownHiddenClass = binding?.ownHiddenClass === true
  const about =
    binding !== undefined && config.readsRequest
      ? (raw: object): CallRequest => ({ raw, facts: () => binding.request(raw as R) })
      : undefined
  const admit = (request: R, call: Call, token: VerifiedToken | undefined): undefined => {
    call.token = token
    call.request = undefined
    keepCall(request, call, ownHiddenClass)
    binding?.show(request, () => token?.identity)
  }
  /**
   * Admits only a token that this verifier verified, or no token where `optional` is set: a defence
   * against faults in the pipeline.
   */
  const settle = (
    request: R,
    call: Call,
    outcome: Awaitable<Outcome>,
    optional: boolean,
  ): Awaitable<Refused | undefined> => {
    if (outcome instanceof VerifiedToken && outcome.issuer.verifier === config.verifier)
      return admit(request, call, outcome)
    if (outcome === undefined && optional) return admit(request, call, undefined)
    if (outcome instanceof Refusal) return refused('workloadAuth', outcome, config)
    if (isPromise(outcome)) return outcome.then((resolved) => settle(request, call, resolved, optional))
    throw new Error('workloadAuth() got no outcome')
  }
  return {
    header: config.header,
    config,
    authenticate: (request, values, optional = config.optional) => {
      const before = callOf(request)
      if (before?.config === config) return undefined
      if (before !== undefined) {
        // A caller that passed an earlier verifier must pass this one too. Until then, it has no
        // workload.
        keepCall(request, undefined, ownHiddenClass)
        binding?.show(request, () => undefined)
      } else if (binding !== undefined && binding.read(request) !== undefined) {
        refuseOtherCopy(binding.read(request))
        throw new Error(`${binding.place} is taken by another middleware`)
      }
      const call: Call = { config, about, request: about?.(request), token: undefined }
      return settle(request, call, pipeline.authenticate(values, call, optional), optional)
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
    const outcome = guard(call, subject, call.about?.(request))
    if (outcome === undefined) return undefined
    return isPromise(outcome) ? outcome.then(answer) : answer(outcome)
  }
}

const authenticators = new WeakMap<object, Authenticator<never>>()

/** Keeps the verifier step of a middleware, for `either()`; returns the middleware. */
export function withAuthenticator<M extends object>(middleware: M, authenticator: Authenticator<never>): M {
  authenticators.set(middleware, authenticator)
  return middleware
}

/**
 * The verifier step of a middleware that `workloadAuth` made.
 *
 * @throws {TypeError} for anything else.
 */
export function authenticatorOf<R extends object>(middleware: object): Authenticator<R> {
  const found = authenticators.get(middleware)
  if (found === undefined)
    throw notMadeHere(middleware, `either() takes workloadAuth(…) first, not ${formatType(middleware)}`)
  return found as unknown as Authenticator<R>
}

/** The challenge of a 401 for a request without a token. */
export function challengeOf({ config }: Authenticator<never>): string {
  return challengeHeaders(refuse('token_missing'), config as VerifierConfig)['WWW-Authenticate'] as string
}
