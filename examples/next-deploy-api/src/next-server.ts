/** Builds and starts Next.js apps in tests, each as a process of its own. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** What the app gets the keys of GitHub from. */
interface Keys {
  readonly issuer: string
  readonly fetch: typeof fetch
}

export interface NextServer {
  readonly url: string
  /** The lines that handlers print. */
  readonly printed: readonly string[]
  close(): Promise<void>
}

const next = createRequire(import.meta.url).resolve('next/dist/bin/next')
const env = { PATH: process.env['PATH'], NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', PORT: '0' } as const

export const build = (folder: string): Promise<unknown> =>
  promisify(execFile)(process.execPath, [next, 'build', folder], { env })

export const startNext = (folder: string, keys: Keys): Promise<NextServer> => start([next, 'start', folder], keys)

/** Starts a server that prints its address. It fetches the keys of GitHub from a test issuer. */
export async function start(program: readonly string[], keys: Keys): Promise<NextServer> {
  const documents = await serve(keys)
  const origin = `http://127.0.0.1:${(documents.address() as AddressInfo).port}`
  const child = spawn(process.execPath, ['--import', redirecting(keys.issuer, origin), ...program], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  const printed: string[] = []
  const url = await new Promise<string>((resolve, reject) => {
    let errors = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
    createInterface(child.stdout).on('line', (line) => {
      const [address] = /http:\/\/localhost:\d+/.exec(line) ?? []
      if (address === undefined) printed.push(line)
      else resolve(address)
    })
    child.once('exit', () => reject(new Error(`The server ended: ${errors}`)))
  })
  return {
    url,
    printed,
    close: async () => {
      child.kill()
      await ended
      documents.close()
    },
  }
}

/** Serves the documents of a test issuer over HTTP. */
async function serve({ issuer, fetch }: Keys): Promise<Server> {
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
