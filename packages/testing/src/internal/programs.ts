/** Programs of an example, in processes of their own: its build, and its server. */

import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

type Env = Readonly<Record<string, string>>
type Child = ChildProcessByStdio<null, Readable, Readable>

interface Programs {
  /** Runs a program of Node to its end. Resolves to its exit code and its output. */
  readonly run: (args: readonly string[], env?: Env) => Promise<Ended>
  /**
   * Starts a program that serves HTTP, and gets the keys of an issuer from a test issuer. Resolves
   * to the URL that it prints.
   */
  readonly serve: (args: readonly string[], issuer: Issuer, env?: Env) => Promise<string>
  /** The lines that the servers have printed, in order. */
  readonly printed: readonly string[]
  /** Stops every program that still runs, and the servers of keys. */
  readonly stop: () => Promise<void>
}

interface Issuer {
  readonly issuer: string
  readonly fetch: typeof fetch
}

interface Ended {
  readonly code: number | null
  readonly output: string
}

/** Programs of a folder, which run without the variables of the test runner. */
export function programsOf(folder: string): Programs {
  const running = new Map<Child, Promise<unknown>>()
  const keyServers: Server[] = []
  const printed: string[] = []
  const start = (args: readonly string[], env: Env = {}): Child => {
    const child = spawn(process.execPath, args, {
      cwd: folder,
      env: { NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // None outlives a test run that hangs.
      timeout: 300_000,
    })
    running.set(
      child,
      once(child, 'close').finally(() => running.delete(child)),
    )
    return child
  }
  return {
    run: async (args, env) => {
      const child = start(args, env)
      const output = await Promise.all([text(child.stdout), text(child.stderr), running.get(child)])
      return { code: child.exitCode, output: `${output[0]}${output[1]}` }
    },
    serve: async (args, issuer, env) => {
      const keys = await serveKeys(issuer)
      keyServers.push(keys)
      const origin = `http://127.0.0.1:${(keys.address() as AddressInfo).port}`
      return new Promise((resolve, reject) => {
        const child = start(['--import', redirecting(issuer.issuer, origin), ...args], env)
        let output = ''
        const read = (chunk: Buffer): void => {
          output += chunk.toString()
          const [url] = /http:\/\/[^\s/]+:\d+(?=\s)/.exec(output) ?? []
          if (url !== undefined) resolve(url)
        }
        child.stdout.on('data', read)
        createInterface(child.stdout).on('line', (line) => void printed.push(line))
        child.stderr.on('data', read)
        child.once('close', () => reject(new Error(`the server ended: ${output}`)))
      })
    },
    printed,
    stop: async () => {
      for (const child of running.keys()) child.kill()
      await Promise.all(running.values())
      for (const server of keyServers) server.close()
    },
  }
}

/** Serves the documents of a test issuer over HTTP. */
async function serveKeys({ issuer, fetch }: Issuer): Promise<Server> {
  const server = createServer((request, response) => {
    fetch(`${issuer}${request.url}`)
      .then(async (document) => response.writeHead(document.status).end(await document.text()))
      .catch(() => response.destroy())
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

/** A module that sends requests for one origin to another. */
const redirecting = (from: string, to: string): string =>
  `data:text/javascript,${encodeURIComponent(`
    const { fetch } = globalThis
    globalThis.fetch = (input, init) => fetch(String(input).replace('${from}', '${to}'), init)
  `)}`

/** Sends the head of a request, line by line, and resolves to all that the server answers. */
export async function sendHead(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(`${[...lines, 'host: localhost', 'content-length: 0', 'connection: close'].join('\r\n')}\r\n\r\n`)
  return text(socket)
}
