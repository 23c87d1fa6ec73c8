/**
 * jobpass for Hono 4: one line verifies the OIDC token of the calling CI job, and one argument on a
 * route names the jobs that may call it.
 *
 * @module
 */

import type { GuardedBy, GuardRules, Seen, Trusted } from '@jobpass/core/adapter'
import type { AnyWorkload, TrustRule, WorkloadFrom, WorkloadIdentity } from '@jobpass/core'
import type { Endpoint, Verifier, VerifierOptions } from '@jobpass/core'
import type { Authenticator, FrameworkBinding, Awaitable, Refused, RuleResolver } from '@jobpass/core/adapter'
import { fetchEndpointRequest, fetchHeaderValues, isRequestFault, joinEndpoints } from '@jobpass/core/adapter'
import { authenticatorOf, challengeOf, createAuthenticator, createGuard, isPromise } from '@jobpass/core/adapter'
import { fetchRequestHead, offerInResponse, responseOf, withAuthenticator } from '@jobpass/core/adapter'
import type { Context, Env, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'

export * from '@jobpass/core'

/** Type of the context behind `workloadAuth`. */
export interface WorkloadEnv<W = WorkloadIdentity> {
  /** Type of `c.var`. */
  Variables: {
    /** The verified caller; `undefined` without a token if the verifier is optional. */
    readonly workload: W
  }
}

/**
 * Finds the rules for one request. `undefined` denies; throwing or taking longer than 5 s is a 503.
 *
 * @inline
 */
type Resolver<R extends TrustRule<AnyWorkload> = TrustRule<AnyWorkload>> = RuleResolver<R, Context>

/**
 * Verifies the caller of every request behind it. Takes verifier options, or a verifier.
 *
 * @throws {TypeError} for invalid options.
 *
 * @example
 * ```ts
 * const trust = githubActions({ ownerId: '1234567' })
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust }))
 * ```
 */
export function workloadAuth<S extends AnyWorkload | undefined>(
  verifier: Verifier<S>,
): MiddlewareHandler<WorkloadEnv<S>>
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): MiddlewareHandler<WorkloadEnv<Seen<T, O>>>
export function workloadAuth(options: Verifier | VerifierOptions): MiddlewareHandler {
  const auth = createAuthenticator(options, binding)
  return withAuthenticator<MiddlewareHandler>((c, next) => proceed(verified(auth, c), c, next), auth)
}

function verified(auth: Authenticator<Context>, c: Context, optional?: true): Awaitable<Refused | undefined> {
  return auth.authenticate(c, fetchHeaderValues(c.req.raw, auth.header), optional)
}

const binding: FrameworkBinding<Context> = {
  place: 'c.var.workload',
  read: (c) => c.get('workload'),
  show: (c, workload) => c.set('workload', workload()),
  request: (c) => fetchRequestHead(c.req.raw),
}

/**
 * Admits a job or, where the request has no token of a trusted issuer, a caller that another
 * authentication admits. If that refuses with 401, the answer has the challenges of both.
 *
 * @throws {TypeError} unless `workloadAuth(…)` is first.
 *
 * @example
 * ```ts
 * app.use(either(workloadAuth({ audience: 'https://api.acme.dev', trust }), sessionAuth))
 * app.get('/reports', (c) => c.json({ job: c.var.workload?.repository, person: c.var.user?.name }))
 * ```
 */
export function either<W, E extends Env>(
  job: MiddlewareHandler<WorkloadEnv<W>>,
  other: MiddlewareHandler<E>,
): MiddlewareHandler<WorkloadEnv<W | undefined> & { Variables: Partial<E['Variables']> }> {
  const auth = authenticatorOf<Context>(job)
  return (c, next) =>
    proceed(verified(auth, c, true), c, () => {
      if (c.get('workload') !== undefined) return next()
      const offer = { challenge: challengeOf(auth), current: () => c.res }
      return offerInResponse((go) => other(c as never, go), next, offer)
    })
}

/**
 * Admits a request if one of the rules allows its caller.
 *
 * @throws {TypeError} for anything except a rule.
 *
 * @example
 * ```ts
 * const main = githubActions({ repository: 'acme/shop', branch: 'main' })
 * app.post('/deploy', requireWorkload(main), (c) => c.json(c.var.workload.commit))
 * ```
 */
export function requireWorkload<R extends GuardRules>(...rules: R): MiddlewareHandler<WorkloadEnv<GuardedBy<R>>>
export function requireWorkload<R extends TrustRule<AnyWorkload> = TrustRule<WorkloadIdentity>>(
  resolve: Resolver<R>,
): MiddlewareHandler<WorkloadEnv<WorkloadFrom<R>>>
export function requireWorkload(...rules: readonly unknown[]): MiddlewareHandler {
  const guard = createGuard(rules)
  return (c, next) => proceed(guard(c, c), c, next)
}

/**
 * Answers requests to endpoints. The first endpoint that returns an answer wins; other requests
 * continue.
 *
 * @throws {TypeError} for anything except an endpoint.
 *
 * @example
 * ```ts
 * const health = { status: 204, headers: {}, body: '' }
 * app.use(endpoints({ answer: ({ path }) => (path === '/healthz' ? health : undefined) }))
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

type Done = Promise<Response | void>

function proceed(refused: Awaitable<Refused | undefined>, c: Context, next: () => Done): Done {
  if (isPromise(refused)) return refused.then((settled) => proceed(settled, c, next))
  return refused === undefined ? next() : answer(refused, c)
}

async function answer(refused: Refused, c: Context): Promise<Response> {
  // Pass a response: headers written to the context would remain when the application recovers.
  if (refused.throws) throw exception(refused.status, refused.error(), responseOf(refused))
  if (refused.challenge !== undefined) c.header('WWW-Authenticate', refused.challenge, { append: true })
  return c.body(refused.body, refused.status, refused.headers)
}

/** Turns request errors into Hono's own error; Hono logs every other error with its stack. */
function rethrow(error: unknown): never {
  throw isRequestFault(error) ? exception(error.status, error) : error
}

function exception(status: number, cause: Error, res?: Response): HTTPException {
  return new HTTPException(status as 400, { message: cause.message, cause, ...(res && { res }) })
}
