/**
 * jobpass for Express 5 and 4: one line verifies the OIDC token of the calling CI job, and one
 * argument on a route names the jobs that may call it.
 *
 * @module
 */

import type { GuardRules, Trusted } from '@jobpass/core/adapter'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AnyWorkload, TrustRule, WorkloadIdentity } from '@jobpass/core'
import type { Endpoint, EndpointAnswer, Verifier, VerifierOptions } from '@jobpass/core'
import type { Authenticator, FrameworkBinding, Awaitable, Refused, RuleResolver } from '@jobpass/core/adapter'
import { isPromise, joinEndpoints, nodeEndpointRequest, nodeRequestHead } from '@jobpass/core/adapter'
import { authenticatorOf, challengeOf, createAuthenticator, createGuard } from '@jobpass/core/adapter'
import { nodeHeaderValues, offerInCallback, showWorkload, withAuthenticator } from '@jobpass/core/adapter'
import type { Request, RequestHandler, Response } from 'express'

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

/** @inline */
type Next = (error?: unknown) => void

/**
 * Finds the rules for one request. `undefined` denies; throwing or taking longer than 5 s is a 503.
 *
 * @inline
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
  const auth = createAuthenticator(options, binding)
  return withAuthenticator<WorkloadMiddleware>((req, res, next) => proceed(verified(auth, req), res, next), auth)
}

function verified(auth: Authenticator<Request>, req: IncomingMessage, optional?: true): Awaitable<Refused | undefined> {
  return auth.authenticate(req as Request, nodeHeaderValues(req, auth.header), optional)
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
 * Admits a job or, where the request has no token of a trusted issuer, a caller that another
 * authentication admits. If that refuses with 401, the answer has the challenges of both.
 *
 * @throws {TypeError} unless `workloadAuth(…)` is first.
 *
 * @example
 * ```ts
 * app.use(either(workloadAuth({ audience: 'https://api.acme.dev', trust }), sessionAuth))
 * app.get('/', (req, res) => res.json({ job: req.workload?.repository, person: req.user?.name }))
 * ```
 */
export function either(job: WorkloadMiddleware, other: RequestHandler): WorkloadMiddleware {
  const auth = authenticatorOf<Request>(job)
  return (req, res, next) =>
    proceed(verified(auth, req, true), res, (error) => {
      if (error !== undefined || (req as Request).workload !== undefined) return next(error)
      const offer = { challenge: challengeOf(auth), response: res }
      return offerInCallback((go) => other(req as Request, res as Response, go), next, offer)
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
 * app.post('/deploy', requireWorkload(main), handler)
 * ```
 */
export function requireWorkload(...rules: GuardRules | readonly [Resolver]): WorkloadMiddleware {
  const guard = createGuard(rules)
  return (req, res, next) => proceed(guard(req, req), res, next)
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
