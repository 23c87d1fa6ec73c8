/** A refusal as an exception of Nest, and its answer. */

import type { WorkloadAuthError } from '@jobpass/core'
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common'
import { Catch, HttpException, StreamableFile } from '@nestjs/common'
import type { HttpAdapterHost } from '@nestjs/core'

/**
 * A request was refused. Its response is the problem document with Nest's `statusCode`, and its
 * `cause` is the `WorkloadAuthError` with code and headers.
 *
 * The answer is the documented one, unless a filter on the controller or handler, or one by
 * `app.useGlobalFilters()`, answers first. In GraphQL it is an error of the resolver.
 *
 * @example
 * ```ts
 * const toLog = (exception: unknown) =>
 *   exception instanceof WorkloadException ? exception.cause.code : String(exception)
 * ```
 */
export class WorkloadException extends HttpException {
  /** The refusal. */
  declare readonly cause: WorkloadAuthError

  /** @internal */
  constructor(cause: WorkloadAuthError) {
    // Nest's own exceptions have `statusCode`, and its GraphQL drivers read it.
    super({ statusCode: cause.status, ...cause.problem }, cause.status, { cause })
    this.message = cause.message
  }
}

/** Answers a refusal where no filter of the application does. */
export class WorkloadFilter implements ExceptionFilter<WorkloadException> {
  readonly #host: HttpAdapterHost

  constructor(host: HttpAdapterHost) {
    this.#host = host
  }

  catch(exception: WorkloadException, host: ArgumentsHost): void {
    // A resolver has no answer of its own: the GraphQL server reports what it throws.
    if (host.getType() !== 'http') throw exception
    const { httpAdapter } = this.#host
    const { headers, problem, status } = exception.cause
    const response = host.switchToHttp().getResponse<unknown>()
    for (const [name, value] of Object.entries(headers)) {
      if (name === 'WWW-Authenticate') httpAdapter.appendHeader(response, name, value)
      else httpAdapter.setHeader(response, name, value)
    }
    // Bytes, since both platforms add a charset to the type of JSON.
    httpAdapter.reply(response, new StreamableFile(new TextEncoder().encode(JSON.stringify(problem))), status)
  }
}

Catch(WorkloadException)(WorkloadFilter)
