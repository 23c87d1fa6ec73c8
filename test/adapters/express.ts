import type { RequestListener } from 'node:http'
import * as forExpress from '@jobpass/express'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import express5 from 'express'
import express4 from 'express4'
import { overLambda } from './lambda.ts'
import { routesOf } from './routes.ts'

const expressApp = (express: typeof express5, { auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = express()
  // Errors passed to the framework are expected here; its handler would print them in other
  // environments.
  app.set('env', 'test')
  for (const options of auth) app.use(forExpress.workloadAuth(options))
  if (recovers) app.use((_error: unknown, _req: unknown, _res: unknown, next: () => void) => next())
  for (const [method, path, guards] of routesOf(routes)) {
    const steps = guards.map((rules) => forExpress.requireWorkload(...(rules as unknown as [never])))
    app[method as 'post'](path, ...steps, (req, res) => {
      handled()
      res.json({ workload: req.workload ?? null })
    })
  }
  return app
}

export const expressMounts: Readonly<Record<string, Mount>> = {
  'Express 5': (app) => overHttp(expressApp(express5, app)),
  'Express 4': (app) => overHttp(expressApp(express4, app)),
  'Express 5 on Lambda': (app) => overLambda(expressApp(express5, app)),
}
