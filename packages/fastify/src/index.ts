/**
 * jobpass for Fastify 5: one line verifies the OIDC token of the calling CI job, and one argument
 * on a route names the jobs that may call it.
 *
 * @module
 */

import type { AnyWorkload, Endpoint, EndpointAnswer, TrustRule, Verifier } from '@jobpass/core'
import type { VerifierOptions, WorkloadIdentity } from '@jobpass/core'
import type { Authenticator, FrameworkBinding, GuardRules, RuleResolver } from '@jobpass/core/adapter'
import { authenticatorOf, challengeOf, createAuthenticator, createGuard, isPromise } from '@jobpass/core/adapter'
import { joinEndpoints, nodeEndpointRequest, nodeHeaderValues, nodeRequestHead } from '@jobpass/core/adapter'
import { offerInCallback, withAuthenticator, workloadGetter } from '@jobpass/core/adapter'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import fastifyPlugin from 'fastify-plugin'

export * from '@jobpass/core'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The verified caller; `undefined` before `workloadAuth`, and without a token if the verifier
     * is optional. `getWorkload(request)` is never `undefined`.
     */
    readonly workload?: WorkloadIdentity
  }
}

const tooLate = 'requireWorkload() ran after the handler: make it the onRequest hook of the route'

type Outcome = ReturnType<Authenticator<FastifyRequest>['authenticate']>

/** @inline */
type Next = (error?: Error) => void

/** @inline */
type Hook = (request: FastifyRequest, reply: FastifyReply, next: Next) => void | Promise<unknown>

/**
 * Verifies the caller of every request of the context that registers it, and of the contexts in it:
 * a plugin with an `onRequest` hook. Takes verifier options, or a verifier.
 *
 * The hook also runs for paths that do not exist and for `OPTIONS`: register `@fastify/cors` first.
 *
 * @throws {TypeError} for invalid options.
 *
 * @example
 * ```ts
 * const trust = githubActions({ ownerId: '1234567' })
 * app.register(workloadAuth({ audience: 'https://api.acme.dev', trust }))
 * ```
 */
export function workloadAuth(options: VerifierOptions | Verifier): FastifyPluginAsync {
  const auth = createAuthenticator(options, binding)
  const verify: Hook = (request, reply, next) => proceed(verified(auth, request), reply, next)
  return withAuthenticator(onRequest(verify), auth)
}

function verified(auth: Authenticator<FastifyRequest>, request: FastifyRequest, optional?: true): Outcome {
  return auth.authenticate(request, nodeHeaderValues(request.raw, auth.header), optional)
}

const binding: FrameworkBinding<FastifyRequest> = {
  place: 'request.workload',
  read: (request) => request.workload,
  // The decorator of all requests shows it.
  show: () => {},
  request: ({ raw, originalUrl }) => nodeRequestHead(raw, originalUrl),
}

// For all copies of this package, so that the first request names them.
const shown = Symbol.for('jobpass.workload')
const property = { getter: workloadGetter as () => never }

/** A plugin with a hook for the context that registers it: Fastify would give it one of its own. */
function onRequest(hook: Hook): FastifyPluginAsync {
  // Asynchronous: Fastify passes on only what the promise of a plugin is rejected with.
  const plugin: FastifyPluginAsync = async (app) => {
    // Fastify refuses a name that another plugin has taken.
    if (!app.hasRequestDecorator(shown)) app.decorateRequest(shown).decorateRequest('workload', property)
    app.addHook('onRequest', hook)
  }
  return fastifyPlugin(plugin, { name: '@jobpass/fastify', fastify: '5.x' })
}

/**
 * Admits a job or, where the request has no token of a trusted issuer, a caller that an `onRequest`
 * hook admits. If that refuses with 401, the answer has the challenges of both.
 *
 * @throws {TypeError} unless `workloadAuth(…)` is first.
 *
 * @example
 * ```ts
 * app.register(either(workloadAuth({ audience: 'https://api.acme.dev', trust }), sessionAuth))
 * app.get('/', async ({ workload, user }) => ({ job: workload?.repository, person: user?.name }))
 * ```
 */
export function either(job: FastifyPluginAsync, other: Hook): FastifyPluginAsync {
  const auth = authenticatorOf<FastifyRequest>(job)
  const admit: Hook = (request, reply, next) =>
    proceed(verified(auth, request, true), reply, (failure) => {
      if (failure !== undefined || request.workload !== undefined) return next(failure)
      const authenticate = (go: () => void): unknown => {
        const running = other.call(request.server, request, reply, go)
        // Fastify goes on after the promise of a hook, unless the hook has answered.
        return isPromise(running) ? running.then(() => reply.sent || go()) : undefined
      }
      offerInCallback(authenticate, next as never, { challenge: challengeOf(auth), response: reply.raw })
    })
  return onRequest(admit)
}

/**
 * Admits a request if one of the rules allows its caller: the `onRequest` hook of a route. A
 * function finds the rules for one request; `undefined` denies, and throwing or taking longer than
 * 5 s is a 503.
 *
 * @throws {TypeError} for anything except a rule.
 *
 * @example
 * ```ts
 * const main = githubActions({ repository: 'acme/shop', branch: 'main' })
 * app.post('/deploy', { onRequest: requireWorkload(main) }, handler)
 * ```
 */
export function requireWorkload(
  ...rules: GuardRules | readonly [RuleResolver<TrustRule<AnyWorkload>, FastifyRequest>]
): Hook {
  const guard = createGuard(rules)
  return (request, reply, next) =>
    reply.sent ? next(new TypeError(tooLate)) : proceed(guard(request, request), reply, next)
}

/**
 * Answers requests to endpoints: a plugin. The first endpoint that returns an answer wins; other
 * requests continue.
 *
 * @throws {TypeError} for anything except an endpoint.
 *
 * @example
 * ```ts
 * const health = { status: 204, headers: {}, body: '' }
 * app.register(endpoints({ answer: ({ path }) => (path === '/healthz' ? health : undefined) }))
 * ```
 */
export function endpoints(...endpoints: readonly Endpoint[]): FastifyPluginAsync {
  const endpoint = joinEndpoints(endpoints)
  return onRequest(async (request, reply) => {
    const given = await endpoint.answer(nodeEndpointRequest(request.raw, request.originalUrl))
    return given && send(given, reply)
  })
}

function proceed(refused: Outcome, reply: FastifyReply, next: Next): void {
  if (isPromise(refused)) return void refused.then((settled) => proceed(settled, reply, next)).catch(next)
  if (refused === undefined) return next()
  if (refused.throws) return next(refused.error())
  const before = reply.getHeader('WWW-Authenticate') ?? []
  if (refused.challenge !== undefined) reply.header('WWW-Authenticate', [before, refused.challenge].flat())
  send(refused, reply)
}

/** Sends an answer. Asynchronous hooks return the reply, so that Fastify does not go on. */
function send({ status, headers, body }: EndpointAnswer, reply: FastifyReply): FastifyReply {
  // Bytes, since Fastify adds a charset to the type of JSON in a string.
  return reply.code(status).headers(headers).send(new TextEncoder().encode(body))
}
