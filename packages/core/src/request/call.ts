/** One request on its way through the verifier and the guards of its route. */

import { ReturnsArgument } from '../util/returns-argument.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import type { ProofRequest } from '../http/endpoint.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { SeenSnapshots } from '../rule/rule-set.ts'
import { recognize } from '../util/copies.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'

/** The request of a call, whatever the framework: proofs of possession and events need it. */
export interface CallRequest {
  /** The framework's own: `req` in Express, `ctx` in Koa, `c` in Hono. */
  readonly raw: unknown
  /** What every framework knows of a request. Reads it when called. */
  facts(): ProofRequest
}

/** One call of one verifier. */
export interface Call {
  readonly config: VerifierConfig
  /** `undefined` where only the text of a token was given. */
  readonly request: CallRequest | undefined
  /** The caller's token once it is verified; `undefined` also where calling is optional and there is none. */
  readonly token: VerifiedToken | undefined
  /** The versions of named rule sets that guards of this request use: later guards use the same. */
  snapshots?: SeenSnapshots
  /** The one-time uses that the guards of this request claimed. */
  claimed?: Set<string>
}

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

/** The calls of requests that each have a hidden class of their own, such as Express's: a private field would be slower. */
const calls = new WeakMap<object, Call>()

/** The verified call of a request. */
export function callOf(request: object): Call | undefined {
  return RequestWithCall.get(request) ?? calls.get(request)
}

/** The workload of a request. */
export function workloadOf(request: object): AnyWorkload | undefined {
  return callOf(request)?.token?.identity
}

/** Keeps the call of a request, or forgets it. `ownHiddenClass` says that each request has a hidden class of its own. */
export function keepCall(request: object, call: Call | undefined, ownHiddenClass: boolean): void {
  if (!ownHiddenClass) RequestWithCall.set(request, call)
  else if (call === undefined) calls.delete(request)
  else calls.set(request, call)
}

recognize((value) => typeof value === 'object' && value !== null && callOf(value) !== undefined)
