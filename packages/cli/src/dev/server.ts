/** The HTTP server of a local issuer. */

import type { Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnyProvider } from '@jobpass/policy/built-in'
import type { Claims } from '../explain/local-issuer.ts'
import { listen } from '../io/listen.ts'
import type { Reply } from './answer.ts'
import { answer, failure } from './answer.ts'
import type { Jobs } from './jobs.ts'
import { jobsOf } from './jobs.ts'
import { pageOf } from './page.ts'
import { isSameMachine } from './same-machine.ts'

/** A local issuer that listens. */
export interface DevServer {
  /** Its URL, which is the `iss` of its tokens. */
  readonly url: string
  /** Its port. */
  readonly port: number
  /** The jobs that it signs tokens of. */
  readonly jobs: Jobs
  /** The claims of the usual job. */
  readonly claims: Claims
  /** Stops it. */
  readonly close: () => Promise<void>
}

/** Starts a local issuer on 127.0.0.1; port 0 is any free one. */
export async function startServer(provider: AnyProvider, port: number, audience: string): Promise<DevServer> {
  const server = createServer()
  const prepared = listen(server, port, '127.0.0.1').then(() => prepare(server, provider, audience))
  // Before it listens: a request that comes while the key is made waits for it.
  server.on('request', (req, res) => {
    const answering = prepared.then(({ url, port: bound, jobs, page }) =>
      isSameMachine(req.headers, bound)
        ? answer(req, { url, jobs, page })
        : failure(403, 'This local issuer answers this machine only, by http://127.0.0.1.'),
    )
    // A client that went away, or sent what cannot be read.
    answering.then((reply) => send(res, reply)).catch(() => res.destroy())
  })
  const { url, port: bound, jobs, claims } = await prepared
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, port: bound, jobs, claims, close }
}

/** What the server answers with, once it has a port. */
async function prepare(
  server: Server,
  provider: AnyProvider,
  audience: string,
): Promise<Omit<DevServer, 'close'> & { readonly page: ReturnType<typeof pageOf> }> {
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const jobs = await jobsOf(provider, url, audience)
  const { claims } = await jobs.sign({})
  const ofToken = [claims['aud']].flat()[0]
  const page = pageOf({ title: provider.title, url, audience: String(ofToken), jobs: jobs.names })
  return { url, port, jobs, claims, page }
}

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Without CORS headers, the page of another site reads nothing. */
function send(res: ServerResponse, { status, type, body }: Reply): void {
  res.writeHead(status, {
    'Content-Type': type,
    'Content-Security-Policy': policy,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  })
  res.end(body)
}
