import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { WorkloadAuthError } from '@jobpass/core'
import { workloadOf } from '@jobpass/core/adapter'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { Elysia } from 'elysia'
import { guardHook } from '../../examples/elysia-deploy-api/src/guard-hook.ts'
import { fetchGuardsOf, responseTo } from './fetch-guards.ts'

const elysiaApp = (app: ConformanceApp, aot: boolean): RequestListener => {
  const { always, routes } = fetchGuardsOf(app)
  const elysia = new Elysia({ aot }).onError(({ error }) =>
    error instanceof WorkloadAuthError ? responseTo(error) : undefined,
  )
  for (const guard of always) elysia.onRequest(guardHook(guard))
  for (const { method, path, guards } of routes)
    elysia.route(
      method,
      path,
      ({ request }) => {
        app.handled()
        return { workload: workloadOf(request) ?? null }
      },
      { beforeHandle: guards.map(guardHook) },
    )
  return getRequestListener((request) => elysia.handle(request), { overrideGlobalObjects: false })
}

export const elysiaMounts: Readonly<Record<string, Mount>> = {
  'Elysia 1.4': async (app) => overHttp(elysiaApp(app, true)),
  'Elysia 1.4 with aot: false': async (app) => overHttp(elysiaApp(app, false)),
}
