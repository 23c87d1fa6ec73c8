// The replay store on Redis with Sentinel and on a Redis Cluster of three nodes, by each client.

import { afterAll, beforeAll, describe } from 'vitest'
import type { ReplayStore } from '@jobpass/core'
import { testContract } from './contract.ts'
import { openStore } from './open-store.ts'
import { installed } from './redis-server.ts'
import type { ClusterSetup, SentinelSetup } from './setups.ts'
import { startCluster, startSentinel } from './setups.ts'

describe.runIf(installed).each([
  ['Redis with Sentinel', startSentinel],
  ['Redis Cluster', startCluster],
])('on %s', (_, start) => {
  let setup: SentinelSetup | ClusterSetup
  beforeAll(async () => {
    setup = await start()
  })
  afterAll(() => setup.stop())

  describe.each([
    ['node-redis', ''],
    ['ioredis', 'ioredis+'],
  ])('by %s', (name, client) => {
    const stores: (readonly [ReplayStore, () => unknown])[] = []
    beforeAll(async () => {
      for (const prefix of [`${name}:`, `${name}:`, `other ${name}:`]) {
        const { store, close } = await openStore(`${client}${setup.address}`, { prefix, timeout: 2 })
        stores.push([store, close])
      }
    })
    afterAll(async () => {
      for (const [, close] of stores) await close()
    })
    let opened = 0
    const nth = (index: number): ReplayStore => stores[index]?.[0] as ReplayStore
    testContract(() => ({ open: () => nth(opened++ % 2), openApart: () => nth(2) }), { lacks: ['openUnreachable'] })
  })
})
