/** Decisions as the operator's hook gets them. Types only. */

import type { AnyWorkload } from './workload.ts'
import type { Verdict } from './verdict.ts'
import type { RefusalCode } from './refusal.ts'

/** The request that an event is about. */
export interface EventRequest {
  /** In upper case, as sent. */
  readonly method: string
  /** The path of the request's target, without the query: escaped, at most 200 characters. */
  readonly path: string
  /** The framework's own request: `req` in Express, `ctx` in Koa, `c` in Hono. */
  readonly raw: unknown
}

/**
 * What a token says that was refused before its claims were accepted. Anybody can write such a token: values are escaped, at
 * most 200 characters each, for logs only.
 */
export interface UnverifiedToken {
  /** `iss`. */
  readonly issuer: string
  /** `sub`. */
  readonly subject?: string
  /** `aud` as a list, of which at most four. */
  readonly audience: readonly string[]
  /** `kid`. */
  readonly keyId?: string
  /** `alg`. */
  readonly algorithm: string
}

/** One decision, as `onVerdict` gets it. */
export interface VerdictEvent {
  /** Which layer decided: the token's own checks, the verifier's `deny` and `trust`, or a route's rules. */
  readonly layer: 'token' | 'trust' | 'route'
  readonly allowed: boolean
  /** The code of the refusal; absent where the call was allowed. */
  readonly code?: RefusalCode
  /** The request; absent where only the text of a token was given. */
  readonly request?: EventRequest
  /** The guard that decided, by its rules, at most 200 characters: on the layer `route` only. */
  readonly guard?: string
  /** The verified caller, once there is one. */
  readonly workload?: AnyWorkload
  /** What the token says, where it was refused before there was a caller, and could be decoded. */
  readonly unverified?: UnverifiedToken
  /** Rules and checks, where rules were asked; expected values included. */
  readonly verdict?: Verdict
  /** What the route's report-only rules would have decided. */
  readonly reported?: Verdict
  /** The claim at fault, by name. */
  readonly claim?: string
  /** What may be wrong, where it is a known trap. */
  readonly hint?: string
  /** Why something could not be reached: text for an issuer's keys, else what a look-up or a store threw. */
  readonly cause?: unknown
}
