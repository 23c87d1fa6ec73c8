/** Transports to a mounted app: real sockets on loopback, HTTP/1.1 and HTTP/2. */

import type { RequestListener, Server } from 'node:http'
import { createServer, request as request1 } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { connect, createServer as createServer2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { ConformanceRequest, ConformanceResponse } from './case.ts'
import type { MountedApp } from './run.ts'

/** Serves a request listener over HTTP/1.1. */
export async function overHttp(listener: RequestListener): Promise<MountedApp> {
  // Leaves room for a token over jobpass's limit: Node's default is as large and would answer
  // first.
  const server = createServer({ maxHeaderSize: 65_536 }, listener)
  const port = await listening(server)
  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        // Node sends a repeated header as two lines only if headers are a flat list.
        const headers = [...request.headers, ['host', `127.0.0.1:${port}`] as const].flat()
        const options = {
          port,
          host: '127.0.0.1',
          method: request.method,
          path: request.path,
          headers: headers as never,
        }
        request1(options, (response) => {
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

/** Serves a listener of Node's HTTP/2 compatibility API, without TLS. */
export async function overHttp2(
  listener: (req: Http2ServerRequest, res: Http2ServerResponse) => void,
): Promise<MountedApp> {
  const server = createServer2(listener)
  const port = await listening(server as unknown as Server)
  const session = connect(`http://127.0.0.1:${port}`)
  return {
    send: (request) => send2(session, request),
    close: async () => {
      session.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send2(session: ReturnType<typeof connect>, request: ConformanceRequest): Promise<ConformanceResponse> {
  return new Promise((resolve, reject) => {
    const lines: Record<string, string | string[]> = { ':method': request.method, ':path': request.path }
    for (const [name, value] of request.headers) {
      const before = lines[name]
      lines[name] = before === undefined ? value : [before, value].flat()
    }
    const stream = session.request(lines)
    const chunks: Buffer[] = []
    let head: Record<string, unknown> = {}
    stream.on('response', (headers) => {
      head = headers
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () =>
      resolve({ status: Number(head[':status']), headers: joined(head), body: Buffer.concat(chunks).toString() }),
    )
    stream.on('error', reject)
    stream.end()
  })
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
