import { getRequestListener } from '@hono/node-server'
import type { FetchGuard } from '@jobpass/core'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { fetchGuardsOf, responseTo } from './fetch-guards.ts'

type Handler = (request: Request) => Promise<Response>

const fetchApp = (app: ConformanceApp): Handler => {
  const { always, routes } = fetchGuardsOf(app)
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

export const fetchMounts: Readonly<Record<string, Mount>> = {
  'Fetch API': async (app) => overHttp(getRequestListener(fetchApp(app), { overrideGlobalObjects: false })),
}
