/** An app that conformance cases call: verifier options and routes, which each adapter mounts. */

import type { AnyWorkload, RouteRule, VerifierOptions } from '@jobpass/core'

/** Arguments of `requireWorkload`. */
export type GuardArguments = readonly [RouteRule, ...RouteRule[]] | readonly [(workload: AnyWorkload) => unknown]

/** What an app verifies and guards. */
export interface ConformanceSetup {
  /** One `workloadAuth` per item, in this order. */
  readonly auth: readonly VerifierOptions[]
  /**
   * Whether the app catches what `workloadAuth` throws (`errors: 'throw'`), as is usual in its
   * framework, and continues with the request. Default `false`.
   */
  readonly recovers?: true
  /**
   * `METHOD /path` to the arguments of each `requireWorkload` of the route (none, one or several).
   * The handler answers 200 with `{ "workload": … }`, `null` for no caller.
   */
  readonly routes: Readonly<Record<string, readonly GuardArguments[]>>
}

/** An app to mount. */
export interface ConformanceApp extends ConformanceSetup {
  /** Each handler calls this once: the suite checks that no handler runs for a refused call. */
  readonly handled: () => void
}
