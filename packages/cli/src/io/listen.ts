/** Lets a server listen. */

import type { Server } from 'node:http'
import { CommandError } from './exit.ts'

/** Listens on a port of an address of this machine; port 0 is any free one. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const text = code === 'EADDRINUSE' ? 'is in use: choose another with --port' : `cannot be used: ${message}`
      reject(new CommandError(`port ${port} of ${host} ${text}`))
    })
    server.listen(port, host, resolve)
  })
}
