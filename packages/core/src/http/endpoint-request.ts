/**
 * Converts requests of Node and of the Fetch API to requests of endpoints, and tries one endpoint
 * after another.
 */

import type { Endpoint, EndpointRequest } from './endpoint.ts'
import { BodyTooLarge, maxBodySize } from './endpoint.ts'
import type { NodeHead, RequestHead } from './request-head.ts'
import { fetchRequestHead, nodeRequestHead } from './request-head.ts'
import { formatValue } from '../util/format.ts'

/** The parts of `http.IncomingMessage` and `http2.Http2ServerRequest` that are used. */
export interface NodeStream extends NodeHead {
  /** Whether the stream was destroyed. */
  readonly destroyed?: boolean
  /** Whether the stream was read from, on Node. */
  readonly readableDidRead?: boolean
  /** Whether the stream ended. */
  readonly readableEnded?: boolean
  /** Adds a listener. */
  on(event: string, listener: (...values: never[]) => void): unknown
}

/**
 * The body of a Fetch API request that was read before, by the method that read it, as Hono caches
 * it: each the value or its promise.
 */
export interface BodyCache {
  /** The result of `text()`. */
  readonly text?: string | Promise<string>
  /** The result of `arrayBuffer()`. */
  readonly arrayBuffer?: ArrayBuffer | Promise<ArrayBuffer>
  /** The result of `blob()`. */
  readonly blob?: Blob | Promise<Blob>
  /** The result of `json()`. */
  readonly json?: unknown
  /** The result of `formData()`. */
  readonly formData?: FormData | Promise<FormData>
}

/**
 * Joins endpoints: the first one that answers wins.
 *
 * @throws {TypeError} for a value that is not an endpoint.
 */
export function joinEndpoints(endpoints: readonly Endpoint[]): Endpoint {
  if (endpoints.length === 0) throw new TypeError('endpoints() needs an endpoint, such as resourceMetadata({ … })')
  for (const endpoint of endpoints as readonly unknown[]) {
    if (typeof (endpoint as Partial<Endpoint> | null | undefined)?.answer !== 'function')
      throw new TypeError(`endpoints() takes endpoints, which have answer(request), not ${formatValue(endpoint)}`)
  }
  return {
    answer: (request) => {
      for (const endpoint of endpoints) {
        const answer = endpoint.answer(request)
        if (answer !== undefined) return answer
      }
      return undefined
    },
  }
}

/**
 * Makes the request of an endpoint from Node's. `target` is the original request target, before a
 * framework removed a prefix. `parsed` is what a body parser left; it counts only where the stream
 * was read, since some parsers leave `{}` where they read nothing.
 */
export function nodeEndpointRequest(message: NodeStream, target: string, parsed?: unknown): EndpointRequest {
  return endpointRequest(nodeRequestHead(message, target), () => nodeBody(message, parsed))
}

/**
 * Makes the request of an endpoint from the Fetch API's; `cache` holds a body that was read before.
 */
export function fetchEndpointRequest(request: Request, cache: BodyCache = {}): EndpointRequest {
  return endpointRequest(fetchRequestHead(request), () => fetchBody(request, cache))
}

function endpointRequest(head: RequestHead, read: () => unknown): EndpointRequest {
  let body: Promise<unknown> | undefined
  const limited = async (): Promise<unknown> => {
    if (head.headers('content-length').some((length) => Number(length) > maxBodySize)) throw new BodyTooLarge()
    return read()
  }
  return { ...head, body: () => (body ??= limited()) }
}

function nodeBody(message: NodeStream, parsed: unknown): unknown {
  if (message.readableDidRead === true || message.readableEnded === true) {
    if (parsed === undefined) throw new Error(readBefore)
    return withinLimit(parsed)
  }
  if (message.destroyed === true) throw aborted()
  return new Promise((resolve, reject) => {
    const text = new LimitedText()
    // Beyond the limit nothing is kept, but the rest is still read: a paused stream blocks its
    // connection, and destroying it closes the connection without an answer.
    message.on('data', (chunk: Uint8Array | string) => text.add(chunk) || reject(new BodyTooLarge()))
    message.on('end', () => resolve(text.end()))
    message.on('error', () => reject(aborted()))
    message.on('close', () => reject(aborted()))
  })
}

async function fetchBody(request: Request, cache: BodyCache): Promise<unknown> {
  const bytes = cache.text ?? cache.arrayBuffer ?? cache.blob
  if (bytes !== undefined) return withinLimit(await new Response(await bytes).text())
  if (cache.json !== undefined) return cache.json
  if (cache.formData !== undefined) return membersOf(await cache.formData)
  if (request.bodyUsed) throw new Error(readBefore)
  if (request.body === null) return ''
  const text = new LimitedText()
  // The reader is released, not cancelled: some servers close the connection of a cancelled body
  // before the answer is sent.
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read().catch(() => Promise.reject(aborted()))
      if (done) return text.end()
      if (!text.add(value)) throw new BodyTooLarge()
    }
  } finally {
    reader.releaseLock()
  }
}

const readBefore =
  'The body of the request was read before and not kept: mount endpoints() before the middleware that reads it, or after a body parser'

/**
 * Whether the request caused an error, which is then answered with its status: a body that is too
 * long or was cut off.
 */
export function isRequestFault(error: unknown): error is Error & {
  /** The HTTP status: 4xx. */
  readonly status: number
} {
  return error instanceof Error && (error as Partial<BodyTooLarge>).expose === true
}

function aborted(): Error {
  return Object.assign(new Error('The request ended before its body did.'), {
    status: 400,
    statusCode: 400,
    expose: true,
  })
}

/** Checks the size of a parsed body: parsers of text and bytes may have a higher limit. */
function withinLimit(parsed: unknown): unknown {
  if (typeof parsed !== 'string' && !(parsed instanceof Uint8Array)) return parsed
  const text = new LimitedText()
  if (!text.add(parsed)) throw new BodyTooLarge()
  return text.end()
}

/** The members of a form. Repeated ones become a list, as body parsers of Node make it. */
function membersOf(form: FormData): Readonly<Record<string, unknown>> {
  const members = Object.create(null) as Record<string, unknown>
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name)
    members[name] = values.length === 1 ? values[0] : values
  }
  return members
}

/** UTF-8 text, up to the limit. */
class LimitedText {
  #size = 0
  #text = ''
  readonly #decoder = new TextDecoder()

  /** Adds a chunk; `false` when the limit is exceeded. */
  add(chunk: Uint8Array | string): boolean {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk
    this.#size += bytes.length
    const within = this.#size <= maxBodySize
    this.#text = within ? this.#text + this.#decoder.decode(bytes, { stream: true }) : ''
    return within
  }

  end(): string {
    return this.#text + this.#decoder.decode()
  }
}
