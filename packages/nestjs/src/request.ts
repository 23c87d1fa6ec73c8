/** The HTTP request behind a handler. */

import type { NodeHead } from '@jobpass/core/adapter'
import type { ArgumentsHost } from '@nestjs/common'

/** The request of Express, which is Node's, or of Fastify. */
export interface NestRequest extends NodeHead {
  /** The target, before a router removed a prefix. */
  readonly originalUrl: string
  /** The request of Node, on Fastify. */
  readonly raw?: NodeHead
}

/** The context of resolvers: Apollo's has the request, that of Mercurius has the reply. */
interface GraphQLContext {
  readonly req?: NestRequest
  readonly reply?: { readonly request: NestRequest }
}

const finders: Readonly<Record<string, (host: ArgumentsHost) => NestRequest | undefined>> = {
  http: (host) => host.switchToHttp().getRequest(),
  graphql: (host) => {
    const { req, reply } = host.getArgByIndex<GraphQLContext | undefined>(2) ?? {}
    return req ?? reply?.request
  },
}

/**
 * The request that a handler or a resolver answers.
 *
 * @throws {Error} for messages of other transports, which no token comes with.
 */
export function requestOf(host: ArgumentsHost): NestRequest {
  const request = finders[host.getType<string>()]?.(host)
  if (request?.headers !== undefined) return request
  throw new Error(
    `jobpass guards HTTP and GraphQL requests. This is a message of type '${host.getType<string>()}' without one: mark its handler with @Public(), and guard it in another way`,
  )
}
