/** The guard of servers whose requests and responses are those of the Fetch API. */

import type { FrameworkBinding, GuardedBy, GuardRules, Refused, RuleResolver, Seen, Trusted } from './adapter.ts'
import { createAuthenticator, createGuard, fetchHeaderValues, fetchRequestHead, responseOf } from './adapter.ts'
import type { VerifierOptions } from './config/options.ts'
import type { AnyWorkload } from './model/workload.ts'
import type { WorkloadFrom } from './provider/provider.ts'
import type { WorkloadIdentity } from './providers/workloads.ts'
import { workloadOf } from './request/middleware.ts'
import type { Verifier } from './request/verifier.ts'
import type { TrustRule } from './rule/rule.ts'
import { formatType } from './util/format.ts'

/** A request that a fetch guard admits. */
export interface Admitted<W> {
  /** The verified caller; `undefined` without a token if the verifier is optional. */
  readonly workload: W
}

/**
 * Checks one request. Resolves to its verified caller, or to the `Response` of the refusal. The
 * request is not changed, and its body is not read.
 *
 * @throws {WorkloadAuthError} in place of that response where the verifier has `errors: 'throw'`,
 *   as a rejection.
 * @throws {TypeError} for anything except a `Request`, as a rejection.
 */
export type FetchGuard<W> = (request: Request) => Promise<Response | Admitted<W>>

const binding: FrameworkBinding<Request> = {
  place: 'the workload of the request',
  read: () => undefined,
  show: () => {},
  request: fetchRequestHead,
  // A private field on a request that other code made would change it.
  ownHiddenClass: true,
}

/**
 * Makes the guard of a server that answers a `Request` with a `Response`: Bun, Deno, Workers,
 * Next.js and others. Takes verifier options, or a verifier that several routes share; then the
 * rules of the route, or a function that finds them. Without rules, `trust` decides. Make it once,
 * at startup.
 *
 * @throws {TypeError} for invalid options, and for anything except rules after them.
 * @example
 * ```ts
 * const verifier = createVerifier({
 *   audience: 'https://api.acme.dev',
 *   trust: githubActions({ ownerId: '1234567' }),
 * })
 * const main = githubActions({ repository: 'acme/shop', branch: 'main' })
 * const mayDeploy = fetchGuard(verifier, main)
 *
 * export default {
 *   async fetch(request: Request): Promise<Response> {
 *     const auth = await mayDeploy(request)
 *     if (!('workload' in auth)) return auth
 *     return Response.json({ deployed: auth.workload.commit })
 *   },
 * }
 * ```
 */
export function fetchGuard<R extends GuardRules>(
  verifier: Verifier | VerifierOptions,
  ...rules: R
): FetchGuard<GuardedBy<R>>
export function fetchGuard<R extends TrustRule<AnyWorkload> = TrustRule<WorkloadIdentity>>(
  verifier: Verifier | VerifierOptions,
  resolve: RuleResolver<R, Request>,
): FetchGuard<WorkloadFrom<R>>
export function fetchGuard<S extends AnyWorkload | undefined>(verifier: Verifier<S>): FetchGuard<S>
export function fetchGuard<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): FetchGuard<Seen<T, O>>
export function fetchGuard(
  options: Verifier | VerifierOptions,
  ...rules: readonly unknown[]
): FetchGuard<AnyWorkload | undefined> {
  const auth = createAuthenticator(options, binding)
  const guard = rules.length === 0 ? undefined : createGuard(rules)
  const refuse = (refused: Refused): Response => {
    if (refused.throws) throw refused.error()
    return responseOf(refused)
  }
  return async (request) => {
    // Node's requests have headers without a `get`.
    if (typeof (request as Partial<Request> | undefined)?.headers?.get !== 'function')
      throw new TypeError(`A fetch guard takes a Request of the Fetch API, not ${formatType(request)}`)
    const refused =
      (await auth.authenticate(request, fetchHeaderValues(request, auth.header))) ?? (await guard?.(request, request))
    return refused === undefined ? { workload: workloadOf(request) } : refuse(refused)
  }
}
