/**
 * jobpass for Hono 4: one line verifies the OIDC token of the CI job that calls, one argument on a route says which job may.
 *
 * @module
 */

import type { Seen, Trusted } from '@jobpass/core/adapter'
import type {
  AnyWorkload,
  Endpoint,
  RouteRule,
  TrustRule,
  Verifier,
  VerifierOptions,
  WorkloadFrom,
  WorkloadIdentity,
} from '@jobpass/core'
import type { Expected, FrameworkBinding, Awaitable, Refused, RuleResolver, Wanted } from '@jobpass/core/adapter'
import { fetchEndpointRequest, isPromise, isRequestFault, joinEndpoints, responseOf } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, expectWorkload } from '@jobpass/core/adapter'
import type { Context, MiddlewareHandler, Next } from 'hono'
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
type Resolver<R extends TrustRule<AnyWorkload> = TrustRule<AnyWorkload>> = RuleResolver<R, Context>

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
  const { header, authenticate } = createAuthenticator(options, binding)
  return (c, next) => {
    const value = c.req.raw.headers.get(header)
    return proceed(authenticate(c, value === null ? [] : [value]), c, next)
  }
}

const binding: FrameworkBinding<Context> = {
  place: 'c.var.workload',
  read: (c) => c.get('workload'),
  show: (c, workload) => c.set('workload', workload),
  request: (c) => fetchEndpointRequest(c.req.raw),
}

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
  return (c, next) => proceed(guard(c, c), c, next)
}

/**
 * The verified caller of a request; with rules or providers, checked and narrowed to them. Throws an `Error` when there is none.
 *
 * @example
 * ```ts
 * const { repository, commit, actor } = getWorkload(c, githubActions)
 * ```
 */
export function getWorkload<const A extends Wanted>(c: Context, ...wanted: A): Expected<A> {
  return expectWorkload(c, wanted) as Expected<A>
}

/**
 * Answers the requests that are for an endpoint; the first of them that answers does, and all other requests go on. Throws a `TypeError` for what is no endpoint.
 *
 * @example
 * ```ts
 * app.use(endpoints({ answer: ({ path }) => (path === '/healthz' ? { status: 204, headers: {}, body: '' } : undefined) }))
 * ```
 */
export function endpoints(...endpoints: readonly Endpoint[]): MiddlewareHandler {
  const endpoint = joinEndpoints(endpoints)
  return async (c, next) => {
    const given = endpoint.answer(fetchEndpointRequest(c.req.raw, c.req.bodyCache))
    if (given === undefined) return next()
    const { status, headers, body } = await Promise.resolve(given).catch(rethrow)
    // A response such as 204 has no body, not even an empty one.
    return c.newResponse(body || null, status as 200, headers)
  }
}

function proceed(refused: Awaitable<Refused | undefined>, c: Context, next: Next): Promise<Response | void> {
  if (isPromise(refused)) return refused.then((settled) => proceed(settled, c, next))
  return refused === undefined ? next() : answer(refused, c)
}

async function answer(refused: Refused, c: Context): Promise<Response> {
  // With a response of its own: what is written on the context stays there when the application recovers.
  if (refused.throws) throw exception(refused.status, refused.error(), responseOf(refused))
  if (refused.challenge !== undefined) c.header('WWW-Authenticate', refused.challenge, { append: true })
  return c.body(refused.body, refused.status, refused.headers)
}

/** Faults of a request become Hono's own error; Hono logs every other error with its stack. */
function rethrow(error: unknown): never {
  throw isRequestFault(error) ? exception(error.status, error) : error
}

function exception(status: number, cause: Error, res?: Response): HTTPException {
  return new HTTPException(status as 400, { message: cause.message, cause, ...(res && { res }) })
}
