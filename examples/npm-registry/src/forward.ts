/** What the gateway sends to the registry behind it, without credentials. */

import { request } from 'node:http'
import { pipeline } from 'node:stream'
import type { RequestHandler } from 'express'

const unreachable = 'The registry cannot be reached.'

/** Forwards requests as they are. */
export function forwardTo({ hostname, port }: URL): RequestHandler {
  return (req, res, next) => {
    // Verdaccio makes the addresses of tarballs from the Host header, so it stays.
    const { authorization: _, connection: __, ...headers } = req.headers
    const { method, originalUrl: path } = req
    const forwarded = request({ hostname, port, method, path, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      pipeline(answer, res, () => {})
    })
    forwarded.on('error', () => {
      if (res.headersSent) res.destroy()
      else res.status(502).json({ error: unreachable })
    })
    pipeline(req, forwarded, (failure) => {
      if (failure && !res.headersSent && req.destroyed) next(failure)
    })
  }
}

/** Publishes a document of a package. */
export function publishTo(upstream: URL) {
  return async (name: string, document: object): Promise<{ readonly status: number; readonly body: string }> => {
    try {
      const answer = await fetch(new URL(`/${encodeURIComponent(name)}`, upstream), {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(document),
        redirect: 'error',
      })
      return { status: answer.status, body: await answer.text() }
    } catch {
      return { status: 502, body: JSON.stringify({ error: unreachable }) }
    }
  }
}
