import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { requireWorkload, workloadAuth } from '@jobpass/express'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import connect from 'connect'
import { routesOf } from './routes.ts'

/** Connect has no router: a layer that compares method and path, as its users write it. */
const connectApp = ({ auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = connect()
  for (const options of auth) app.use(workloadAuth(options))
  if (recovers) app.use((_error: unknown, _req: unknown, _res: unknown, next: () => void) => next())
  for (const [method, path, guards] of routesOf(routes)) {
    const steps = guards.map((rules) => requireWorkload(...(rules as unknown as [never])))
    const route = connect()
    for (const step of steps) route.use(step)
    route.use((req: IncomingMessage & { readonly workload?: unknown }, res: ServerResponse) => {
      handled()
      res.setHeader('Content-Type', 'application/json; charset=utf-8')
      res.end(JSON.stringify({ workload: req.workload ?? null }))
    })
    app.use((req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => {
      const [pathname = ''] = (req.url ?? '').split('?')
      if (req.method === method.toUpperCase() && pathname === path) route(req, res, next)
      else next()
    })
  }
  return app
}

export const connectMounts: Readonly<Record<string, Mount>> = {
  'Connect 3': (app) => overHttp(connectApp(app)),
}
