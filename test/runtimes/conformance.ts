/**
 * Runs the conformance suite on mounts of one framework, and prints a line of JSON for each mount:
 * `conformance.js express`.
 */

import { argv } from 'node:process'
import type { Mount } from '@jobpass/testing/conformance'
import { createWorld } from '@jobpass/testing/conformance'
import { runMount } from './run-mount.ts'

type Mounts = Readonly<Record<string, Mount>>

/** Each framework is loaded by itself: not every runtime can load all. */
const frameworks: Readonly<Record<string, () => Promise<Mounts>>> = {
  express: async () => (await import('../adapters/express.ts')).expressMounts,
  connect: async () => (await import('../adapters/connect.ts')).connectMounts,
  koa: async () => (await import('../adapters/koa.ts')).koaMounts,
  hono: async () => (await import('../adapters/hono.ts')).honoMounts,
  fastify: async () => (await import('../adapters/fastify.ts')).fastifyMounts,
  nestjs: async () => (await import('../adapters/nestjs.ts')).nestMounts,
  mcp: async () => (await import('../adapters/mcp.ts')).mcpMounts,
  fetch: async () => (await import('../adapters/fetch.ts')).fetchMounts,
  next: async () => (await import('../adapters/next.ts')).nextMounts,
}

/** The runtimes of Lambda for JavaScript are Node, and so are the shims for its events. */
const isNode = !('Bun' in globalThis || 'Deno' in globalThis)

const world = await createWorld()
for (const name of argv.slice(2)) {
  const mounts = await frameworks[name]?.()
  const able = Object.entries(mounts ?? {}).filter(([mount]) => isNode || !mount.endsWith('on Lambda'))
  for (const [mount, start] of able) console.log(JSON.stringify(await runMount(mount, start, world)))
}
process.exit()
