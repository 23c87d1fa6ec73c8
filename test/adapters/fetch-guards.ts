/** What the doors that stand on the fetch guard share: the guards of a conformance app. */

import type { FetchGuard } from '@jobpass/core'
import { createVerifier, fetchGuard, WorkloadAuthError } from '@jobpass/core'
import type { ConformanceApp } from '@jobpass/testing/conformance'
import { routesOf } from './routes.ts'

interface Guards {
  /** The guards of every request. */
  readonly always: readonly FetchGuard<unknown>[]
  readonly routes: readonly {
    /** In upper case. */
    readonly method: string
    readonly path: string
    readonly guards: readonly FetchGuard<unknown>[]
  }[]
}

export function fetchGuardsOf({ auth, recovers, routes }: ConformanceApp): Guards {
  const verifiers = auth.map((options) => createVerifier(options))
  const always = verifiers.map((verifier) => fetchGuard(verifier))
  return {
    always: recovers ? always.map(recovering) : always,
    routes: routesOf(routes).map(([method, path, guards]) => ({
      method: method.toUpperCase(),
      path,
      guards: guards.map((rules) => fetchGuard(verifiers.at(-1) as never, ...(rules as unknown as [never]))),
    })),
  }
}

/** Admits a caller for whom the guard throws its refusal, as nobody. */
const recovering =
  (guard: FetchGuard<unknown>): FetchGuard<unknown> =>
  (request) =>
    guard(request).catch((error: unknown) => {
      if (error instanceof WorkloadAuthError) return { workload: undefined }
      throw error
    })

/** The response of an app to what its handlers throw. */
export const responseTo = (error: unknown): Response =>
  error instanceof WorkloadAuthError
    ? Response.json(error.problem, { status: error.status, headers: error.headers })
    : new Response('Internal Server Error', { status: 500 })
