/**
 * The exchange of a CI token for a service token (RFC 8693), which is renewed with a new CI token.
 */

import { RefusedError } from './errors.ts'
import { retryAfterOf } from './http.ts'
import type { Job } from './job.ts'
import { within } from './job.ts'
import { readOptions } from './options.ts'
import { originOf } from './origin.ts'
import type { TokenSource, WaitOptions } from './token-source.ts'
import { secretly } from './token-source.ts'

/** Where and for what a job exchanges its CI token. */
export interface ExchangeOptions {
  /** The URL of the token endpoint, such as `https://auth.acme.dev/token`. */
  readonly url: string
  /**
   * The scopes to request, separated by spaces. Default: those that the exchange grants by default.
   */
  readonly scope?: string
  /** The audience of the CI token. Default: the URL without its last segment. */
  readonly audience?: string
}

interface ServiceToken {
  readonly token: string
  /** By the job's clock: milliseconds since 1970. */
  readonly expires: number
}

const names = { url: true, scope: true, audience: true } as const
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'
/** Milliseconds before its end at which a service token is renewed. */
const renewAt = 60_000
/** Seconds that one attempt may take. */
const timeout = 30
/** Attempts of one exchange. */
const attempts = 3

/** The service tokens of a job for one API. */
export class ExchangeSource {
  readonly #target: string
  readonly #options: ExchangeOptions
  readonly #job: Job
  readonly #tokens: TokenSource
  #current: ServiceToken | undefined
  #pending: Promise<ServiceToken> | undefined

  constructor(
    target: string,
    options: ExchangeOptions,
    job: Job,
    sourceOf: (audience: string) => TokenSource,
    insecureLoopback: boolean,
  ) {
    readOptions('jobFetch(): exchange', options, names)
    originOf(options.url, undefined, insecureLoopback)
    this.#target = target
    this.#options = options
    this.#job = job
    this.#tokens = sourceOf(options.audience ?? options.url.replace(/\/[^/]*$/, ''))
  }

  /** The current service token, or a new one when it has under 60 s left. */
  async get(wait: WaitOptions = {}): Promise<ServiceToken> {
    const current = this.#current
    return current !== undefined && current.expires - this.#job.clock.now() > renewAt ? current : this.renew(wait)
  }

  /** Exchanges again. Concurrent calls share one exchange. */
  renew(_wait: WaitOptions = {}): Promise<ServiceToken> {
    return (this.#pending ??= this.#exchange().finally(() => (this.#pending = undefined)))
  }

  async #exchange(): Promise<ServiceToken> {
    // The exchange takes each CI token once, so every exchange after the first needs a new one.
    const { token } = this.#current === undefined ? await this.#tokens.get() : await this.#tokens.renew()
    const form = new URLSearchParams({
      grant_type: grant,
      subject_token_type: jwt,
      subject_token: token,
      audience: this.#target,
      ...(this.#options.scope === undefined ? {} : { scope: this.#options.scope }),
    })
    return (this.#current = await this.#send(form))
  }

  async #send(form: URLSearchParams): Promise<ServiceToken> {
    const { clock } = this.#job
    for (let attempt = 1; ; attempt++) {
      const sent = clock.now()
      const { answer, body } = await within(clock, timeout, (signal) => this.#ask(form, signal))
      const { access_token: token, expires_in: lifetime } = body
      if (answer.ok && typeof token === 'string' && typeof lifetime === 'number')
        return secretly({ token, expires: sent + lifetime * 1000 })
      if (answer.status !== 503 || attempt === attempts) throw refusal(answer.status, body)
      await clock.sleep(1000 * (retryAfterOf(answer.headers) ?? 2 ** attempt))
    }
  }

  async #ask(body: URLSearchParams, signal: AbortSignal): Promise<Answer> {
    const answer = await this.#job.fetch(this.#options.url, { method: 'POST', body, redirect: 'manual', signal })
    return { answer, body: (await answer.json().catch(() => ({}))) as Answer['body'] }
  }
}

interface Answer {
  readonly answer: Response
  readonly body: Readonly<Record<string, unknown>>
}

function refusal(status: number, body: Readonly<Record<string, unknown>>): Error {
  const { error, error_description: detail, code, checks } = body
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return new RefusedError(status, {
    code: text(code) ?? text(error),
    detail: text(detail) ?? 'The exchange refused the token of this job.',
    checks: Array.isArray(checks) ? (checks as never) : [],
  })
}
