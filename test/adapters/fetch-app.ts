/** The conformance app as a function from `Request` to `Response`, for every runtime. */

import type { FetchGuard } from '@jobpass/core'
import type { ConformanceApp } from '@jobpass/testing/conformance'
import { fetchGuardsOf, responseTo } from './fetch-guards.ts'

type Handler = (request: Request) => Promise<Response>

export const fetchApp = (app: ConformanceApp): Handler => {
  const { always, routes } = fetchGuardsOf(app)
  const pass = async (guards: readonly FetchGuard<unknown>[], request: Request): Promise<unknown> => {
    let workload: unknown = null
    for (const guard of guards) {
      const auth = await guard(request)
      if (!('workload' in auth)) return auth
      workload = auth.workload ?? null
    }
    return { workload }
  }
  return async (request) => {
    try {
      const admitted = await pass(always, request)
      if (admitted instanceof Response) return admitted
      const { pathname } = new URL(request.url)
      const route = routes.find(({ method, path }) => method === request.method && path === pathname)
      if (route === undefined) return new Response('Not Found', { status: 404 })
      const outcome = route.guards.length === 0 ? admitted : await pass(route.guards, request)
      if (outcome instanceof Response) return outcome
      app.handled()
      return Response.json(outcome)
    } catch (error) {
      return responseTo(error)
    }
  }
}
