// Several processes on set-ups of several servers: uses at once behind nginx, and what a failover
// loses, as docs/operations/replay.md states it. `npm run fleet:stores` loses servers at length.

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failing } from './failover.ts'
import { failures, loseServer } from './failover.ts'
import { hasNginx, startNginx } from './nginx.ts'
import { postgresInstalled } from './postgres-server.ts'
import type { Processes } from './processes.ts'
import { startProcesses, useAtOnce } from './processes.ts'
import { installed } from './redis-server.ts'

/** What became of the tokens that were used after the cut, before the server was lost. */
type Fate = 'admitted once' | 'admitted again' | 'refused'

describe.each<[keyof typeof failures, Fate]>([
  ['Redis with Sentinel, replicas cut off', 'admitted again'],
  ['Redis Cluster, a master of three restarted with appendfsync always', 'admitted once'],
  ['PostgreSQL, synchronous standby cut off', 'refused'],
])('%s', (name, fate) => {
  describe.runIf(name.startsWith('PostgreSQL') ? postgresInstalled : installed)('with four processes', () => {
    let setup: Failing
    let processes: Processes
    beforeAll(async () => {
      setup = await failures[name]()
      processes = await startProcesses(setup.address, 4)
    })
    afterAll(async () => {
      await processes.stop()
      await setup.stop()
    })

    test.runIf(hasNginx).each([2, 4])(
      'one of fifty uses at once at %i of them behind nginx is admitted, in each of twenty rounds',
      async (count) => {
        const nginx = await startNginx(processes.ports.slice(0, count))
        expect(await useAtOnce(processes, 20, nginx.url)).toEqual(Array.from({ length: 20 }, () => 1))
        await nginx.stop()
      },
    )

    test('a lost server loses what the docs say', async () => {
      const { earlier, later } = await loseServer(setup, processes, 20)
      expect([earlier.admitted > 0, earlier.again]).toEqual([true, 0])
      expect(later.admitted > 0).toBe(fate !== 'refused')
      expect(later.again).toBe(fate === 'admitted again' ? later.admitted : 0)
    })
  })
})
