/**
 * The token of a job for undici: an interceptor for `Agent().compose()`.
 *
 * @module
 */

import type { Dispatcher } from 'undici'
import { defaultSources } from './default-client.ts'
import type { JobFetchOptions } from './job-fetch.ts'
import { credentialsOf } from './job-fetch.ts'
import { urlAt } from './origin.ts'

/**
 * Makes an interceptor that sends the token of this job with each request to the API, and refuses
 * requests to any other origin. It renews the token before it expires. Unlike `jobFetch`, it leaves
 * refusals to the caller, and does not send a request again.
 *
 * @throws {TypeError} for options that `jobFetch` does not take.
 *
 * @example
 * ```ts
 * import { Agent, request } from 'undici'
 *
 * const dispatcher = new Agent().compose(jobInterceptor({ audience: 'https://api.acme.dev' }))
 * await request('https://api.acme.dev/deploy', { method: 'POST', dispatcher })
 * ```
 */
export function jobInterceptor(options: JobFetchOptions): Dispatcher.DispatcherComposeInterceptor {
  const { origin, source } = credentialsOf(options, ...defaultSources)
  return (dispatch) => (request, handler) => {
    const url = urlAt(origin, `${String(request.origin ?? origin.origin)}${request.path}`)
    source
      .get()
      .then((credential) => credential.headers(request.method, url))
      .then(
        (headers) => dispatch({ ...request, headers: withHeaders(request.headers, headers) }, handler),
        (error: unknown) => handler.onResponseError?.(undefined as never, error as Error),
      )
      .catch((error: unknown) => handler.onResponseError?.(undefined as never, error as Error))
    return true
  }
}

type Given = Dispatcher.DispatchOptions['headers']

/**
 * Adds headers in each of the forms that undici takes.
 *
 * @throws {TypeError} for a header `authorization` of the request's own.
 */
function withHeaders(given: Given, added: Readonly<Record<string, string>>): string[] {
  const list = listOf(given)
  if (list.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'authorization'))
    throw new TypeError('jobInterceptor(): it sets the header authorization itself')
  return [...list, ...Object.entries(added).flat()]
}

function listOf(given: Given): readonly string[] {
  if (given === null || given === undefined) return []
  if (Array.isArray(given)) return given.map(String)
  const entries = Symbol.iterator in given ? [...(given as Iterable<[string, string]>)] : Object.entries(given)
  return entries.flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).flatMap((each) => (each === undefined ? [] : [name, each])),
  )
}
