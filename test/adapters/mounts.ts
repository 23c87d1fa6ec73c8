/**
 * Mounts a conformance app with each adapter, with only the code that a user of the framework would
 * write.
 */

import type { Mount } from '@jobpass/testing/conformance'
import { expressMounts } from './express.ts'
import { fetchMounts } from './fetch.ts'
import { honoMounts } from './hono.ts'
import { koaMounts } from './koa.ts'
import { mcpMounts } from './mcp.ts'

/** All adapters, framework versions and transports that run the suite. */
export const mounts: Readonly<Record<string, Mount>> = {
  ...expressMounts,
  ...koaMounts,
  ...honoMounts,
  ...fetchMounts,
  ...mcpMounts,
}

const singleValue = "Node's HTTP/2 client refuses to send this header twice"
const ownVerifier = 'a fetch guard is made from its verifier, and verifies by itself'

/** Cases that a transport cannot express, with the reason. */
export const skips: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Koa 3 over HTTP/2': { C07: singleValue, C08: singleValue, V08: singleValue },
  'Hono over HTTP/2': { C07: singleValue, C08: singleValue, V08: singleValue },
  'Fetch API': { V31: ownVerifier, V45: ownVerifier },
  'MCP on the Fetch API': { V31: ownVerifier, V45: ownVerifier },
}
