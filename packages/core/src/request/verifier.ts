/** The verifier, for servers with and without an adapter. */

import type { VerifiedToken } from '../workload/verified-token.ts'
import { WorkloadAuthError } from '../response/error.ts'
import { Refusal } from '../model/refusal.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Seen, Trusted, VerifierOptions } from '../config/options.ts'
import { compileGuard } from './guard.ts'
import type { RouteRule } from '../rule/rule.ts'
import type { Call } from './call.ts'
import { keepPipeline, newPipeline } from './pipelines.ts'
import type { KeyReport } from '../keys/key-source.ts'
import { formatType } from '../util/format.ts'

/** The values of a request's credential header, as the server gives them: one, several or none. */
export type HeaderValues = string | readonly string[] | undefined

/**
 * Verifies tokens for one API. Made by `createVerifier`; any number of middlewares may share one.
 */
export interface Verifier<out S extends AnyWorkload | undefined = AnyWorkload | undefined> {
  /**
   * Verifies the text of a token, then evaluates `deny` and `trust`.
   *
   * @throws {WorkloadAuthError} for a token that is refused, as a rejection.
   * @throws {TypeError} for a value that is not text, as a rejection.
   */
  verify(token: string): Promise<NonNullable<S>>
  /**
   * Verifies the credential of a request, for servers without an adapter. Resolves to the workload,
   * or with `optional: true` to `undefined` for a request without a token of a trusted issuer. A
   * token that is bound to a key needs `request`.
   *
   * @throws {TypeError} for a `request` that is none, such as a rule, as a rejection.
   * @throws {WorkloadAuthError} as a rejection. Answer with its `status`, `headers` and `problem`.
   */
  authorize(headerValues: HeaderValues, request?: AuthorizedRequest): Promise<S>
  /**
   * Makes an `authorize` for one route, whose caller must also match one of the rules. Make it
   * once, at startup.
   *
   * @throws {TypeError} for bad rules.
   * @example
   * ```ts
   * const mayDeploy = verifier.guard(githubActions({ repository: 'acme/shop', branch: 'main' }))
   * const workload = await mayDeploy(req.headers.authorization)
   * ```
   */
  guard(
    ...rules: readonly (RouteRule | readonly [RouteRule, ...RouteRule[]])[]
  ): (headerValues: HeaderValues, request?: AuthorizedRequest) => Promise<NonNullable<S>>
  /**
   * Fetches the keys of every issuer that has none yet, and reports for each issuer. Never rejects,
   * since a server can start without keys.
   *
   * @example
   * ```ts
   * for (const { issuer, ready, reason } of await verifier.ready())
   *   if (!ready) log.warn(`no keys of ${issuer}: ${reason}`)
   * ```
   */
  ready(): Promise<readonly KeyReport[]>
}

/** The request of a call. Events name it, and a proof of possession covers it (RFC 9449 §4.2). */
export interface AuthorizedRequest {
  /** The method, in upper case. */
  readonly method: string
  /** The path of the request target, relative to the `dpop.origin` of `serviceTokens()`. */
  readonly path: string
  /** All values of the `DPoP` header. Default: none. */
  readonly proofs?: readonly string[]
}

function requestOf(request: AuthorizedRequest | undefined): Call['request'] {
  if (request === undefined) return undefined
  const { method, path, proofs = [] } = request
  // A rule in its place would check nothing.
  if (typeof method !== 'string' || typeof path !== 'string')
    throw new TypeError(
      'The request of a call is { method, path, proofs }; for rules, make verifier.guard(rule) once, and call that',
    )
  return { raw: request, facts: () => ({ method, path, headers: () => proofs }) }
}

/**
 * Makes a verifier: for servers without an adapter, and to share one between apps and an exchange.
 *
 * @throws {TypeError} that says what to write instead.
 * @example
 * ```ts
 * const verifier = createVerifier({
 *   audience: 'https://api.acme.dev',
 *   trust: githubActions({ ownerId: '1234567' }),
 * })
 * const workload = await verifier.verify(token)
 * ```
 */
export function createVerifier<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): Verifier<Seen<T, O>> {
  const pipeline = newPipeline(options)
  const { config } = pipeline
  const raise = <V>(outcome: V | Refusal): V => {
    if (outcome instanceof Refusal) throw new WorkloadAuthError(outcome, config)
    return outcome
  }
  const authenticate = async (values: HeaderValues, request: AuthorizedRequest | undefined): Promise<Call> => {
    const list = typeof values === 'string' ? [values] : (values ?? [])
    const call: Call = { config, request: requestOf(request), token: undefined }
    call.token = raise(await pipeline.authenticate(list, call))
    return call
  }
  const verifier: Verifier = {
    verify: async (text) => {
      if (typeof text !== 'string') throw new TypeError(`verify() takes the text of a token, not ${formatType(text)}`)
      const token = raise(await pipeline.authenticate([`Bearer ${text}`], undefined, false)) as VerifiedToken
      return token.identity
    },
    authorize: async (values, request) => (await authenticate(values, request)).token?.identity,
    guard: (...rules) => {
      const guard = compileGuard(rules)
      return async (values, request) => {
        const call = await authenticate(values, request)
        raise(await guard(call, undefined))
        return (call.token as VerifiedToken).identity
      }
    },
    ready: () => Promise.all([...config.issuers.values()].map(({ keys }) => keys.ready())),
  }
  keepPipeline(verifier, pipeline)
  return Object.freeze(verifier) as unknown as Verifier<Seen<T, O>>
}
