/** Reads the head of a request, of Node and of the Fetch API: all of a request except its body. */

import type { NodeMessage } from './node-headers.ts'
import { nodeHeaderValues } from './node-headers.ts'

/** The head of a request: what events name, and what proofs of possession cover. */
export interface RequestHead {
  /** The method, in upper case. */
  readonly method: string
  /**
   * The path of the request target as sent, without the query; complete even where a framework
   * mounts the endpoint below a prefix.
   */
  readonly path: string
  /**
   * All values of the header with this lower-case name, in order. A Fetch API request has them in
   * one, joined by commas.
   */
  headers(name: string): readonly string[]
}

/** The parts of Node's requests that their head needs. */
export interface NodeHead extends NodeMessage {
  /** The method. Default `'GET'`. */
  readonly method?: string | undefined
}

/**
 * The head of a request of Node. `target` is the original request target, before a framework
 * removed a prefix.
 */
export function nodeRequestHead(message: NodeHead, target: string): RequestHead {
  return requestHead(message.method ?? 'GET', target, (name) => nodeHeaderValues(message, name))
}

/** The head of a request of the Fetch API. */
export function fetchRequestHead(request: Request): RequestHead {
  return requestHead(request.method, request.url, (name) => fetchHeaderValues(request, name))
}

/** The values of a header of a request of the Fetch API, which joins several to one. */
export function fetchHeaderValues(request: Request, name: string): readonly string[] {
  const value = request.headers.get(name)
  return value === null ? [] : [value]
}

function requestHead(method: string, target: string, headers: RequestHead['headers']): RequestHead {
  return { method: method.toUpperCase(), path: pathOf(target), headers }
}

/**
 * The path of a request target: proxies send whole URLs (RFC 9112 §3.2.2), and Fetch API requests
 * always have one.
 */
function pathOf(target: string): string {
  const path = target.startsWith('/') ? target : target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const end = path.search(/[?#]/)
  return (end === -1 ? path : path.slice(0, end)) || '/'
}
