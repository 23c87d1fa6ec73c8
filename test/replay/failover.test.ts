// Two processes on set-ups of several servers: uses at once, and what a failover loses, as
// docs/operations/replay.md states it. `npm run fleet:stores` does the same at length.

import { describe, expect, test } from 'vitest'
import { failures, loseServer } from './failover.ts'
import { postgresInstalled } from './postgres-server.ts'
import { startProcesses, useAtOnce } from './processes.ts'
import { installed } from './redis-server.ts'

/** Tokens that were admitted before a server was lost, and those that were admitted again. */
const lossless = { admitted: 20, again: 0 }
const allAgain = { admitted: 20, again: 20 }
const refused = { admitted: 0, again: 0 }

describe.each<[keyof typeof failures, object, object]>([
  ['Redis with Sentinel, replicas cut off', lossless, allAgain],
  ['Redis Cluster, a master of three restarted with appendonly yes', lossless, lossless],
  ['PostgreSQL, synchronous standby cut off', lossless, refused],
])('%s', (name, earlier, later) => {
  const isInstalled = name.startsWith('PostgreSQL') ? postgresInstalled : installed

  test.runIf(isInstalled)(
    'of fifty uses at once, one is admitted, and a lost server loses what the docs say',
    async () => {
      const setup = await failures[name]()
      const processes = await startProcesses(setup.address, 2)
      try {
        expect(await useAtOnce(processes)).toBe(1)
        expect(await loseServer(setup, processes, 20)).toMatchObject({ earlier, later })
      } finally {
        await processes.stop()
        await setup.stop()
      }
    },
  )
})
