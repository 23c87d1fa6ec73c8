/**
 * Mounts a conformance app with each adapter, with only the code that a user of the framework would
 * write.
 */

import type { Mount } from '@jobpass/testing/conformance'
import { elysiaMounts } from './elysia.ts'
import { expressMounts } from './express.ts'
import { fastifyMounts } from './fastify.ts'
import { fetchMounts } from './fetch.ts'
import { h3Mounts } from './h3.ts'
import { honoMounts } from './hono.ts'
import { koaMounts } from './koa.ts'

/** All adapters, framework versions and transports that run the suite. */
export const mounts: Readonly<Record<string, Mount>> = {
  ...expressMounts,
  ...koaMounts,
  ...honoMounts,
  ...fastifyMounts,
  ...fetchMounts,
  ...elysiaMounts,
  ...h3Mounts,
}

const singleValue = "Node's HTTP/2 client refuses to send this header twice"
const ownVerifier = 'a fetch guard is made from its verifier, and verifies by itself'
const ownVerifiers = { V31: ownVerifier, V45: ownVerifier }

const closes = 'Fastify closes a request whose hook fails (fastify.dev/docs/latest/Reference/Hooks)'
const noHttp2 = { C07: singleValue, C08: singleValue, V08: singleValue }

/** Cases that a transport cannot express, with the reason. */
export const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Koa 3 over HTTP/2': noHttp2,
  'Hono over HTTP/2': noHttp2,
  'Fastify 5': { V45: closes },
  'Fastify 5 over HTTP/2': { ...noHttp2, V45: closes },
  'Fastify 5 by inject': { V45: closes },
  'Fetch API': ownVerifiers,
  'Elysia 1.4': ownVerifiers,
  'Elysia 1.4 with aot: false': ownVerifiers,
  'h3 2': ownVerifiers,
}
