/** Set-ups of several servers: Redis with Sentinel, and Redis Cluster. */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'redis'
import { freePort, startRedis, stop } from './redis-server.ts'

/** Waits for a condition, since servers elect and discover in their own time. */
export async function until(what: string, ask: () => Promise<unknown>): Promise<void> {
  const limit = Date.now() + 30_000
  while (!(await ask().catch(() => false))) {
    if (Date.now() > limit) throw new Error(`waited 30 s until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Sends one command to a Redis. */
async function command(port: number, ...args: readonly string[]): Promise<unknown> {
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.sendCommand([...args])
  } finally {
    client.destroy()
  }
}

const info = async (port: number): Promise<string> => String(await command(port, 'INFO'))

export interface SentinelSetup {
  /** The address for `openStore`. */
  readonly address: string
  /** Cuts the replicas off from the master. */
  readonly cutOff: () => Promise<void>
  /** Kills the master, and waits until a replica is the master. */
  readonly failOver: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** A master, two replicas and three Sentinels that fail over after a second and a half. */
export async function startSentinel(...settings: readonly string[]): Promise<SentinelSetup> {
  const folder = mkdtempSync(join(tmpdir(), 'jobpass-sentinel-'))
  const [master, ...replicas] = [await freePort(), await freePort(), await freePort()]
  const start = (port: number, ...more: readonly string[]): Promise<ChildProcess> => {
    // A replica keeps what it receives in a file, which the next server in the folder would load.
    mkdirSync(join(folder, String(port)))
    return startRedis(port, '--dir', join(folder, String(port)), ...settings, ...more)
  }
  const children = [await start(master)]
  for (const port of replicas) children.push(await start(port, '--replicaof', `127.0.0.1 ${master}`))
  const some = async (text: string): Promise<boolean> =>
    (await Promise.all(replicas.map(info))).some((each) => each.includes(text))
  await until('the replicas follow', async () => !(await some('master_link_status:down')))
  const ports: number[] = []
  for (let count = 0; count < 3; count++) {
    const port = await freePort()
    const file = join(folder, `${count}.conf`)
    writeFileSync(
      file,
      [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor claims 127.0.0.1 ${master} 2`,
        'sentinel down-after-milliseconds claims 1500',
        'sentinel failover-timeout claims 3000',
        '',
      ].join('\n'),
    )
    const child = spawn('redis-server', [file, '--sentinel'])
    child.stdout.resume()
    children.push(child)
    ports.push(port)
  }
  const knows = async (port: number): Promise<boolean> => (await info(port)).includes('slaves=2,sentinels=3')
  await until('the Sentinels know each other', async () => (await Promise.all(ports.map(knows))).every(Boolean))
  return {
    address: `sentinel://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`,
    cutOff: async () => {
      // The replicas may not follow again.
      await command(master, 'ACL', 'SETUSER', 'default', '-psync', '-sync')
      await command(master, 'CLIENT', 'KILL', 'TYPE', 'replica')
      await until('the replicas are cut off', async () => (await info(master)).includes('connected_slaves:0'))
    },
    failOver: async () => {
      await stop(children[0] as ChildProcess)
      await until('a replica is the master', async () => some('role:master'))
    },
    stop: async () => {
      for (const child of children.toReversed()) await stop(child)
      rmSync(folder, { recursive: true })
    },
  }
}

export interface ClusterSetup {
  /** The address for `openStore`. */
  readonly address: string
  /** Kills a master and starts it again, with the data that it has kept. */
  readonly restartOne: () => Promise<void>
  readonly stop: () => Promise<void>
}

/** Three masters without replicas. */
export async function startCluster(...settings: readonly string[]): Promise<ClusterSetup> {
  const nodes: { readonly port: number; readonly start: () => Promise<ChildProcess>; process: ChildProcess }[] = []
  const folders: string[] = []
  for (let count = 0; count < 3; count++) {
    const folder = mkdtempSync(join(tmpdir(), 'jobpass-cluster-'))
    folders.push(folder)
    // The bus has a port that is 10,000 higher, if it is not set.
    const [port, bus] = [await freePort(), await freePort()]
    const cluster = ['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-node-timeout', '5000']
    const start = (): Promise<ChildProcess> => startRedis(port, ...cluster, '--dir', folder, ...settings)
    nodes.push({ port, start, process: await start() })
    const last = count === 2 ? 16_383 : (count + 1) * 5461 - 1
    await command(port, 'CLUSTER', 'ADDSLOTSRANGE', String(count * 5461), String(last))
    const [first] = nodes
    const [, firstBus = ''] = /:\d+@(\d+)/.exec(String(await command(first?.port ?? 0, 'CLUSTER', 'NODES'))) ?? []
    if (count > 0) await command(port, 'CLUSTER', 'MEET', '127.0.0.1', String(first?.port), firstBus)
  }
  const isOk = async ({ port }: { port: number }): Promise<boolean> => {
    const text = String(await command(port, 'CLUSTER', 'INFO'))
    return text.includes('cluster_state:ok') && text.includes('cluster_size:3')
  }
  const allOk = (): Promise<void> =>
    until('the cluster is complete', async () => (await Promise.all(nodes.map(isOk))).every(Boolean))
  await allOk()
  return {
    address: `cluster://${nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    restartOne: async () => {
      const [node] = nodes
      if (node === undefined) return
      await stop(node.process)
      node.process = await node.start()
      await allOk()
    },
    stop: async () => {
      for (const { process } of nodes) await stop(process)
      for (const folder of folders) rmSync(folder, { recursive: true })
    },
  }
}

/** An address whose server changes, like a virtual one of a cluster of databases. */
export async function switchingProxy(target: number) {
  let port = target
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.on('error', () => {}).on('close', () => other.destroy())
      one.pipe(other)
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port: own } = server.address() as { port: number }
  return {
    port: own,
    switchTo: (next: number): void => {
      port = next
      for (const socket of open) socket.destroy()
      open.clear()
    },
    close: (): void => {
      server.close()
      for (const socket of open) socket.destroy()
    },
  }
}
