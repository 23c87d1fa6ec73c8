// Two processes on set-ups of several servers: uses at once, and what a failover loses, as
// docs/operations/replay.md states it. `npm run fleet:stores` does the same at length.

import { describe, expect, test } from 'vitest'
import { failures, loseServer } from './failover.ts'
import { postgresInstalled } from './postgres-server.ts'
import { startProcesses, useAtOnce } from './processes.ts'
import { installed } from './redis-server.ts'

/** What became of the tokens that were used after the cut, before the server was lost. */
type Fate = 'admitted once' | 'admitted again' | 'refused'

describe.each<[keyof typeof failures, Fate]>([
  ['Redis with Sentinel, replicas cut off', 'admitted again'],
  ['Redis Cluster, a master of three restarted with appendonly yes', 'admitted once'],
  ['PostgreSQL, synchronous standby cut off', 'refused'],
])('%s', (name, fate) => {
  const isInstalled = name.startsWith('PostgreSQL') ? postgresInstalled : installed

  test.runIf(isInstalled)('one of fifty uses is admitted, and a lost server loses what the docs say', async () => {
    const setup = await failures[name]()
    const processes = await startProcesses(setup.address, 2)
    try {
      expect(await useAtOnce(processes)).toBe(1)
      const { earlier, later } = await loseServer(setup, processes, 20)
      expect([earlier.admitted > 0, earlier.again]).toEqual([true, 0])
      expect(later.admitted > 0).toBe(fate !== 'refused')
      expect(later.again).toBe(fate === 'admitted again' ? later.admitted : 0)
    } finally {
      await processes.stop()
      await setup.stop()
    }
  })
})
