/**
 * The exchange of a CI token for a service token (RFC 8693), which is renewed with a new CI token.
 */

import type { Credential } from './credential.ts'
import { bearer } from './credential.ts'
import type { ProofKey } from './dpop.ts'
import { RefusedError } from './errors.ts'
import { retryAfterOf } from './http.ts'
import type { Job } from './job.ts'
import { abortable, within } from './job.ts'
import { readOptions } from './options.ts'
import { originOf } from './origin.ts'
import type { WaitOptions } from './token-source.ts'
import { TokenSource } from './token-source.ts'

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
  /**
   * Binds the service token to a key of this process (DPoP, RFC 9449), so that a thief cannot use
   * it. Needs the package jose; `false` never does. Default: only if the exchange requires it.
   */
  readonly dpop?: boolean
}

interface Answer {
  readonly answer: Response
  readonly body: Readonly<Record<string, unknown>>
}

const names = { url: true, scope: true, audience: true, dpop: true } as const
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'
/** Seconds before its end at which a service token is renewed. */
const renewAt = 60
/** Seconds that one attempt may take. */
const timeout = 30
/** Attempts of one exchange. */
const most = 4

/** The service tokens of a job for one API. */
export class ExchangeSource {
  /** The audience of its CI tokens. */
  readonly ciAudience: string
  readonly #url: URL
  readonly #target: string
  readonly #options: ExchangeOptions
  readonly #job: Job
  readonly #tokens: TokenSource
  #current: Credential | undefined
  /** By the job's clock: milliseconds since 1970. */
  #expires = 0
  #pending: Promise<Credential> | undefined
  #key: ProofKey | undefined

  constructor(target: string, options: ExchangeOptions, job: Job, insecureLoopback: boolean) {
    const { url, audience = url.replace(/\/[^/]*$/, '') } = readOptions('jobFetch(): exchange', options, names)
    this.#url = originOf(url, undefined, insecureLoopback)
    this.#target = target
    this.#options = options
    this.#job = job
    // Its own: an exchange takes each CI token once.
    this.#tokens = new TokenSource(audience, job)
    this.ciAudience = audience
  }

  /** When the current token expires, by the job's clock: seconds since 1970. */
  get expiresAt(): number {
    return Math.floor(this.#expires / 1000)
  }

  /** The current service token, or a new one when it has under 60 s left. */
  async get(wait: WaitOptions = {}): Promise<Credential> {
    const current = this.#current
    return current !== undefined && this.#expires - this.#job.clock.now() > renewAt * 1000 ? current : this.renew(wait)
  }

  /** Exchanges again. Concurrent calls share one exchange. */
  renew({ signal }: WaitOptions = {}): Promise<Credential> {
    const pending = (this.#pending ??= this.#exchange().finally(() => (this.#pending = undefined)))
    return signal === undefined ? pending : abortable(pending, signal)
  }

  async #exchange(): Promise<Credential> {
    if (this.#options.dpop) await this.#makeKey()
    // The exchange takes each CI token once, so every exchange after the first needs a new one.
    const { token } = this.#current === undefined ? await this.#tokens.get() : await this.#tokens.renew()
    const { scope } = this.#options
    const form = new URLSearchParams({
      grant_type: grant,
      subject_token_type: jwt,
      subject_token: token,
      audience: this.#target,
      ...(scope === undefined ? {} : { scope }),
    })
    return (this.#current = await this.#attempts(form))
  }

  /** Sends the request, and again while there is no answer, or one that asks for it. */
  async #attempts(form: URLSearchParams): Promise<Credential> {
    const { clock } = this.#job
    // With the same key, an exchange answers again if its first answer was lost on the way.
    const repeat = `"${crypto.randomUUID()}"`
    for (let attempt = 1; ; attempt++) {
      const started = clock.now()
      const outcome = await within(clock, timeout, (signal) => this.#send(form, repeat, signal)).catch(
        (error: unknown) => {
          if (attempt === most) throw error
        },
      )
      const given = outcome?.answer.ok ? await this.#credential(outcome.body, started) : undefined
      if (given !== undefined) return given
      const isDown = outcome === undefined || outcome.answer.status === 503
      if (outcome !== undefined && (attempt === most || !(isDown || (await this.#canAnswer(outcome)))))
        throw refusal(outcome)
      const pause = outcome && retryAfterOf(outcome.answer.headers)
      if (isDown) await clock.sleep(1000 * (pause ?? 2 ** attempt))
    }
  }

  async #send(body: URLSearchParams, repeat: string, signal: AbortSignal): Promise<Answer> {
    const proof = await this.#key?.prove('POST', this.#url)
    const headers = { 'idempotency-key': repeat, ...proof }
    const answer = await this.#job.fetch(this.#url, { method: 'POST', body, headers, redirect: 'manual', signal })
    const text = await answer.text()
    return { answer, body: parse(text) }
  }

  async #credential(body: Answer['body'], started: number): Promise<Credential | undefined> {
    const { access_token: token, expires_in: lifetime, token_type: type } = body
    if (typeof token !== 'string' || typeof lifetime !== 'number') return undefined
    this.#expires = started + lifetime * 1000
    return this.#key === undefined ? bearer(token) : (await import('./dpop.ts')).bound(token, type, this.#key)
  }

  /**
   * Whether the exchange asks for a proof, or for a nonce in it, and gets that at the next attempt.
   */
  async #canAnswer({ answer, body }: Answer): Promise<boolean> {
    if (this.#key !== undefined) return this.#key.learn(answer, this.#url)
    if (this.#options.dpop === false) return false
    if (body['error'] !== 'invalid_dpop_proof' && body['error'] !== 'use_dpop_nonce') return false
    const key = await this.#makeKey()
    key.learn(answer, this.#url)
    return true
  }

  async #makeKey(): Promise<ProofKey> {
    return (this.#key ??= await (await import('./dpop.ts')).createProofKey(this.#job.clock))
  }
}

function parse(text: string): Answer['body'] {
  try {
    return (JSON.parse(text) as Answer['body'] | null) ?? {}
  } catch {
    return {}
  }
}

function refusal({ answer, body }: Answer): Error {
  const { error, error_description: detail, code, checks } = body
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  return new RefusedError(answer.status, {
    code: text(code) ?? text(error),
    detail: text(detail) ?? 'The exchange refused the token of this job.',
    checks: Array.isArray(checks) ? (checks as never) : [],
  })
}
