/** Forwards requests to the registry behind the gateway, without their credentials. */

import { request } from 'node:http'
import { pipeline } from 'node:stream'
import type { RequestHandler } from 'express'

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
      else res.status(502).json({ message: 'The registry cannot be reached.' })
    })
    pipeline(req, forwarded, (failure) => {
      if (failure && !res.headersSent && req.destroyed) next(failure)
    })
  }
}
