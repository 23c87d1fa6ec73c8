/**
 * One server in a separate process: `server.ts FRAMEWORK NAME`. It listens once it receives the
 * world, and reports its processor time on request.
 */

import type { AddressInfo } from 'node:net'
import { argv } from 'node:process'
import type { Servers, World } from './world.ts'

/** Loads only the framework that is served. */
const frameworks: Readonly<Record<string, () => Promise<Servers>>> = {
  Express: async () => (await import('./express.ts')).expressServers,
  Koa: async () => (await import('./koa.ts')).koaServers,
  Exchange: async () => (await import('../exchange/servers.ts')).exchangeServers,
  Hono: async () => (await import('./hono.ts')).honoServers,
}

/** A request to the process. */
export type Question = World | 'processor time'

const [, , framework = '', name = ''] = argv
const servers = await frameworks[framework]?.()

process.on('disconnect', () => process.exit())
process.on('message', (question: Question) => {
  if (question === 'processor time') {
    const { user, system } = process.cpuUsage()
    return answer((user + system) / 1e6)
  }
  void listen(question).then(answer)
})

async function listen(world: World): Promise<number> {
  const make = servers?.open[name] ?? servers?.guarded[name]
  if (make === undefined) throw new Error(`${framework} has no server '${name}'`)
  const server = await make(world)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function answer(value: number): void {
  process.send?.(value)
}
