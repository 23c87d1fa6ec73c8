/**
 * Mounts a conformance app with each adapter, with only the code that a user of the framework would
 * write.
 */

import type { Mount } from '@jobpass/testing/conformance'
import { expressMounts } from './express.ts'
import { fastifyMounts } from './fastify.ts'
import { fetchMounts } from './fetch.ts'
import { honoMounts } from './hono.ts'
import { koaMounts } from './koa.ts'
import { nestMounts } from './nestjs.ts'

/** All adapters, framework versions and transports that run the suite. */
export const mounts: Readonly<Record<string, Mount>> = {
  ...expressMounts,
  ...koaMounts,
  ...honoMounts,
  ...fastifyMounts,
  ...nestMounts,
  ...fetchMounts,
}

const singleValue = "Node's HTTP/2 client refuses to send this header twice"
const ownVerifier = 'a fetch guard is made from its verifier, and verifies by itself'

const closes = 'Fastify closes a request whose hook fails (fastify.dev/docs/latest/Reference/Hooks)'
const routesOnly = 'Nest runs guards for the handlers of routes (docs.nestjs.com/faq/request-lifecycle)'
const throws = 'Nest answers what a guard throws by its filters (docs.nestjs.com/exception-filters)'
const notFound = ['C13', 'H01', 'H03', 'H12', 'H13', 'H14', 'H15', 'H16', 'H20', 'H21', 'H22', 'H23']
const withoutRoute = (ids: readonly string[]): Record<string, string> => ({
  V45: throws,
  ...Object.fromEntries(ids.map((id) => [id, routesOnly])),
})
const noHttp2 = { C07: singleValue, C08: singleValue, V08: singleValue }

/** Cases that a transport cannot express, with the reason. */
export const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Koa 3 over HTTP/2': noHttp2,
  'Hono over HTTP/2': noHttp2,
  'Fastify 5': { V45: closes },
  'Fastify 5 over HTTP/2': { ...noHttp2, V45: closes },
  'Fastify 5 by inject': { V45: closes },
  'NestJS 12 on Express': withoutRoute(notFound),
  'NestJS 12 on Fastify': withoutRoute([...notFound, 'H10', 'H11']),
  'Fetch API': { V31: ownVerifier, V45: ownVerifier },
}
