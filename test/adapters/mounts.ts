/**
 * Mounts a conformance app with each adapter, with only the code that a user of the framework would
 * write.
 */

import type { Mount } from '@jobpass/testing/conformance'
import { connectMounts } from './connect.ts'
import { elysiaMounts } from './elysia.ts'
import { expressMounts } from './express.ts'
import { fastifyMounts } from './fastify.ts'
import { fetchMounts } from './fetch.ts'
import { h3Mounts } from './h3.ts'
import { honoMounts } from './hono.ts'
import { koaMounts } from './koa.ts'
import { mcpMounts } from './mcp.ts'
import { nestMounts } from './nestjs.ts'

/** All adapters, framework versions and transports that run the suite. */
export const mounts: Readonly<Record<string, Mount>> = {
  ...expressMounts,
  ...connectMounts,
  ...koaMounts,
  ...honoMounts,
  ...fastifyMounts,
  ...nestMounts,
  ...fetchMounts,
  ...mcpMounts,
  ...elysiaMounts,
  ...h3Mounts,
}
