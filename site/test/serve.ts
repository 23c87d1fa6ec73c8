/** Serves the built site on loopback, as a host of static files with clean URLs does. */

import { createServer } from 'node:http'
import { existsSync, readFileSync, statSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const dist = fileURLToPath(new URL('../.vitepress/dist', import.meta.url))
const base = '/jobpass/'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
}

/** A running server. */
export interface Site {
  /** The address of the site, with a slash at its end. */
  readonly address: string
  readonly close: () => void
}

/** Starts the server on a free port. */
export async function serveSite(): Promise<Site> {
  const server = createServer((request, response) => {
    const file = fileAt(new URL(request.url ?? '/', 'http://127.0.0.1').pathname)
    if (file === undefined) return response.writeHead(404).end()
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' })
    return response.end(readFileSync(file))
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { address: `http://127.0.0.1:${port}${base}`, close: () => void server.close() }
}

function fileAt(path: string): string | undefined {
  if (!path.startsWith(base)) return undefined
  const name = normalize(path.slice(base.length))
  if (name.startsWith('..')) return undefined
  const candidates = [name, `${name}.html`, join(name, 'index.html')].map((each) => join(dist, each))
  return candidates.find((each) => existsSync(each) && statSync(each).isFile())
}
