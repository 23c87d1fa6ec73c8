/** The call: one request on its way through a verifier and the guards of its route. */

import type { VerifierConfig } from '../config/verifier-config.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { CompiledRule } from '../rule/rule.ts'
import type { SeenSnapshots } from '../rule/rule-set.ts'
import { recognize } from '../util/copies.ts'
import type { VerifiedToken } from '../workload/verified-token.ts'

/** The request of a call, for any framework. Proofs of possession and events need it. */
export interface CallRequest {
  /** The framework's object: `req` in Express, `ctx` in Koa, `c` in Hono. */
  readonly raw: unknown
  /** Reads the parts of the request that every framework has. */
  facts(): RequestHead
}

/** One call of one verifier. */
export interface Call {
  /** The compiled options of the verifier. */
  readonly config: VerifierConfig
  /** The request; `undefined` where only the text of a token was given. */
  readonly request: CallRequest | undefined
  /** The verified token; `undefined` before verification, and for a call without one. */
  token: VerifiedToken | undefined
  /**
   * The versions of named rule sets that guards of this request used, so that later guards use the
   * same.
   */
  snapshots?: SeenSnapshots
  /** The rules that admitted the call: of `trust`, then of each guard. */
  matched?: CompiledRule[]
  /** The keys of the one-time uses that this call claimed. */
  claimed?: Set<string>
}

/**
 * A request with its call in a private field, which no other code can read, copy or forge, and
 * which a proxy lacks. The field is added to the object that the base class returns, its argument
 * (ECMA-262 §7.3.27). Measured against a WeakMap: half the time for a request.
 */
class RequestWithCall extends (function (request: object) {
  return request
} as never as new (request: object) => object) {
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
