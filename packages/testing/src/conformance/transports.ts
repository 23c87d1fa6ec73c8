/** A transport to a mounted app: real sockets on loopback. */

import type { RequestListener, Server } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { MountedApp } from './run.ts'

/** Serves a request listener over HTTP/1.1. */
export async function overHttp(listener: RequestListener): Promise<MountedApp> {
  // Leaves room for a token over jobpass's limit: Node's default is as large and would answer
  // first.
  const server = createServer({ maxHeaderSize: 65_536 }, listener)
  const port = await listening(server)
  return {
    send: (sent) =>
      new Promise((resolve, reject) => {
        // Node sends a repeated header as two lines only if headers are a flat list.
        const own = [
          ['host', `127.0.0.1:${port}`],
          ['content-length', '0'],
        ] as const
        const headers = [...sent.headers, ...own].flat()
        const options = {
          port,
          host: '127.0.0.1',
          method: sent.method,
          path: sent.path,
          headers: headers as never,
        }
        request(options, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: joined(response.headers),
              body: Buffer.concat(chunks).toString(),
            })
          })
        })
          .on('error', reject)
          .end()
      }),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** Joins repeated header values. */
export function joined(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name.toLowerCase(), Array.isArray(value) ? value.join(', ') : String(value)]),
  )
}
