/** The HTTP server that proxies ask. */

import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen } from '../io/listen.ts'
import type { Answer, Site } from './answer.ts'
import { answerTo, failure } from './answer.ts'
import type { Log } from './log.ts'

/** A server that listens. */
export interface GuardServer {
  /** Its URL. */
  readonly url: string
  /** Stops it: no new connection, and requests that run are answered. */
  readonly stop: () => Promise<void>
}

/** Milliseconds that requests may still run once the server stops. A fetch of keys takes 5 s. */
const patience = 10_000

/**
 * Milliseconds that an idle connection stays open: longer than proxies keep theirs, so that none
 * sends a request into a connection that closes. The default of nginx is 60 s.
 */
const keepAliveTimeout = 75_000

/** The most bytes of headers: a token that is too long is refused with its own code. */
const maxHeaderSize = 65_536

/** Starts the server. */
export async function startServer(site: Site, host: string, port: number, log: Log): Promise<GuardServer> {
  let stopping = false
  const failed = (error: unknown): Answer => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    log({ event: 'failed', message: `nothing is admitted, by a fault of jobpass: ${message}` })
    return failure(500, 'Internal Server Error', 'The guard failed.')
  }
  const server = createServer({ keepAliveTimeout, maxHeaderSize }, (message, response) => {
    void answerTo(message, site)
      .catch(failed)
      .then((answer) => send(response, answer, stopping))
  })
  await listen(server, port, host)
  const { port: bound } = server.address() as AddressInfo
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    stop: async () => {
      stopping = true
      const closed = new Promise((resolve) => server.close(resolve))
      const timer = setTimeout(() => server.closeAllConnections(), patience)
      await closed
      clearTimeout(timer)
    },
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer, last: boolean): void {
  response.writeHead(status, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    ...(last && { Connection: 'close' }),
  })
  response.end(body)
}
