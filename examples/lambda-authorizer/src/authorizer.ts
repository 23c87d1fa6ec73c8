/**
 * A Lambda authorizer for an HTTP API of API Gateway, with the payload format 2.0 and simple
 * responses
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
 */

import type { RouteRule, VerifierOptions } from '@jobpass/core'
import { createVerifier, githubActions, WorkloadAuthError } from '@jobpass/core'

/** The parts of an event that decide. */
export interface AuthorizerEvent {
  /** The route of the API that the request matched, such as `POST /deploy`. */
  readonly routeKey: string
  /** The values of the identity sources. */
  readonly identitySource: readonly string[] | null | undefined
}

/** The answer. The integration reads `context` as `event.requestContext.authorizer.lambda`. */
export interface AuthorizerAnswer {
  readonly isAuthorized: boolean
  readonly context?: Readonly<Record<string, string | number>>
}

/** Rules by route. A route without one is refused. */
const routes: Readonly<Record<string, RouteRule>> = {
  'POST /deploy': githubActions({ repository: 'acme/shop', branch: 'main' }),
  'GET /status': githubActions({ ownerId: '1234567' }),
}

/** Makes the authorizer; `fetch` is for tests, which have a local issuer. */
export function createAuthorizer({ fetch }: Pick<VerifierOptions, 'fetch'> = {}): (
  event: AuthorizerEvent,
) => Promise<AuthorizerAnswer> {
  const verifier = createVerifier({
    audience: 'https://deploy.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    // Between calls, AWS freezes the process: keys are refreshed while a call waits.
    jwks: { refresh: 'foreground' },
    ...(fetch && { fetch }),
  })
  const guards = new Map(Object.entries(routes).map(([route, rule]) => [route, verifier.guard(rule)]))
  return async ({ routeKey, identitySource }) => {
    const guard = guards.get(routeKey)
    if (guard === undefined) return { isAuthorized: false }
    try {
      const { issuer, repository, commit = '', subject } = await guard(identitySource?.[0])
      return { isAuthorized: true, context: { issuer, subject, repository, commit } }
    } catch (failure) {
      // API Gateway answers an error of the authorizer with 500, and does not cache it.
      if (!(failure instanceof WorkloadAuthError) || failure.status === 503) throw failure
      console.warn(JSON.stringify({ routeKey, code: failure.code }))
      return { isAuthorized: false }
    }
  }
}
