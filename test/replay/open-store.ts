/** Opens a replay store by the address of a set-up, as processes of tests do. */

import type { ReplayStore } from '@jobpass/core'
import { postgresReplayStore } from '@jobpass/stores/postgres'
import type { RedisClient } from '@jobpass/stores/redis'
import { redisReplayStore } from '@jobpass/stores/redis'
import { Cluster, Redis } from 'ioredis'
import { Pool } from 'pg'
import { createClient, createCluster, createSentinel } from 'redis'

const reconnect = { socket: { reconnectStrategy: 50 } }
const ignore = (): void => {}
interface Node {
  readonly host: string
  readonly port: number
}

/** Clients of each kind: of node-redis, and of ioredis. */
const redisClients: Readonly<Record<string, (nodes: readonly Node[]) => Promise<RedisClient & Closable>>> = {
  redis: async ([node]) => {
    const url = `redis://${node?.host}:${node?.port}`
    return createClient({ url, disableOfflineQueue: true, ...reconnect })
      .on('error', ignore)
      .connect()
  },
  sentinel: async (sentinelRootNodes) => {
    const options = { name: 'claims', sentinelRootNodes: [...sentinelRootNodes], nodeClientOptions: reconnect }
    return createSentinel(options).on('error', ignore).connect()
  },
  cluster: async (nodes) => {
    const rootNodes = nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }))
    return createCluster({ rootNodes, defaults: reconnect }).on('error', ignore).connect()
  },
  'ioredis+sentinel': async (sentinels) => new Redis({ name: 'claims', sentinels: [...sentinels] }).on('error', ignore),
  'ioredis+cluster': async (nodes) => new Cluster([...nodes]).on('error', ignore),
}

/** Clients end by one of these. */
interface Closable {
  readonly destroy?: () => unknown
  readonly disconnect?: () => unknown
}

/** Opens a store, and returns how to close its client. */
export async function openStore(
  address: string,
  options: { readonly prefix?: string; readonly timeout?: number } = {},
): Promise<{ readonly store: ReplayStore; readonly close: () => unknown }> {
  if (address.startsWith('postgres:')) {
    const pool = new Pool({ connectionString: address, connectionTimeoutMillis: 1000 }).on('error', ignore)
    return {
      store: postgresReplayStore(pool, { accept: ['crash'], timeout: options.timeout ?? 1 }),
      close: () => pool.end(),
    }
  }
  const [kind = '', hosts = ''] = address.split('://')
  const nodes = hosts.split(',').map((each) => {
    const [host = '', port] = each.split(':')
    return { host, port: Number(port) }
  })
  const client = await redisClients[kind]?.(nodes)
  if (client === undefined) throw new Error(`there is no client for ${address}`)
  const store = redisReplayStore(client, { accept: ['restart'], ...options })
  return { store, close: () => (client.destroy === undefined ? client.disconnect?.() : client.destroy()) }
}
