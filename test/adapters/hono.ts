import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import * as forHono from '@jobpass/hono'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { Hono } from 'hono'
import { overHttp2 } from './http2.ts'
import { recovering, routesOf } from './routes.ts'

const honoApp = ({ auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = new Hono()
  for (const options of auth) {
    const step = forHono.workloadAuth(options)
    app.use(recovers ? recovering(step) : step)
  }
  for (const [method, path, guards] of routesOf(routes)) {
    for (const rules of guards)
      app.on(method.toUpperCase(), path, forHono.requireWorkload(...(rules as unknown as [never])))
    app.on(method.toUpperCase(), path, (c) => {
      handled()
      return c.json({ workload: (c.var as { workload?: unknown }).workload ?? null })
    })
  }
  // Hono prints errors that reach its default handler; the response is the same.
  app.onError((error, c) => ('getResponse' in error ? error.getResponse() : c.text('Internal Server Error', 500)))
  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

export const honoMounts: Readonly<Record<string, Mount>> = {
  Hono: (app) => overHttp(honoApp(app)),
  'Hono over HTTP/2': (app) => overHttp2(honoApp(app) as never),
}
