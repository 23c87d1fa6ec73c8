// What each set-up of servers loses with a server, by four processes: `npm run fleet:stores`. Takes
// about five minutes.

import { failures, loseServer } from './failover.ts'
import { startProcesses } from './processes.ts'

const [, , filter = ''] = process.argv

console.log('Tokens admitted again after a server was lost: used before, after a cut, and meanwhile')
for (const [name, start] of Object.entries(failures)) {
  if (!name.includes(filter)) continue
  const setup = await start()
  const processes = await startProcesses(setup.address, 4)
  const { earlier, later, meanwhile, outage } = await loseServer(setup, processes, 100)
  const groups = [earlier, later, meanwhile].map(({ admitted, again }) => `${again} of ${admitted}`)
  console.log(`  ${name}: ${groups.join(', ')}; ${(outage / 1000).toFixed(1)} s without service`)
  await processes.stop()
  await setup.stop()
}
