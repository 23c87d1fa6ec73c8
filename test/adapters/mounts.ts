/**
 * Mounts a conformance app with each adapter, with only the code that a user of the framework would
 * write.
 */

import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import * as forExpress from '@jobpass/express'
import * as forHono from '@jobpass/hono'
import * as forKoa from '@jobpass/koa'
import type { ConformanceApp, Mount, MountedApp } from '@jobpass/testing/conformance'
import { joined, overHttp, overHttp2 } from '@jobpass/testing/conformance'
import { Router } from '@koa/router'
import express5 from 'express'
import express4 from 'express4'
import { Hono } from 'hono'
import Koa3 from 'koa'
import Koa2 from 'koa2'
import serverless from 'serverless-http'

const routesOf = (app: ConformanceApp): [method: string, path: string, guards: (readonly never[])[]][] =>
  Object.entries(app.routes).map(([route, guards]) => {
    const [method = '', path = ''] = route.split(' ')
    return [method.toLowerCase(), path, guards as unknown as (readonly never[])[]]
  })

const expressApp = (express: typeof express5, { auth, recovers, ...rest }: ConformanceApp): RequestListener => {
  const app = express()
  // Errors passed to the framework are expected here; its handler would print them in other
  // environments.
  app.set('env', 'test')
  for (const options of auth) app.use(forExpress.workloadAuth(options))
  if (recovers) app.use((_error: unknown, _req: unknown, _res: unknown, next: () => void) => next())
  for (const [method, path, guards] of routesOf({ auth, ...rest })) {
    const steps = guards.map((rules) => forExpress.requireWorkload(...(rules as unknown as [never])))
    app[method as 'post'](path, ...steps, (req, res) => void res.json({ workload: req.workload ?? null }))
  }
  return app
}

/** Runs a middleware, and continues without it if it throws before calling next. */
const recovering =
  <C>(step: (context: C, next: () => Promise<void>) => unknown) =>
  async (context: C, next: () => Promise<void>): Promise<void> => {
    let passed = false
    const once = (): Promise<void> => {
      passed = true
      return next()
    }
    try {
      await step(context, once)
    } catch (error) {
      if (passed) throw error
      await next()
    }
  }

const koaApp = (Koa: typeof Koa3, { auth, recovers, ...rest }: ConformanceApp): RequestListener => {
  const app = new Koa()
  app.silent = true
  for (const options of auth) {
    const step = forKoa.workloadAuth(options)
    app.use(recovers ? recovering(step) : step)
  }
  const router = new Router()
  for (const [method, path, guards] of routesOf({ auth, ...rest })) {
    for (const rules of guards) router[method as 'post'](path, forKoa.requireWorkload(...(rules as unknown as [never])))
    router[method as 'post'](path, (ctx) => {
      ctx.body = { workload: (ctx.state as { workload?: unknown }).workload ?? null }
    })
  }
  app.use(router.routes())
  return app.callback()
}

const honoApp = ({ auth, recovers, ...rest }: ConformanceApp): RequestListener => {
  const app = new Hono()
  for (const options of auth) {
    const step = forHono.workloadAuth(options)
    app.use(recovers ? recovering(step) : step)
  }
  for (const [method, path, guards] of routesOf({ auth, ...rest })) {
    for (const rules of guards)
      app.on(method.toUpperCase(), path, forHono.requireWorkload(...(rules as unknown as [never])))
    app.on(method.toUpperCase(), path, (c) => c.json({ workload: (c.var as { workload?: unknown }).workload ?? null }))
  }
  // Hono prints errors that reach its default handler; the response is the same.
  app.onError((error, c) => ('getResponse' in error ? error.getResponse() : c.text('Internal Server Error', 500)))
  return getRequestListener(app.fetch)
}

/**
 * A Lambda function behind an API gateway, through a shim that makes Node requests from its events.
 */
async function overLambda(listener: RequestListener): Promise<MountedApp> {
  const handler = serverless(listener)
  return {
    send: async ({ method, path, headers }) => {
      const [pathname = '', query = ''] = path.split('?')
      // Payload format 2.0 of the gateway joins repeated headers with commas.
      const merged: Record<string, string> = {}
      for (const [name, value] of headers) merged[name] = name in merged ? `${merged[name]},${value}` : value
      const event = {
        version: '2.0',
        routeKey: '$default',
        rawPath: pathname,
        rawQueryString: query,
        headers: merged,
        requestContext: { http: { method, path: pathname, sourceIp: '127.0.0.1' }, stage: '$default' },
        isBase64Encoded: false,
      }
      const result = (await handler(event, {})) as {
        statusCode: number
        headers?: Record<string, unknown>
        multiValueHeaders?: Record<string, unknown>
        body: string
      }
      return {
        status: result.statusCode,
        headers: joined({ ...result.headers, ...result.multiValueHeaders }),
        body: result.body,
      }
    },
    close: async () => {},
  }
}

/** All adapters, framework versions and transports that run the suite. */
export const mounts: Readonly<Record<string, Mount>> = {
  'Express 5': (app) => overHttp(expressApp(express5, app)),
  'Express 4': (app) => overHttp(expressApp(express4, app)),
  'Koa 3': (app) => overHttp(koaApp(Koa3, app)),
  'Koa 2': (app) => overHttp(koaApp(Koa2, app)),
  Hono: (app) => overHttp(honoApp(app)),
  'Koa 3 over HTTP/2': (app) => overHttp2(koaApp(Koa3, app) as never),
  'Hono over HTTP/2': (app) => overHttp2(honoApp(app) as never),
  'Express 5 on Lambda': (app) => overLambda(expressApp(express5, app)),
  'Koa 3 on Lambda': (app) => overLambda(koaApp(Koa3, app)),
}

const singleValue = "Node's HTTP/2 client refuses to send this header twice"

/** Cases that a transport cannot express, with the reason. */
export const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Koa 3 over HTTP/2': { C07: singleValue, C08: singleValue, V08: singleValue },
  'Hono over HTTP/2': { C07: singleValue, C08: singleValue, V08: singleValue },
}
