import type { RequestListener } from 'node:http'
import * as forFastify from '@jobpass/fastify'
import type { ConformanceApp, Mount } from '@jobpass/testing/conformance'
import { joined, overHttp } from '@jobpass/testing/conformance'
import { fastify } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { overHttp2 } from './http2.ts'
import { routesOf } from './routes.ts'

const fastifyApp = async ({ auth, recovers, routes, handled }: ConformanceApp): Promise<FastifyInstance> => {
  const app = fastify()
  for (const options of auth) app.register(forFastify.workloadAuth(options))
  if (recovers)
    app.setErrorHandler((error, request, reply) => {
      if (request.url !== '/whoami') return reply.send(error)
      handled()
      return reply.code(200).send({ workload: null })
    })
  for (const [method, url, guards] of routesOf(routes)) {
    const onRequest = guards.map((rules) => forFastify.requireWorkload(...(rules as unknown as [never])))
    app.route({
      method: method.toUpperCase(),
      url,
      onRequest,
      handler: (request, reply) => {
        handled()
        return reply.send({ workload: request.workload ?? null })
      },
    })
  }
  await app.ready()
  return app
}

const listenerOf = async (app: ConformanceApp): Promise<RequestListener> => {
  const instance = await fastifyApp(app)
  return (request, response) => instance.routing(request, response)
}

/** Without a socket, as tests and Lambda functions call it. */
const injected: Mount = async (setup) => {
  const app = await fastifyApp(setup)
  return {
    send: async ({ method, path, headers }) => {
      const lines: Record<string, string[]> = {}
      for (const [name, value] of headers) (lines[name] ??= []).push(value)
      const response = await app.inject({ method: method as 'GET', url: path, headers: lines as never })
      return { status: response.statusCode, headers: joined(response.headers), body: response.body }
    },
    close: () => app.close(),
  }
}

export const fastifyMounts: Readonly<Record<string, Mount>> = {
  'Fastify 5': async (app) => overHttp(await listenerOf(app)),
  'Fastify 5 over HTTP/2': async (app) => overHttp2((await listenerOf(app)) as never),
  'Fastify 5 by inject': injected,
}
