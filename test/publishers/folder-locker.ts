/** A process that tries to lock a folder at each message, and answers whether it has it. */

import { lockFolder } from '../../examples/publish-service/src/folder-lock.ts'

process.on('message', (folder: string) => {
  try {
    lockFolder(folder)
    process.send?.('locked')
  } catch (failure) {
    process.send?.((failure as Error).message)
  }
})
// It ends with the process that started it.
process.on('disconnect', () => process.exit())
process.send?.('ready')
