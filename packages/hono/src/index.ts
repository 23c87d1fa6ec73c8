/**
 * jobpass for Hono 4: one line verifies the OIDC token of the CI job that calls, one argument on a route says which job may.
 *
 * @module
 */

import type {
  AnyWorkload,
  ProviderLike,
  Seen,
  Trusted,
  RouteRule,
  TrustRule,
  Verifier,
  VerifierOptions,
  WorkloadFrom,
  WorkloadIdentity,
} from '@jobpass/core'
import type { Refused } from '@jobpass/core/adapter'
import { createEntrance, createGuard, expectWorkload, privateName, workloadOf } from '@jobpass/core/adapter'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'

export * from '@jobpass/core'

/** What `c.var` holds behind `workloadAuth`. */
export interface WorkloadEnv<W = WorkloadIdentity> {
  Variables: {
    /** The verified caller; `undefined` where calling is optional. */
    readonly workload: W
  }
}

/** Finds the rules for one request: `undefined` denies, throwing or taking 5 s is 503. */
export type Resolver<R extends TrustRule<AnyWorkload> = TrustRule<AnyWorkload>> = (
  workload: WorkloadIdentity,
  c: Context,
) => R | readonly R[] | undefined | Promise<R | readonly R[] | undefined>

/**
 * Verifies the caller of every request behind it. Takes the options of a verifier, or a verifier; throws a `TypeError` for bad options.
 *
 * @example
 * ```ts
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) }))
 * ```
 */
export function workloadAuth<S extends AnyWorkload | undefined>(
  verifier: Verifier<S>,
): MiddlewareHandler<WorkloadEnv<S>>
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): MiddlewareHandler<WorkloadEnv<Seen<T, O>>>
export function workloadAuth(options: Verifier | VerifierOptions): MiddlewareHandler {
  const { header, enter } = createEntrance(options)
  return (c, next) => {
    const value = c.req.raw.headers.get(header)
    const refused = enter(c, value === null ? [] : [value])
    const pass = (settled: Refused | undefined): Promise<Response | void> => {
      if (settled !== undefined) return answer(settled, c)
      if (exposed.get(c) === undefined && c.get('workload') !== undefined)
        throw new Error('c.var.workload is taken by another middleware')
      exposed.set(c, true)
      c.set('workload', workloadOf(c))
      return next()
    }
    return refused instanceof Promise ? refused.then(pass) : pass(refused)
  }
}

const exposed = privateName<true>()

/**
 * Lets a request pass when one of the rules allows its caller. Throws a `TypeError` for something that is no rule.
 *
 * @example
 * ```ts
 * app.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), (c) => c.json(c.var.workload.commit))
 * ```
 */
export function requireWorkload<R extends readonly [RouteRule, ...RouteRule[]]>(
  ...rules: R
): MiddlewareHandler<WorkloadEnv<WorkloadFrom<R[number]>>>
export function requireWorkload<R extends TrustRule<AnyWorkload> = TrustRule<WorkloadIdentity>>(
  resolve: Resolver<R>,
): MiddlewareHandler<WorkloadEnv<WorkloadFrom<R>>>
export function requireWorkload(...rules: readonly unknown[]): MiddlewareHandler {
  const guard = createGuard(rules)
  return (c, next) => {
    const refused = guard(c, c)
    const pass = (settled: Refused | undefined): Promise<Response | void> =>
      settled === undefined ? next() : answer(settled, c)
    return refused instanceof Promise ? refused.then(pass) : pass(refused)
  }
}

/**
 * The verified caller of a request; with rules or providers, checked and narrowed to them. Throws an `Error` when there is none.
 *
 * @example
 * ```ts
 * const { repository, commit, actor } = getWorkload(c, githubActions)
 * ```
 */
export function getWorkload<const A extends readonly (TrustRule<AnyWorkload> | ProviderLike)[]>(
  c: Context,
  ...wanted: A
): A extends readonly [] ? WorkloadIdentity : WorkloadFrom<A[number]> {
  return expectWorkload(c, wanted) as A extends readonly [] ? WorkloadIdentity : WorkloadFrom<A[number]>
}

async function answer(refused: Refused, c: Context): Promise<Response> {
  if (refused.challenge !== undefined) c.header('WWW-Authenticate', refused.challenge, { append: true })
  const response = c.body(refused.body, refused.status, refused.headers)
  if (refused.throws) throw new HTTPException(refused.status, { res: response, cause: refused.error() })
  return response
}
