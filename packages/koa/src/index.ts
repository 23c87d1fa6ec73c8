/**
 * jobpass for Koa 3 and 2: one line verifies the OIDC token of the CI job that calls, one argument on a route says which job may.
 *
 * @module
 */

import type { Seen, Trusted } from '@jobpass/core/adapter'
import type {
  AnyWorkload,
  Endpoint,
  EndpointAnswer,
  RouteRule,
  TrustRule,
  Verifier,
  VerifierOptions,
  WorkloadFrom,
  WorkloadIdentity,
} from '@jobpass/core'
import type { Expected, FrameworkBinding, Awaitable, Refused, RuleResolver, Wanted } from '@jobpass/core/adapter'
import { isPromise, joinEndpoints, nodeEndpointRequest } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, expectWorkload, nodeHeaderValues, showWorkload } from '@jobpass/core/adapter'
import type { Context, Middleware, ParameterizedContext } from 'koa'

export * from '@jobpass/core'

/** What `ctx.state` holds behind `workloadAuth`. */
export interface WorkloadState<W = WorkloadIdentity> {
  /** The verified caller; `undefined` where calling is optional. */
  readonly workload: W
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
export function workloadAuth<S extends AnyWorkload | undefined>(verifier: Verifier<S>): Middleware<WorkloadState<S>>
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O>,
): Middleware<WorkloadState<Seen<T, O>>>
export function workloadAuth(options: Verifier | VerifierOptions): Middleware<WorkloadState<never>> {
  const { header, authenticate } = createAuthenticator(options, binding)
  return (ctx, next) => proceed(authenticate(ctx, nodeHeaderValues(ctx.req, header)), ctx, next)
}

const binding: FrameworkBinding<ParameterizedContext> = {
  place: 'ctx.state.workload',
  read: (ctx) => ctx.state['workload'],
  show: (ctx) => showWorkload(ctx, ctx.state),
  request: (ctx) => nodeEndpointRequest(ctx.req, ctx.originalUrl),
}

/**
 * Lets a request pass when one of the rules allows its caller. Throws a `TypeError` for something that is no rule.
 *
 * @example
 * ```ts
 * router.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), handler)
 * ```
 */
export function requireWorkload<R extends readonly [RouteRule, ...RouteRule[]]>(
  ...rules: R
): Middleware<WorkloadState<WorkloadFrom<R[number]>>>
export function requireWorkload<R extends TrustRule<AnyWorkload> = TrustRule<WorkloadIdentity>>(
  resolve: Resolver<R>,
): Middleware<WorkloadState<WorkloadFrom<R>>>
export function requireWorkload(...rules: readonly unknown[]): Middleware<WorkloadState<never>> {
  const guard = createGuard(rules)
  return (ctx, next) => proceed(guard(ctx, ctx), ctx, next)
}

// A plain Koa state has `any` for every name, and the workload is still a workload.
type StateWorkload<S> =
  S extends WorkloadState<infer W> ? (unknown extends W ? WorkloadIdentity : NonNullable<W>) : WorkloadIdentity

/**
 * The verified caller of a request; with rules or providers, checked and narrowed to them. Throws an `Error` when there is none.
 *
 * @example
 * ```ts
 * const { repository, commit, actor } = getWorkload(ctx, githubActions)
 * ```
 */
export function getWorkload<S, const A extends Wanted>(
  ctx: ParameterizedContext<S>,
  ...wanted: A
): A extends readonly [] ? StateWorkload<S> : Expected<A> {
  return expectWorkload(ctx, wanted) as unknown as A extends readonly [] ? StateWorkload<S> : Expected<A>
}

/**
 * Answers the requests that are for an endpoint; the first of them that answers does, and all other requests go on. Throws a `TypeError` for what is no endpoint.
 *
 * @example
 * ```ts
 * app.use(endpoints({ answer: ({ path }) => (path === '/healthz' ? { status: 204, headers: {}, body: '' } : undefined) }))
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
