/** The local issuer over HTTP: its documents, its page, and tokens. */

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { AnyProvider } from '@jobpass/policy/built-in'
import type { Claims } from '../explain/local-issuer.ts'
import { CommandError } from '../io/exit.ts'
import type { Jobs } from './jobs.ts'
import { jobsOf } from './jobs.ts'
import { pageOf } from './page.ts'
import { script } from './page-script.ts'
import { styles } from './page-styles.ts'
import { isSameMachine } from './same-machine.ts'

/** The longest request for a token, in bytes. */
const maxBytes = 65_536

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
  await listen(server, port)
  const bound = (server.address() as AddressInfo).port
  const url = `http://127.0.0.1:${bound}`
  const jobs = await jobsOf(provider, url, audience)
  const { claims } = await jobs.sign({})
  const ofToken = [claims['aud']].flat()[0]
  const page = pageOf({ title: provider.title, url, audience: String(ofToken), jobs: jobs.names })
  server.on('request', (req, res) => {
    const answering = isSameMachine(req.headers, bound)
      ? answer(req, { url, jobs, page })
      : Promise.resolve(failure(403, 'This local issuer answers this machine only, by http://127.0.0.1.'))
    // A client that went away, or sent what cannot be read.
    answering.then((reply) => send(res, reply)).catch(() => res.destroy())
  })
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url, port: bound, jobs, claims, close }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const text = code === 'EADDRINUSE' ? 'is in use: choose another with --port' : `cannot be used: ${message}`
      reject(new CommandError(`port ${port} of 127.0.0.1 ${text}`))
    })
    server.listen(port, '127.0.0.1', resolve)
  })
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly body: string
}

interface Site {
  readonly url: string
  readonly jobs: Jobs
  readonly page: string
}

const json = (status: number, value: object): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
})

const failure = (status: number, message: string): Reply => json(status, { message })

async function answer(req: IncomingMessage, { url, jobs, page }: Site): Promise<Reply> {
  const path = (req.url ?? '/').split('?', 1)[0] ?? '/'
  if (path === '/tokens') return req.method === 'POST' ? signFor(req, jobs) : failure(405, 'Send POST /tokens.')
  if (req.method !== 'GET' && req.method !== 'HEAD') return failure(405, 'This is read by GET.')
  if (path === '/') return { status: 200, type: 'text/html; charset=utf-8', body: page }
  if (path === '/page.js') return { status: 200, type: 'text/javascript; charset=utf-8', body: script }
  if (path === '/page.css') return { status: 200, type: 'text/css; charset=utf-8', body: styles }
  const document = await jobs.document(url + path)
  return document.ok ? json(200, (await document.json()) as object) : failure(404, 'There is no such page.')
}

async function signFor(req: IncomingMessage, jobs: Jobs): Promise<Reply> {
  // A form of another page cannot send JSON without asking first.
  if (req.headers['content-type']?.split(';', 1)[0]?.trim() !== 'application/json')
    return failure(415, 'Send JSON: { "job": "push", "claims": { "branch": "main" } }')
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of req as AsyncIterable<Buffer>) {
    chunks.push(chunk)
    length += chunk.length
    if (length > maxBytes) return failure(413, 'The request is too long.')
  }
  try {
    return json(200, await jobs.sign(JSON.parse(Buffer.concat(chunks).toString('utf8'))))
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return failure(400, error.message)
    throw error
  }
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
