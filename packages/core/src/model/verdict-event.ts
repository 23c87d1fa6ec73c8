/** The events of `onVerdict`. Types only. */

import type { AnyWorkload } from './workload.ts'
import type { Verdict } from './verdict.ts'
import type { RefusalCode } from './refusal.ts'

/** The request of an event. */
export interface EventRequest {
  /** The method, as sent. */
  readonly method: string
  /** The path of the request's target, without the query: escaped, at most 200 characters. */
  readonly path: string
  /** The framework's own request: `req` in Express, `ctx` in Koa, `c` in Hono. */
  readonly raw: unknown
}

/**
 * What an unverified token claims, where it was refused before its claims were accepted. Anyone can
 * write such a token: values are escaped, at most 200 characters each, for logs only.
 */
export interface UnverifiedToken {
  /** `iss`. */
  readonly issuer: string
  /** `sub`. */
  readonly subject?: string
  /** `aud` as a list of at most four. */
  readonly audience: readonly string[]
  /** `kid`. */
  readonly keyId?: string
  /** `alg`. */
  readonly algorithm: string
}

/** One decision. */
export interface VerdictEvent {
  /**
   * The layer that decided: the checks of the token, the verifier's `deny` and `trust`, or the
   * rules of a route.
   */
  readonly layer: 'token' | 'trust' | 'route'
  /** Whether the call was allowed. */
  readonly allowed: boolean
  /** The code of the refusal; absent where the call was allowed. */
  readonly code?: RefusalCode
  /** The request; absent where only the text of a token was given. */
  readonly request?: EventRequest
  /** The rules of the guard that decided, at most 200 characters; on the layer `route` only. */
  readonly guard?: string
  /** The verified caller, where there is one. */
  readonly workload?: AnyWorkload
  /**
   * What the token claims, where it could be decoded, and was refused before there was a caller.
   */
  readonly unverified?: UnverifiedToken
  /** Rules and checks with expected values, where rules decided. */
  readonly verdict?: Verdict
  /** What the report-only rules of the route would have decided. */
  readonly reported?: Verdict
  /** The name of the claim at fault. */
  readonly claim?: string
  /** What may be wrong, where it is a known mistake. */
  readonly hint?: string
  /**
   * Why something could not be reached: text for an issuer's keys, else the error of a look-up or
   * store.
   */
  readonly cause?: unknown
}
