/** A `fetch` that sends the token of the job. */

import type { Credential, CredentialSource } from './credential.ts'
import { bearer } from './credential.ts'
import type { RefusalBody } from './errors.ts'
import { RefusedError } from './errors.ts'
import type { ExchangeOptions } from './exchange.ts'
import { ExchangeSource } from './exchange.ts'
import { retryAfterOf } from './http.ts'
import type { Job } from './job.ts'
import { maxOutput } from './job.ts'
import { readOptions } from './options.ts'
import { originOf, urlAt } from './origin.ts'
import type { SourceOf } from './default-client.ts'
import type { TokenSource, WaitOptions } from './token-source.ts'

/** The options of `jobFetch`. */
export interface JobFetchOptions {
  /** The name of the API: the audience of the tokens. */
  readonly audience: string
  /** The origin of the API, the only one that tokens are sent to. Default: that of the audience. */
  readonly origin?: string
  /**
   * Exchanges the CI token once for a service token, and sends that. Default: the CI token is sent.
   */
  readonly exchange?: ExchangeOptions
  /** Allows `http:` to a loopback address, for tests and local development. Default `false`. */
  readonly insecureLoopback?: boolean
}

/** Codes of answers for which the API did not run its handler, and may do so later. */
const outages = new Set(['issuer_unavailable', 'resolver_unavailable', 'store_unavailable'])
/** The most calls of one request. */
const mostAttempts = 4
/** The longest pause between them, in seconds. */
const longestPause = 60

const names = { audience: true, origin: true, exchange: true, insecureLoopback: true } as const

/** The origin of an API, and the credentials for it. */
export interface Credentials {
  /** The only origin that they may be sent to. */
  readonly origin: URL
  /** Where they come from. */
  readonly source: CredentialSource
}

/**
 * Reads the options.
 *
 * @throws {TypeError} that says what to write.
 */
export function credentialsOf(options: JobFetchOptions, job: Job, sourceOf: SourceOf): Credentials {
  const { audience, origin: given, exchange, insecureLoopback = false } = readOptions('jobFetch()', options, names)
  const origin = originOf(audience, given, insecureLoopback)
  const source =
    exchange === undefined
      ? bearerSource(sourceOf(audience))
      : new ExchangeSource(audience, exchange, job, insecureLoopback)
  return { origin, source }
}

/** Makes the `fetch` of one API. */
export function createJobFetch(options: JobFetchOptions, job: Job, sourceOf: SourceOf): typeof fetch {
  const { origin, source } = credentialsOf(options, job, sourceOf)
  return async (input, init) => {
    const request = typeof input === 'object' && 'url' in input ? input : undefined
    const url = urlAt(origin, request?.url ?? String(input))
    const send = sender(url, request, init)
    const wait = signalOf(request, init)
    let credential = await source.get(wait)
    let [renewed, repeated] = [false, false]
    for (let attempt = 1; ; attempt++) {
      const answer = await job.fetch(await send.request(credential))
      const mustRepeat = credential.mustRepeat?.(answer)
      const refusal = await refusalOf(answer)
      if (refusal === undefined) return answer
      const again = send.repeatable && attempt < mostAttempts
      const pause = retryAfterOf(answer.headers)
      if (again && mustRepeat && !repeated) repeated = true
      else if (again && answer.status === 401 && !renewed) {
        renewed = true
        const next = await source.renew(wait).catch(() => undefined)
        if (next === undefined || next.token === credential.token) throw new RefusedError(answer.status, refusal)
        credential = next
      } else if (again && outages.has(refusal.code ?? '') && pause !== undefined && pause <= longestPause) {
        await job.clock.sleep(pause * 1000, wait.signal)
        // The token may count as used.
        if (refusal.code === 'store_unavailable') credential = await source.renew(wait)
      } else throw new RefusedError(answer.status, refusal)
    }
  }
}

/** CI tokens, as they are. */
function bearerSource(tokens: TokenSource): CredentialSource {
  return {
    get: async (wait) => bearer((await tokens.get(wait)).token),
    renew: async (wait) => bearer((await tokens.renew(wait)).token),
  }
}

interface Sender {
  /** The request with a credential. */
  request(credential: Credential): Promise<Request>
  /** Whether it can be made again. */
  readonly repeatable: boolean
}

function sender(url: URL, given: Request | undefined, init: RequestInit | undefined): Sender {
  const base = given === undefined ? new Request(url, { ...init, redirect: 'manual' }) : new Request(given, init)
  if (base.headers.has('authorization')) throw new TypeError('jobFetch(): it sets the header authorization itself')
  const repeatable = !(init?.body instanceof ReadableStream)
  return {
    repeatable,
    request: async (credential) => {
      // A clone keeps the body for the next attempt, except a stream, which may be endless.
      const copy = repeatable ? base.clone() : base
      const headers = new Headers(copy.headers)
      for (const [name, value] of Object.entries(await credential.headers(copy.method, url))) headers.set(name, value)
      // A redirect would send the token to an address that was not checked.
      return new Request(copy, { headers, redirect: 'manual' })
    },
  }
}

function signalOf(request: Request | undefined, init: RequestInit | undefined): WaitOptions {
  const signal = init?.signal ?? request?.signal
  return signal ? { signal } : {}
}

/** What an answer says, if it is a refusal by jobpass: problem details (RFC 9457) with a code. */
async function refusalOf(answer: Response): Promise<RefusalBody | undefined> {
  const { status, headers } = answer
  if (![400, 401, 403, 503].includes(status)) return undefined
  if (!headers.get('content-type')?.startsWith('application/problem+json')) return undefined
  const text = await answer.clone().text()
  if (text.length > maxOutput) return undefined
  const body = parse(text)
  return body !== undefined && typeof body.code === 'string' ? body : undefined
}

function parse(text: string): RefusalBody | undefined {
  try {
    const { code, detail, checks } = JSON.parse(text) as RefusalBody
    return { code, detail, checks: Array.isArray(checks) ? checks : [] }
  } catch {
    return undefined
  }
}
