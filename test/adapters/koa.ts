import type { RequestListener } from 'node:http'
import * as forKoa from '@jobpass/koa'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import { Router } from '@koa/router'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import { overHttp2 } from './http2.ts'
import { overLambda } from './lambda.ts'
import { recovering, routesOf } from './routes.ts'

const koaApp = (Koa: typeof Koa3, { auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = new Koa()
  app.silent = true
  for (const options of auth) {
    const step = forKoa.workloadAuth(options)
    app.use(recovers ? recovering(step) : step)
  }
  const router = new Router()
  for (const [method, path, guards] of routesOf(routes)) {
    for (const rules of guards) router[method as 'post'](path, forKoa.requireWorkload(...(rules as unknown as [never])))
    router[method as 'post'](path, (ctx) => {
      handled()
      ctx.body = { workload: (ctx.state as { workload?: unknown }).workload ?? null }
    })
  }
  app.use(router.routes())
  return app.callback()
}

export const koaMounts: Readonly<Record<string, Mount>> = {
  'Koa 3': (app) => overHttp(koaApp(Koa3, app)),
  'Koa 2': (app) => overHttp(koaApp(Koa2, app)),
  'Koa 3 over HTTP/2': (app) => overHttp2(koaApp(Koa3, app) as never),
  'Koa 3 on Lambda': (app) => overLambda(koaApp(Koa3, app)),
}
