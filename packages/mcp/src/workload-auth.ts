/** The gate of MCP servers on Node, with or without Express. */

import type { Verifier, VerifierOptions } from '@jobpass/core'
import type { FrameworkBinding, Refused, Trusted } from '@jobpass/core/adapter'
import { createAuthenticator, nodeHeaderValues, nodeRequestHead } from '@jobpass/core/adapter'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthInfo } from './auth-info.ts'
import { describeCaller } from './auth-info.ts'

/** Middleware of Express, Connect, and of plain Node servers. */
export type WorkloadMiddleware = (req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void) => void

/** A request, with what transports of the SDK read and what Express adds. */
interface McpRequest extends IncomingMessage {
  auth?: AuthInfo | undefined
  readonly originalUrl?: string
}

const binding: FrameworkBinding<McpRequest> = {
  place: 'req.auth',
  read: (req) => req.auth,
  show: (req, caller) => {
    const workload = caller()
    req.auth = workload && describeCaller(req, workload)
  },
  request: (req) => nodeRequestHead(req, req.originalUrl ?? req.url ?? '/'),
  ownHiddenClass: true,
}

/**
 * Verifies the caller of an MCP endpoint, and sets `req.auth`, which the Node transports of the SDK
 * read. Takes verifier options, or a verifier.
 *
 * @throws {TypeError} for invalid options.
 *
 * @example
 * ```ts
 * const trust = githubActions({ ownerId: '1234567' })
 * app.use('/mcp', workloadAuth({ audience: 'https://mcp.acme.dev/mcp', trust }))
 * ```
 */
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O> | Verifier,
): WorkloadMiddleware {
  const auth = createAuthenticator(options, binding)
  const verify = async (req: McpRequest): Promise<Refused | undefined> =>
    auth.authenticate(req, nodeHeaderValues(req, auth.header))
  return (req, res, next) => {
    verify(req)
      .then((refused) => (refused === undefined ? next() : answer(refused, res, next)))
      .catch(next)
  }
}

function answer(refused: Refused, res: ServerResponse, next: (error: unknown) => void): void {
  if (refused.throws || res.headersSent) return next(refused.error())
  if (refused.challenge !== undefined) res.appendHeader('WWW-Authenticate', refused.challenge)
  res.statusCode = refused.status
  for (const [name, value] of Object.entries(refused.headers)) res.setHeader(name, value)
  res.end(refused.body)
}
