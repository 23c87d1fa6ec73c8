/** What is around a guard in a test: upstream, proxy, and a client that may send anything. */

import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http'
import { createServer, request } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The configurations that users copy. */
export const examples: string = fileURLToPath(new URL('../../examples/forward-auth', import.meta.url))

/** A request as the upstream got it. */
interface Received {
  /** The target. */
  readonly url: string
  /** The names and values of its headers, as they came. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  /** The body. */
  readonly body: string
}

/** An upstream that keeps what it gets. */
export interface Upstream {
  /** Its port. */
  readonly port: number
  /** What it got. */
  readonly received: Received[]
  /** Stops it. */
  readonly close: () => void
}

/** Starts an upstream. */
export async function startUpstream(): Promise<Upstream> {
  const received: Received[] = []
  const server = createServer((req, res) => {
    const { rawHeaders, url = '' } = req
    const headers = rawHeaders.flatMap((name, index): [string, string][] =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1] as string]] : [],
    )
    const got = { url, headers, body: '' }
    received.push(got)
    req.on('data', (chunk: Buffer) => (got.body += chunk.toString('latin1')))
    req.on('end', () => res.end('reached'))
  })
  return { port: await listening(server), received, close: () => closeAll(server) }
}

function closeAll(server: ReturnType<typeof createServer>): void {
  server.close()
  server.closeAllConnections()
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

/** A wire to a port, which keeps what goes through it. */
export async function startWire(to: number): Promise<{ readonly port: number; sent(): string; close(): void }> {
  const chunks: Buffer[] = []
  const server = createTcpServer((from) => {
    const onward = connect(to, '127.0.0.1')
    from.on('data', (chunk: Buffer) => chunks.push(chunk))
    from.pipe(onward).pipe(from)
    for (const socket of [from, onward]) socket.on('error', () => socket.destroy())
  })
  return {
    port: await listening(server),
    sent: () => Buffer.concat(chunks).toString('latin1'),
    close: () => void server.close(),
  }
}

/** The ports that a configuration names, and those to put in their place. */
export interface Ports {
  /** The guard. */
  readonly guard: number
  /** The upstream. */
  readonly upstream: number
  /** The proxy. */
  readonly proxy: number
}

/** How the programs are started in a folder with their configuration. */
export const commands: Readonly<Record<'nginx' | 'caddy' | 'haproxy', (folder: string) => readonly string[]>> = {
  nginx: (folder) => [
    '-p',
    folder,
    '-c',
    join(folder, 'nginx.conf'),
    '-g',
    `daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
  ],
  caddy: (folder) => ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')],
  haproxy: (folder) => ['-db', '-C', folder, '-f', 'haproxy.cfg'],
}

/** A proxy that runs. */
export interface Proxy {
  /** Its folder. */
  readonly folder: string
  /** Stops it. */
  readonly stop: () => Promise<void>
}

/** Where nginx keeps what it cannot keep in memory: its own folders belong to root. */
export const nginxFolders: string = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  .map((name) => `${name}_temp_path temporary;`)
  .join(' ')

/** Starts a proxy by the files that users copy, with other ports. */
export async function startProxy(name: keyof typeof commands, ports: Ports): Promise<Proxy> {
  const folder = mkdtempSync(join(tmpdir(), `jobpass-${name}-`))
  cpSync(examples, folder, { recursive: true })
  for (const file of readdirSync(folder)) {
    const path = join(folder, file)
    const given = readFileSync(path, 'utf8')
    const filled = given
      .replaceAll('127.0.0.1:4921', `127.0.0.1:${ports.guard}`)
      .replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.upstream}`)
      .replaceAll('127.0.0.1:8080', `127.0.0.1:${ports.proxy}`)
      .replace(/^http \{$/m, `http {\n  access_log off; ${nginxFolders}`)
    writeFileSync(path, filled)
  }
  const child = spawn(name, commands[name](folder), {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let err = ''
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  while (!(await answers(ports.proxy)))
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}: ${err}`)
  return { folder, stop: () => end(child, folder) }
}

async function end(child: ChildProcess, folder: string): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
  rmSync(folder, { recursive: true, force: true })
}

/** Whether something listens on a port. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const done = (yes: boolean) => (): void => {
      socket.destroy()
      resolve(yes)
    }
    socket.once('connect', done(true)).once('error', done(false))
  })
}

/** What a client sends. */
export interface Sent {
  /** The target, as it is sent. */
  readonly path: string
  /** The method. Default `GET`. */
  readonly method?: string
  /** The headers. */
  readonly headers?: OutgoingHttpHeaders
  /** Names and values in turn, in place of headers. */
  readonly rawHeaders?: readonly string[]
  /** The body, in chunks. */
  readonly body?: readonly string[]
}

/** An answer. */
export interface Got {
  /** The status. */
  readonly status: number | undefined
  /** The headers. */
  readonly headers: IncomingMessage['headers']
  /** The text. */
  readonly body: string
}

/** Sends a request. A body goes without a length, each chunk once the one before has left. */
export async function send(port: number, { path, method = 'GET', headers, rawHeaders, body = [] }: Sent): Promise<Got> {
  const outgoing = request({ host: '127.0.0.1', port, path, method, headers: rawHeaders ?? headers, agent: false })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  for (const chunk of body) if (!outgoing.destroyed && !outgoing.write(chunk)) await drained(outgoing)
  outgoing.end()
  const answer = await answered
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) }
}

/** A proxy that refuses may close the connection before all was sent. */
function drained(outgoing: ReturnType<typeof request>): Promise<void> {
  return new Promise((resolve) => {
    for (const event of ['drain', 'close', 'response']) outgoing.once(event, () => resolve())
  })
}
