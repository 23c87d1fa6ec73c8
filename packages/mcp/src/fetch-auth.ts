/** The gate of MCP servers that answer a `Request` with a `Response`. */

import type { AnyWorkload, Verifier, VerifierOptions } from '@jobpass/core'
import { fetchGuard } from '@jobpass/core'
import type { Seen, Trusted } from '@jobpass/core/adapter'
import type { AuthInfo } from './auth-info.ts'
import { describeCaller } from './auth-info.ts'

/**
 * Checks one request. Resolves to the `AuthInfo` of its caller, or to the `Response` of the
 * refusal; with `optional`, to `undefined` for a caller that is no job.
 */
export type FetchAuth<W> = (request: Request) => Promise<Response | (W extends AnyWorkload ? AuthInfo<W> : undefined)>

/**
 * Verifies the caller of an MCP endpoint: Bun, Deno, Workers, Hono (`c.req.raw`) and others. Takes
 * verifier options, or a verifier. Make it once, at startup, and check each request before the SDK
 * handles it, whatever its method.
 *
 * @throws {TypeError} for invalid options.
 *
 * @example
 * ```ts
 * const auth = fetchAuth({
 *   audience: 'https://mcp.acme.dev/mcp',
 *   trust: githubActions({ ownerId: '1234567' }),
 * })
 *
 * export default {
 *   async fetch(request: Request): Promise<Response> {
 *     const caller = await auth(request)
 *     return 'token' in caller ? handler.fetch(request, { authInfo: caller }) : caller
 *   },
 * }
 * ```
 */
export function fetchAuth<S extends AnyWorkload | undefined>(verifier: Verifier<S>): FetchAuth<S>
export function fetchAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): FetchAuth<Seen<T, O>>
export function fetchAuth(options: Verifier | VerifierOptions): FetchAuth<never> {
  const guard = fetchGuard(options as Verifier)
  return async (request) => {
    const auth = await guard(request)
    return 'workload' in auth ? ((auth.workload && describeCaller(request, auth.workload)) as never) : auth
  }
}
