/** HTTP/2 on a real socket. */

import type { Server } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { connect, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { ConformanceRequest, ConformanceResponse, MountedApp } from '@jobpass/testing/conformance'
import { joined } from '@jobpass/testing/conformance'

/** Serves a listener of Node's HTTP/2 compatibility API, without TLS. */
export async function overHttp2(
  listener: (req: Http2ServerRequest, res: Http2ServerResponse) => void,
): Promise<MountedApp> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = (server as unknown as Server).address() as AddressInfo
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
