/**
 * jobpass for Express 5 and 4: one line verifies the OIDC token of the calling CI job, and one
 * argument on a route names the jobs that may call it.
 *
 * @module
 */

import type { GuardRules, Trusted } from '@jobpass/core/adapter'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type {
  AnyWorkload,
  Endpoint,
  EndpointAnswer,
  TrustRule,
  Verifier,
  VerifierOptions,
  WorkloadIdentity,
} from '@jobpass/core'
import type { Expected, FrameworkBinding, Awaitable, Refused, RuleResolver, Wanted } from '@jobpass/core/adapter'
import { isPromise, joinEndpoints, nodeEndpointRequest, nodeRequestHead } from '@jobpass/core/adapter'
import { createAuthenticator, createGuard, expectWorkload, nodeHeaderValues, showWorkload } from '@jobpass/core/adapter'
import type { Request } from 'express'

export * from '@jobpass/core'

declare global {
  namespace Express {
    interface Request {
      /**
       * The verified caller; `undefined` before `workloadAuth`, and without a token if the verifier
       * is optional. `getWorkload(req)` is never `undefined`.
       */
      readonly workload?: WorkloadIdentity
    }
  }
}

/** Middleware typed with Node's request, so that a route keeps the types of its own parameters. */
export type WorkloadMiddleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void

type Next = (error?: unknown) => void

/**
 * Finds the rules for one request. `undefined` denies; throwing or taking longer than 5 s is a 503.
 */
type Resolver<R extends TrustRule<AnyWorkload> = TrustRule<AnyWorkload>> = RuleResolver<R, Request>

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
    // Express's shared request prototype. A property on each request would cost more than
    // verification.
    const { request = req } = (req.app as { readonly request?: object } | undefined) ?? {}
    if (!Object.hasOwn(request, 'workload')) showWorkload(request)
  },
  request: (req) => nodeRequestHead(req, req.originalUrl),
  // Express replaces the prototype of each request, so requests do not share a hidden class.
  ownHiddenClass: true,
}

/**
 * Admits a request if one of the rules allows its caller.
 *
 * @throws {TypeError} for anything except a rule.
 *
 * @example
 * ```ts
 * const main = githubActions({ repository: 'acme/shop', branch: 'main' })
 * app.post('/deploy', requireWorkload(main), handler)
 * ```
 */
export function requireWorkload(...rules: GuardRules | readonly [Resolver]): WorkloadMiddleware {
  const guard = createGuard(rules)
  return (req, res, next) => proceed(guard(req, req), res, next)
}

/**
 * Returns the verified caller of a request; with rules or providers, checked against them and
 * narrowed to their types.
 *
 * @throws {Error} if there is no such caller.
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
