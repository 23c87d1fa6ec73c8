/** The call: one request on its way through a verifier and the guards of its route. */

import type { VerifierConfig } from '../config/verifier-config.ts'
import type { RequestHead } from '../http/request-head.ts'
import type { CompiledRule } from '../rule/rule.ts'
import type { SeenSnapshots } from '../rule/rule-set.ts'
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
  /**
   * The request, until the verifier has admitted the call; `undefined` where only the text of a
   * token was given.
   */
  request: CallRequest | undefined
  /**
   * Makes `request` again for a guard. What a WeakMap keeps for a request must not reach it: the
   * garbage collector would keep both until it next visits the whole heap.
   */
  readonly about?: ((request: object) => CallRequest) | undefined
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
