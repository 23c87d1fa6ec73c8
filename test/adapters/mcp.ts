import type { RequestListener } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { requireWorkload as expressGuard } from '@jobpass/express'
import type { AuthInfo } from '@jobpass/mcp'
import { createVerifier, fetchAuth, fetchGuard, WorkloadAuthError, workloadAuth } from '@jobpass/mcp'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { overHttp } from '@jobpass/testing/conformance'
import express from 'express'
import type { MiddlewareHandler } from 'hono'
import { Hono } from 'hono'
import { recovering, routesOf } from './routes.ts'

/** The caller, as transports of the SDK read it. */
const callerOf = (req: object): AuthInfo | undefined => (req as { readonly auth?: AuthInfo }).auth

const onExpress = ({ auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = express()
  app.set('env', 'test')
  for (const options of auth) app.use(workloadAuth(options))
  if (recovers) app.use((_error: unknown, _req: unknown, _res: unknown, next: () => void) => next())
  for (const [method, path, guards] of routesOf(routes)) {
    const steps = guards.map((rules) => expressGuard(...(rules as unknown as [never])))
    app[method as 'post'](path, ...steps, (req, res) => {
      handled()
      res.json({ workload: callerOf(req)?.extra.workload ?? null })
    })
  }
  return app
}

interface Env {
  readonly Variables: { caller: AuthInfo<unknown> | undefined }
}

const onFetch = ({ auth, recovers, routes, handled }: ConformanceApp): RequestListener => {
  const app = new Hono<Env>()
  const verifiers = auth.map((options) => createVerifier(options))
  for (const verifier of verifiers) {
    const gate = fetchAuth(verifier)
    const step: MiddlewareHandler<Env> = async (c, next) => {
      const caller = await gate(c.req.raw)
      if (caller instanceof Response) return caller
      c.set('caller', caller)
      return next()
    }
    app.use(recovers ? (recovering(step) as typeof step) : step)
  }
  for (const [method, path, guards] of routesOf(routes)) {
    for (const rules of guards) {
      const guard = fetchGuard(verifiers.at(-1) as never, ...(rules as unknown as [never]))
      app.on(method.toUpperCase(), path, async (c, next) => {
        const passed = await guard(c.req.raw)
        return passed instanceof Response ? passed : next()
      })
    }
    app.on(method.toUpperCase(), path, (c) => {
      handled()
      return c.json({ workload: c.var.caller?.extra.workload ?? null })
    })
  }
  app.onError((error, c) => {
    if (!(error instanceof WorkloadAuthError)) return c.text('Internal Server Error', 500)
    return new Response(JSON.stringify(error.problem), { status: error.status, headers: error.headers })
  })
  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

export const mcpMounts: Readonly<Record<string, Mount>> = {
  'MCP on Express 5': (app) => overHttp(onExpress(app)),
  'MCP on the Fetch API': async (app) => overHttp(onFetch(app)),
}
