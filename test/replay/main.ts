// Two and four processes on each set-up of servers, and what each loses with a server:
// `npm run fleet:stores`. Takes about five minutes.

import { failures, loseServer } from './failover.ts'
import { startProcesses, useAtOnce } from './processes.ts'

const rounds = 20
const concurrent = [
  'Redis with Sentinel, replicas in step',
  'Redis Cluster, a master of three restarted with appendonly yes',
  'PostgreSQL, killed and restarted',
] as const

const [, , filter = ''] = process.argv

console.log(`Fifty uses of one token at once: rounds with one success, of ${rounds}`)
for (const name of concurrent) {
  if (!name.includes(filter)) continue
  const setup = await failures[name]()
  for (const count of [2, 4]) {
    const processes = await startProcesses(setup.address, count)
    let right = 0
    for (let round = 0; round < rounds; round++) if ((await useAtOnce(processes)) === 1) right++
    console.log(`  ${name.split(',', 1)[0]}, ${count} processes: ${right}`)
    await processes.stop()
  }
  await setup.stop()
}

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
