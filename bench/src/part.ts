/**
 * Runs one part in a separate process, `part.ts NAME [quick]`, and sends the result to its parent.
 */

import { argv } from 'node:process'
import type { PartName } from './options.ts'
import type { Section } from './report/section.ts'

/** Each part loads only what it measures. */
const parts: Readonly<Record<PartName, (quick: boolean) => Promise<Section>>> = {
  micro: async (quick) => (await import('./micro/micro.ts')).micro(quick),
  'first-sight': async (quick) => (await import('./first-sight/first-sight.ts')).firstSightOn(quick),
  http: async (quick) => (await import('./http/http.ts')).http(quick),
  startup: async (quick) => (await import('./startup.ts')).startup(quick),
  memory: async (quick) => (await import('./cache-memory.ts')).cacheMemory(quick),
  garbage: async (quick) => (await import('./garbage.ts')).garbage(quick),
  growth: async (quick) => (await import('./growth/growth.ts')).growth(quick),
  exchange: async (quick) => (await import('./exchange/exchange.ts')).exchange(quick),
}

const [, , name, speed] = argv
const section = await parts[name as PartName](speed === 'quick')
if (process.send === undefined) console.log(section.blocks.join('\n\n'))
else process.send(section, () => process.exit())
