/** Makes the requests that endpoints see of Node's and of the Fetch API's, and asks one endpoint after another. */

import type { Endpoint, EndpointRequest } from './endpoint.ts'
import { BodyTooLarge, maxBodySize } from './endpoint.ts'
import type { NodeMessage } from './node-headers.ts'
import { nodeHeaderValues } from './node-headers.ts'
import { formatValue } from '../util/format.ts'

/** The parts of `http.IncomingMessage` and `http2.Http2ServerRequest` that an endpoint's request is made of. */
export interface NodeStream extends NodeMessage {
  readonly method?: string | undefined
  readonly destroyed?: boolean
  readonly readableDidRead?: boolean
  readonly readableEnded?: boolean
  on(event: string, listener: (...values: never[]) => void): unknown
}

/** What was read of a Fetch API request before, by the method that read it, as Hono keeps it: each the value, or the promise of it. */
export interface BodyCache {
  readonly text?: string | Promise<string>
  readonly arrayBuffer?: ArrayBuffer | Promise<ArrayBuffer>
  readonly blob?: Blob | Promise<Blob>
  readonly json?: unknown
  readonly formData?: FormData | Promise<FormData>
}

/** Makes one endpoint of several: the first that answers does. Throws a `TypeError` for what is no endpoint. */
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
 * The request of Node, for an endpoint. `target` is the request's own, before a framework cut a prefix off; `parsed` is what a body parser left, and counts
 * where the stream was read: some parsers leave `{}` where they read nothing.
 */
export function nodeEndpointRequest(message: NodeStream, target: string, parsed?: unknown): EndpointRequest {
  return endpointRequest(
    message.method ?? 'GET',
    target,
    (name) => nodeHeaderValues(message, name),
    () => nodeBody(message, parsed),
  )
}

/** The request of the Fetch API, for an endpoint; `cache` holds what was read of its body before. */
export function fetchEndpointRequest(request: Request, cache: BodyCache = {}): EndpointRequest {
  const headers = (name: string): readonly string[] => {
    const value = request.headers.get(name)
    return value === null ? [] : [value]
  }
  return endpointRequest(request.method, request.url, headers, () => fetchBody(request, cache))
}

function endpointRequest(
  method: string,
  target: string,
  headers: EndpointRequest['headers'],
  read: () => unknown,
): EndpointRequest {
  let body: Promise<unknown> | undefined
  const limited = async (): Promise<unknown> => {
    if (headers('content-length').some((length) => Number(length) > maxBodySize)) throw new BodyTooLarge()
    return read()
  }
  return { method: method.toUpperCase(), path: pathOf(target), headers, body: () => (body ??= limited()) }
}

/** The path of a target: proxies send whole URLs (RFC 9112 §3.2.2), and requests of the Fetch API have nothing else. */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const end = path.search(/[?#]/)
  return (end === -1 ? path : path.slice(0, end)) || '/'
}

function nodeBody(message: NodeStream, parsed: unknown): unknown {
  if (message.readableDidRead === true || message.readableEnded === true) {
    if (parsed === undefined) throw new Error(readBefore)
    return withinLimit(parsed)
  }
  if (message.destroyed === true) throw aborted()
  return new Promise((resolve, reject) => {
    const text = new LimitedText()
    // Nothing is kept beyond the limit, but the rest flows by: a stream that stops holds its connection, and one that is destroyed ends it unanswered.
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
  // A reader that lets go, and cancels nothing: some servers end the connection of a cancelled body before the answer is out.
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
  'The body of the request was read before, and nobody kept it: put endpoints() before what reads it, or behind a body parser'

/** Whether an error is the fault of a request, to be answered with its status: a body that is too long or was cut off. */
export function isRequestFault(error: unknown): error is Error & { readonly status: number } {
  return error instanceof Error && (error as Partial<BodyTooLarge>).expose === true
}

function aborted(): Error {
  return Object.assign(new Error('The request ended before its body did.'), {
    status: 400,
    statusCode: 400,
    expose: true,
  })
}

/** What a parser made of a body; parsers of text and bytes may have made too much of it. */
function withinLimit(parsed: unknown): unknown {
  if (typeof parsed !== 'string' && !(parsed instanceof Uint8Array)) return parsed
  const text = new LimitedText()
  if (!text.add(parsed)) throw new BodyTooLarge()
  return text.end()
}

/** The members of a form; what is there twice is a list, as parsers of Node make it. */
function membersOf(form: FormData): Readonly<Record<string, unknown>> {
  const members = Object.create(null) as Record<string, unknown>
  for (const name of new Set(form.keys())) {
    const values = form.getAll(name)
    members[name] = values.length === 1 ? values[0] : values
  }
  return members
}

/** Text of UTF-8 bytes, up to the limit. */
class LimitedText {
  #size = 0
  #text = ''
  readonly #decoder = new TextDecoder()

  /** Whether all of it is within the limit yet. */
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
