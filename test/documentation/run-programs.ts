/**
 * Runs programs of the documentation in one process, with servers on any free port of loopback, and
 * prints what each answers to a call: `node run-programs.ts FILE…` in the folder of their files.
 */

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { Server } from 'node:net'
import { argv, stdout } from 'node:process'
import { pathToFileURL } from 'node:url'

/** What a program did. */
export interface Outcome {
  readonly file: string
  /** The message of an error at start. */
  readonly failed?: string
  /** The status of the answer to a call without a token, where the program answers calls. */
  readonly withoutToken?: number
  /** What the program counts after a call without a token, where it serves metrics. */
  readonly metrics?: string
  /** The status of the answer to the call that the program printed. */
  readonly asPrinted?: number
}

type Call = (path: string, init?: RequestInit) => Promise<{ readonly status: number; text?(): Promise<string> }>

const { fetch } = globalThis
// Nothing here may need the internet. The API that jobs call, and its exchange, admit them.
globalThis.fetch = (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input)
  if (url.hostname === '127.0.0.1') return fetch(input, init)
  if (url.hostname.endsWith('.acme.dev') && !url.pathname.startsWith('/.well-known/'))
    return Promise.resolve(Response.json({ access_token: 'a service token', expires_in: 900 }))
  return Promise.reject(new TypeError('fetch failed'))
}

const servers: Server[] = []
const prototype = Server.prototype as { listen: (this: Server, ...args: readonly unknown[]) => Server }
const original = prototype.listen
prototype.listen = function (...args) {
  // What a library listens on for itself is any free port, or a socket.
  const [first] = args
  const port = typeof first === 'object' && first !== null ? (first as { port?: unknown }).port : first
  if (port !== 3000) return original.apply(this, [...args])
  servers.push(this)
  return original.call(this, 0, '127.0.0.1', ...args.filter((each) => typeof each === 'function'))
}

let printed = ''
const print = stdout.write.bind(stdout)
// What a framework logs is no outcome.
stdout.write = (text) => (printed += String(text)) !== ''
for (const name of ['log', 'warn'] as const)
  globalThis.console[name] = (...values: readonly unknown[]) => void (printed += values.join(' '))

for (const file of argv.slice(2)) {
  printed = ''
  servers.length = 0
  const outcome = await run(file).catch((error: unknown) => ({ failed: String(error) }))
  print(`${JSON.stringify({ file, ...outcome })}\n`)
}
process.exit()

async function run(file: string): Promise<Omit<Outcome, 'file'>> {
  const exports = (await import(pathToFileURL(file).href)) as Record<string, unknown>
  const call = await callOf(exports)
  if (call === undefined) return {}
  const [, token] = /Bearer ([\w.-]+)/.exec(printed) ?? []
  const { status } = await (token === undefined ? call('/deploy', { method: 'POST' }) : call('/'))
  if (token === undefined) {
    const metrics = await call('/metrics')
    return { withoutToken: status, ...(metrics.status === 200 && { metrics: (await metrics.text?.()) ?? '' }) }
  }
  const { status: asPrinted } = await call('/', { headers: { authorization: `Bearer ${token}` } })
  return { withoutToken: status, asPrinted }
}

/** How to call a program: its server, its exported app, or its exported function. */
async function callOf(exports: Record<string, unknown>): Promise<Call | undefined> {
  // An issuer listens before the API that trusts it.
  const server = servers.at(-1)
  if (server !== undefined) {
    if (!server.listening) await once(server, 'listening')
    return (path, init) => fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, init)
  }
  const app = exports['default'] as { fetch(request: Request, env: object): Promise<Response> } | undefined
  const keys = { get: () => Promise.resolve(null), put: () => Promise.resolve() }
  if (app !== undefined)
    return async (path, init) => app.fetch(new Request(`http://127.0.0.1${path}`, init), { KEYS: keys })
  const handler = exports['handler'] as ((event: object) => Promise<{ statusCode: number }>) | undefined
  return handler && (async (path) => ({ status: (await handler(lambdaEvent(path))).statusCode }))
}

/** An event of an HTTP API, version 2.0. */
function lambdaEvent(path: string): object {
  const http = { method: 'POST', path }
  return {
    version: '2.0',
    rawPath: path,
    rawQueryString: '',
    headers: {},
    requestContext: { http },
    isBase64Encoded: false,
  }
}
