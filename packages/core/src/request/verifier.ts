/** The verifier: what a policy makes of tokens, for servers with and without an adapter. */

import { WorkloadAuthError } from '../response/error.ts'
import { Refusal } from '../model/refusal.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Seen, Trusted, VerifierOptions } from '../config/options.ts'
import { Pipeline } from './authenticate.ts'
import type { Policy } from '../config/trusted-issuers.ts'
import { compilePolicy } from '../config/trusted-issuers.ts'
import { compileGuard } from './guard.ts'
import type { RouteRule } from '../rule/rule.ts'
import type { Call } from './call.ts'
import type { KeyReport } from '../keys/key-source.ts'
import { formatType } from '../util/format.ts'
import { recognize } from '../util/copies.ts'

/** Verifies tokens for one API; made by `createVerifier`, shared by as many middlewares as you like. */
export interface Verifier<out S extends AnyWorkload | undefined = AnyWorkload | undefined> {
  /**
   * Verifies the text of a token and asks `deny` and `trust`. Rejects with a `WorkloadAuthError`.
   */
  verify(token: string): Promise<NonNullable<S>>
  /**
   * The same for the values of a request's header, with a route's rules beside it: for servers without an adapter. Resolves to the workload, or to
   * `undefined` where calling is optional and no rules are given. `request` is needed for tokens that are bound to a key alone. Rejects with a `WorkloadAuthError`, whose `status`, `headers` and `problem` are the answer.
   */
  authorize(
    headerValues: string | readonly string[] | undefined,
    rules?: RouteRule | readonly RouteRule[],
    request?: AuthorizedRequest,
  ): Promise<S>
  /**
   * Fetches the keys of every issuer that has none yet, and reports for each. Never rejects: a server can start without them.
   *
   * @example
   * ```ts
   * for (const { issuer, ready, reason } of await verifier.ready()) if (!ready) log.warn(`no keys of ${issuer}: ${reason}`)
   * ```
   */
  ready(): Promise<readonly KeyReport[]>
}

/** The request of a call: events name it, and a proof of possession is about it (RFC 9449 §4.2). */
export interface AuthorizedRequest {
  /** In upper case. */
  readonly method: string
  /** The path of the request's target, behind the origin that `serviceTokens()` was given. */
  readonly path: string
  /** The values of the `DPoP` header. Default: none. */
  readonly proofs?: readonly string[]
}

function callOf(policy: Policy, request: AuthorizedRequest | undefined): Call {
  if (request === undefined) return { policy }
  const { method, path, proofs = [] } = request
  return { policy, request: { raw: request, facts: () => ({ method, path, headers: () => proofs }) } }
}

const pipelines = new WeakMap<object, Pipeline>()
recognize((value) => pipelineOf(value) !== undefined)

/** The pipeline of a verifier made here, or `undefined` for anything else. */
export function pipelineOf(verifier: unknown): Pipeline | undefined {
  return typeof verifier === 'object' && verifier !== null ? pipelines.get(verifier) : undefined
}

/** What a verifier made here decides by, or `undefined` for anything else. */
export function policyOf(verifier: unknown): Policy | undefined {
  return pipelineOf(verifier)?.policy
}

/**
 * Makes a verifier. Throws a `TypeError` that says what to write instead.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) })
 * const workload = await verifier.verify(token)
 * ```
 */
export function createVerifier<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): Verifier<Seen<T, O>> {
  const policy = compilePolicy(options)
  const raise = <V>(outcome: V | Refusal): V => {
    if (outcome instanceof Refusal) throw new WorkloadAuthError(outcome, policy)
    return outcome
  }
  const verifier: Verifier = {
    verify: async (token) => {
      if (typeof token !== 'string') throw new TypeError(`verify() takes the text of a token, not ${formatType(token)}`)
      return raise(await pipeline.authenticate([`Bearer ${token}`], false)) as AnyWorkload
    },
    authorize: async (values, rules, request) => {
      const guard = rules === undefined ? undefined : compileGuard(Array.isArray(rules) ? rules : [rules])
      const list = typeof values === 'string' ? [values] : (values ?? [])
      const call = callOf(policy, request)
      const workload = raise(await pipeline.authenticate(list, policy.optional, call))
      if (guard !== undefined) raise(await guard({ ...call, workload }, undefined))
      return workload
    },
    ready: () => Promise.all([...policy.issuers.values()].map(({ keys }) => keys.ready())),
  }
  const pipeline = new Pipeline(verifier, policy)
  pipelines.set(verifier, pipeline)
  return Object.freeze(verifier) as unknown as Verifier<Seen<T, O>>
}
