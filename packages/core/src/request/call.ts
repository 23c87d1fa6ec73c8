/** One request on its way through the verifier and the guards of its route. */

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

const calls = new WeakMap<object, Call>()

/** The verified call of a request, or of the object that shows its workload. */
export function callOf(request: object): Call | undefined {
  return calls.get(request)
}

/** The workload of a request. */
export function workloadOf(request: object): AnyWorkload | undefined {
  return calls.get(request)?.token?.identity
}

/** Keeps the call of a request, outside of the request: nothing found on a request itself is trusted. */
export function keepCall(request: object, call: Call | undefined): void {
  if (call === undefined) calls.delete(request)
  else calls.set(request, call)
}

recognize((value) => typeof value === 'object' && value !== null && calls.has(value))
