/** One of several processes with a store on one file: claims each key it receives 13 times. */

import { sqliteReplayStore } from '@jobpass/stores/sqlite'
import { drivers } from './sqlite-drivers.ts'

const [, , name, file = ''] = process.argv
const store = sqliteReplayStore(drivers.find((each) => each.name === name)?.open(file) as never, { timeout: 2 })
await store.seen?.('ready')
process.on('message', async (key: string) => {
  const claims = Array.from({ length: 13 }, async () => store.claim(key, Date.now() / 1000 + 60))
  process.send?.(await Promise.all(claims))
})
process.send?.('ready')
