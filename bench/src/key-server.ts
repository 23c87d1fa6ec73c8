/** A key set on loopback, for peers that fetch. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BenchKey } from './tokens.ts'

export interface KeyServer {
  readonly jwksUri: string
  readonly close: () => void
}

/** Serves the public half of a key. */
export async function serveKeys({ jwk }: BenchKey): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ keys: [jwk] }))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { jwksUri: `http://127.0.0.1:${port}/jwks`, close: () => void server.close() }
}
