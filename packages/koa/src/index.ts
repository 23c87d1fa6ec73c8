/**
 * jobpass for Koa 3 and 2: one line verifies the OIDC token of the calling CI job, and one argument
 * on a route names the jobs that may call it.
 *
 * @module
 */

import type { GuardedBy, GuardRules, Seen, Trusted } from '@jobpass/core/adapter'
import type { AnyWorkload, TrustRule, WorkloadFrom, WorkloadIdentity } from '@jobpass/core'
import type { Endpoint, EndpointAnswer, Verifier, VerifierOptions } from '@jobpass/core'
import type { Authenticator, FrameworkBinding, Awaitable, Refused, RuleResolver } from '@jobpass/core/adapter'
import { isPromise, joinEndpoints, nodeEndpointRequest, nodeRequestHead } from '@jobpass/core/adapter'
import { authenticatorOf, challengeOf, createAuthenticator, createGuard } from '@jobpass/core/adapter'
import { nodeHeaderValues, offerChallenge, showWorkload, withAuthenticator } from '@jobpass/core/adapter'
import type { Context, Middleware, ParameterizedContext } from 'koa'

export * from '@jobpass/core'

/** Type of `ctx.state` behind `workloadAuth`. */
export interface WorkloadState<W = WorkloadIdentity> {
  /** The verified caller; `undefined` without a token if the verifier is optional. */
  readonly workload: W
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
export function workloadAuth<S extends AnyWorkload | undefined>(verifier: Verifier<S>): Middleware<WorkloadState<S>>
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): Middleware<WorkloadState<Seen<T, O>>>
export function workloadAuth(options: Verifier | VerifierOptions): Middleware<WorkloadState<never>> {
  const auth = createAuthenticator(options, binding)
  return withAuthenticator<Middleware>((ctx, next) => proceed(verified(auth, ctx), ctx, next), auth)
}

function verified(
  auth: Authenticator<ParameterizedContext>,
  ctx: ParameterizedContext,
  optional?: true,
): Awaitable<Refused | undefined> {
  return auth.authenticate(ctx, nodeHeaderValues(ctx.req, auth.header), optional)
}

const binding: FrameworkBinding<ParameterizedContext> = {
  place: 'ctx.state.workload',
  read: (ctx) => ctx.state['workload'],
  show: (ctx) => showWorkload(ctx, ctx.state),
  request: (ctx) => nodeRequestHead(ctx.req, ctx.originalUrl),
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
 * router.get('/reports', ({ state }) => {
 *   const caller = state.workload?.repository ?? state.user.name
 * })
 * ```
 */
export function either<W, S>(
  job: Middleware<WorkloadState<W>>,
  other: Middleware<S>,
): Middleware<WorkloadState<W | undefined> & Partial<S>> {
  const auth = authenticatorOf<ParameterizedContext>(job)
  return (ctx, next) =>
    proceed(verified(auth, ctx, true), ctx, () => {
      if (ctx.state.workload !== undefined) return next()
      const withdraw = offerChallenge(ctx.res, challengeOf(auth))
      return other(ctx as never, () => {
        withdraw()
        return next()
      })
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
 * router.post('/deploy', requireWorkload(main), handler)
 * ```
 */
export function requireWorkload<R extends GuardRules>(...rules: R): Middleware<WorkloadState<GuardedBy<R>>>
export function requireWorkload<R extends TrustRule<AnyWorkload> = TrustRule<WorkloadIdentity>>(
  resolve: Resolver<R>,
): Middleware<WorkloadState<WorkloadFrom<R>>>
export function requireWorkload(...rules: readonly unknown[]): Middleware<WorkloadState<never>> {
  const guard = createGuard(rules)
  return (ctx, next) => proceed(guard(ctx, ctx), ctx, next)
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
export function endpoints(...endpoints: readonly Endpoint[]): Middleware {
  const endpoint = joinEndpoints(endpoints)
  return (ctx, next) => {
    const { body } = ctx.request as { body?: unknown }
    const given = endpoint.answer(nodeEndpointRequest(ctx.req, ctx.originalUrl, body))
    return given === undefined ? next() : Promise.resolve(given).then((settled) => send(settled, ctx))
  }
}

type Answering = Pick<Context, 'status' | 'body' | 'set' | 'append'>

function proceed(refused: Awaitable<Refused | undefined>, ctx: Answering, next: () => unknown): unknown {
  if (isPromise(refused)) return refused.then((settled) => proceed(settled, ctx, next))
  return refused === undefined ? next() : answer(refused, ctx)
}

function answer(refused: Refused, ctx: Answering): void {
  if (refused.throws) throw refused.error()
  if (refused.challenge !== undefined) ctx.append('WWW-Authenticate', refused.challenge)
  send(refused, ctx)
}

function send({ status, headers, body }: EndpointAnswer, ctx: Answering): void {
  ctx.status = status
  ctx.set({ ...headers })
  ctx.body = body
}
