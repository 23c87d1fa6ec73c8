/** One request on its way through the verifier and the guards of its route. */

import type { AnyWorkload } from '../model/workload.ts'
import type { Policy } from '../config/trusted-issuers.ts'
import type { SeenSnapshots } from '../rule/rule-set.ts'
import type { ProofRequest } from '../http/endpoint.ts'

/** The request of a call, whatever the framework: proofs of possession and events need it. */
export interface CallRequest {
  /** The framework's own: `req` in Express, `ctx` in Koa, `c` in Hono. */
  readonly raw: unknown
  /** What every framework knows of a request. Reads it when called. */
  facts(): ProofRequest
}

/** A call that is being verified. */
export interface Call {
  readonly policy: Policy
  /** `undefined` where only the text of a token was given. */
  readonly request?: CallRequest | undefined
}

/** A call that was verified, on its way through the guards. */
export interface VerifiedCall extends Call {
  /** `undefined` where calling is optional and nobody was verified. */
  readonly workload: AnyWorkload | undefined
  /** The versions of named sets that guards of this request asked: later guards ask the same versions. */
  snapshots?: SeenSnapshots
  /** One-time uses that they claimed. */
  claimed?: Set<string>
}
