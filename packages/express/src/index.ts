/**
 * jobpass for Express 5 and 4: one line verifies the OIDC token of the CI job that calls, one argument on a route says which job may.
 *
 * @module
 */

import type { Trusted } from '@jobpass/core/adapter'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  AnyWorkload,
  Endpoint,
  EndpointAnswer,
  RouteRule,
  TrustRule,
  Verifier,
  VerifierOptions,
  WorkloadIdentity,
} from '@jobpass/core'
import type { Expected, FrameworkBinding, Awaitable, Refused, RuleResolver, Wanted } from '@jobpass/core/adapter'
import { isPromise, joinEndpoints, nodeEndpointRequest } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, expectWorkload, nodeHeaderValues, showWorkload } from '@jobpass/core/adapter'
import type { Request } from 'express'

export * from '@jobpass/core'

declare global {
  namespace Express {
    interface Request {
      /** The verified caller; `undefined` before `workloadAuth`, and where calling is optional. `getWorkload(req)` is never undefined. */
      readonly workload?: WorkloadIdentity
    }
  }
}

/** Middleware typed by Node's request, so that a route keeps the type of its own parameters. */
export type WorkloadMiddleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

type Next = (error?: unknown) => void

/** Finds the rules for one request: `undefined` denies, throwing or taking 5 s is 503. */
type Resolver<R extends TrustRule<AnyWorkload> = TrustRule<AnyWorkload>> = RuleResolver<R, Request>

/**
 * Verifies the caller of every request behind it. Takes the options of a verifier, or a verifier; throws a `TypeError` for bad options.
 *
 * @example
 * ```ts
 * app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) }))
 * ```
 */
export function workloadAuth<T extends Trusted, const O extends boolean = false>(
  options: VerifierOptions<T, O> | Verifier,
): WorkloadMiddleware {
  const { header, authenticate } = createAuthenticator(options, binding)
  return (req, res, next) => proceed(authenticate(req as Request, nodeHeaderValues(req, header)), res, next)
}

const binding: FrameworkBinding<Request> = {
  place: 'req.workload',
  read: (req) => req.workload,
  show: (req) => {
    // What all requests of an app inherit: a member of each would cost more than verifying does.
    const { request = req } = (req.app as { readonly request?: object } | undefined) ?? {}
    if (!Object.hasOwn(request, 'workload')) showWorkload(request)
  },
  request: (req) => nodeEndpointRequest(req, req.originalUrl),
  // Express changes the prototype of each request.
  ownHiddenClass: true,
}

/**
 * Lets a request pass when one of the rules allows its caller. Throws a `TypeError` for something that is no rule.
 *
 * @example
 * ```ts
 * app.post('/deploy', requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' })), handler)
 * ```
 */
export function requireWorkload(
  ...rules: readonly [RouteRule, ...RouteRule[]] | readonly [Resolver]
): WorkloadMiddleware {
  const guard = createGuard(rules)
  return (req, res, next) => proceed(guard(req, req), res, next)
}

/**
 * The verified caller of a request; with rules or providers, checked and narrowed to them. Throws an `Error` when there is none.
 *
 * @example
 * ```ts
 * const { repository, commit, actor } = getWorkload(req, githubActions)
 * ```
 */
export function getWorkload<const A extends Wanted>(req: IncomingMessage, ...wanted: A): Expected<A> {
  return expectWorkload(req, wanted) as Expected<A>
}

/**
 * Answers the requests that are for an endpoint; the first of them that answers does, and all other requests go on. Throws a `TypeError` for what is no endpoint.
 *
 * @example
 * ```ts
 * app.use(endpoints({ answer: ({ path }) => (path === '/healthz' ? { status: 204, headers: {}, body: '' } : undefined) }))
 * ```
 */
export function endpoints(...endpoints: readonly Endpoint[]): WorkloadMiddleware {
  const endpoint = joinEndpoints(endpoints)
  return (req, res, next) => {
    const { originalUrl, body } = req as Request
    const given = endpoint.answer(nodeEndpointRequest(req, originalUrl, body))
    if (given === undefined) return next()
    return void Promise.resolve(given)
      .then((settled) => send(settled, res))
      .catch(next)
  }
}

function proceed(refused: Awaitable<Refused | undefined>, res: ServerResponse, next: Next): void {
  if (isPromise(refused)) return void refused.then((settled) => proceed(settled, res, next)).catch(next)
  return refused === undefined ? next() : answer(refused, res, next)
}

function answer(refused: Refused, res: ServerResponse, next: Next): void {
  if (refused.throws || res.headersSent) return next(refused.error())
  if (refused.challenge !== undefined) res.appendHeader('WWW-Authenticate', refused.challenge)
  send(refused, res)
}

function send({ status, headers, body }: EndpointAnswer, res: ServerResponse): void {
  res.statusCode = status
  for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
  res.end(body)
}
