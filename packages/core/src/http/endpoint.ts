/**
 * Endpoints: parts of jobpass that answer requests themselves, on any framework. An adapter's
 * `endpoints` mounts them.
 */

import { recognize } from '../util/copies.ts'
import type { RequestHead } from './request-head.ts'

/** A request to an endpoint. */
export interface EndpointRequest extends RequestHead {
  /**
   * The body: its text (UTF-8), or the object that a body parser made of it, whose members the
   * client chose. Read at most once. Rejects with `BodyTooLarge` above 64 KiB, and with another
   * error when the request ends early.
   */
  body(): Promise<unknown>
}

/** The answer of an endpoint. */
export interface EndpointAnswer {
  /** The HTTP status. */
  readonly status: number
  /** The headers. */
  readonly headers: Readonly<Record<string, string>>
  /** The body. */
  readonly body: string
}

/**
 * Answers the requests that are meant for it.
 *
 * @example
 * ```ts
 * const ok = { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'ok' }
 * const health: Endpoint = { answer: ({ path }) => (path === '/healthz' ? ok : undefined) }
 * app.use(endpoints(health))
 * ```
 */
export interface Endpoint {
  /**
   * The answer; synchronously `undefined` for other requests. A rejection is passed to the
   * framework's error handling.
   */
  answer(request: EndpointRequest): EndpointAnswer | Promise<EndpointAnswer> | undefined
}

/** The longest body that an endpoint reads, in bytes: 64 KiB. */
export const maxBodySize = 65_536

/** From the first error on: programs without endpoints do not bundle the class. */
let isRecognized = false

/**
 * A body over 64 KiB, which was not kept. Where the endpoint does not handle it, the error handlers
 * of Express and Koa answer 413.
 *
 * @example
 * ```ts
 * const body = await request.body().catch((error: unknown) => {
 *   if (error instanceof BodyTooLarge) return undefined
 *   throw error
 * })
 * ```
 */
export class BodyTooLarge extends Error {
  /** The name of the class. */
  override readonly name = 'BodyTooLarge'
  /** The HTTP status. */
  readonly status = 413
  /** The HTTP status again, for Express. */
  readonly statusCode = 413
  /** Whether the message may be shown to the caller, for Express and Koa. */
  readonly expose = true

  /** @internal */
  constructor() {
    super(`The body of the request is longer than ${maxBodySize} bytes.`)
    if (isRecognized) return
    isRecognized = true
    recognize((value) => value instanceof BodyTooLarge)
  }
}
