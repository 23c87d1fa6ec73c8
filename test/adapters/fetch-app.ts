/** The conformance app as a function from `Request` to `Response`, for every runtime. */

import type { FetchGuard } from '@jobpass/core'
import { createVerifier, fetchGuard, WorkloadAuthError } from '@jobpass/core'
import type { ConformanceApp } from '@jobpass/testing/conformance'
import { routesOf } from './routes.ts'

type Handler = (request: Request) => Promise<Response>

export const fetchApp = (app: ConformanceApp): Handler => {
  const verifiers = app.auth.map((options) => createVerifier(options))
  const always = verifiers.map((verifier) => fetchGuard(verifier))
  const routes = new Map(
    routesOf(app.routes).map(([method, path, guards]) => [
      `${method.toUpperCase()} ${path}`,
      guards.map((rules) => fetchGuard(verifiers.at(-1) as never, ...(rules as unknown as [never]))),
    ]),
  )
  const pass = async (guards: readonly FetchGuard<unknown>[], request: Request): Promise<unknown> => {
    let workload: unknown = null
    for (const guard of guards) {
      const auth = await guard(request)
      if (auth instanceof Response) return auth
      workload = auth.workload ?? null
    }
    return { workload }
  }
  return async (request) => {
    try {
      const admitted = await pass(always, request).catch((error: unknown) => {
        if (app.recovers === true && error instanceof WorkloadAuthError) return { workload: null }
        throw error
      })
      if (admitted instanceof Response) return admitted
      const guards = routes.get(`${request.method} ${new URL(request.url).pathname}`)
      if (guards === undefined) return new Response('Not Found', { status: 404 })
      const outcome = guards.length === 0 ? admitted : await pass(guards, request)
      if (outcome instanceof Response) return outcome
      app.handled()
      return Response.json(outcome)
    } catch (error) {
      if (!(error instanceof WorkloadAuthError)) return new Response('Internal Server Error', { status: 500 })
      return Response.json(error.problem, { status: error.status, headers: error.headers })
    }
  }
}
