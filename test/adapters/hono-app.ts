/** The conformance app on Hono, for every runtime. */

import * as forHono from '@jobpass/hono'
import type { ConformanceApp } from '@jobpass/testing/conformance'
import { Hono } from 'hono'
import { recovering, routesOf } from './routes.ts'

export const honoApp = ({ auth, recovers, routes, handled }: ConformanceApp): Hono => {
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
  return app
}
