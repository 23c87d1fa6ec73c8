/** Endpoints: parts of jobpass that answer requests by themselves, whatever the framework; an adapter's `endpoints` mounts them. */

import { recognize } from '../util/copies.ts'

/** A request as an endpoint sees it. */
export interface EndpointRequest {
  /** The method, in upper case. */
  readonly method: string
  /** The path of the request's target as sent, without the query: the whole one, also where a framework mounts below a prefix. */
  readonly path: string
  /** Every value that came of the header with this lower-case name, in order. A Fetch API request has them in one, joined by commas. */
  headers(name: string): readonly string[]
  /**
   * The body: its text (UTF-8), or what a body parser before made of it (an object, whose members may be anybody's). Read at most once. Rejects with
   * `BodyTooLarge` beyond 64 KiB, and with another error when the request ends before its body.
   */
  body(): Promise<unknown>
}

/** The answer of an endpoint. */
export interface EndpointAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/**
 * Answers requests that are for it; `undefined` for all others, at once. A rejection goes down the framework's own path of errors.
 *
 * @example
 * ```ts
 * const health: Endpoint = {
 *   answer: ({ path }) => (path === '/healthz' ? { status: 200, headers: { 'Content-Type': 'text/plain' }, body: 'ok' } : undefined),
 * }
 * app.use(endpoints(health))
 * ```
 */
export interface Endpoint {
  answer(request: EndpointRequest): EndpointAnswer | Promise<EndpointAnswer> | undefined
}

/** The longest body that an endpoint reads, in bytes. */
export const maxBodySize = 65_536

/**
 * A body over 64 KiB, of which no more was kept. Where an endpoint does not answer it by itself, the error handlers of Express and Koa make 413 of it.
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
  override readonly name = 'BodyTooLarge'
  readonly status = 413
  readonly statusCode = 413
  readonly expose = true

  constructor() {
    super(`The body of the request is longer than ${maxBodySize} bytes.`)
  }
}

/** The part of a request that a proof of possession is about. */
export type ProofRequest = Pick<EndpointRequest, 'method' | 'path' | 'headers'>

recognize((value) => value instanceof BodyTooLarge)
