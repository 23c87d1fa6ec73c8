/** The token of a job for one audience: requested once, kept, and renewed before it expires. */

import { NotInCiError, TokenUnavailableError } from './errors.ts'
import { EndpointError } from './http.ts'
import type { Environment, Job } from './job.ts'
import { abortable, within } from './job.ts'
import type { Platform } from './platform.ts'
import { platforms } from './platforms/index.ts'
import { readToken } from './read-token.ts'

/** A token, and what the client knows of it. */
export interface JobToken {
  /** The token, for `Authorization: Bearer …`. Not enumerable, so that no log shows it. */
  readonly token: string
  /** When it expires: seconds since 1970, by the issuer's clock. */
  readonly expiresAt: number
  /** Id of the platform that issued it, such as `'github-actions'`. */
  readonly provider: string
}

/** How a call waits for a token. */
export interface WaitOptions {
  /** Ends the wait. Default: none. */
  readonly signal?: AbortSignal
}

/** A token with fewer seconds left is renewed. */
const renewAt = 60
/** A token with fewer seconds left is never used. */
const leastLeft = 5
/** Seconds that all attempts of one request may take. */
const timeout = 30
/** Seconds before each attempt after the first, when a platform does not answer. */
const delays = [0.5, 1, 2, 4] as const

/** The tokens of a job for one audience. */
export class TokenSource {
  readonly #audience: string
  readonly #job: Job
  #current: JobToken | undefined
  #pending: Promise<JobToken> | undefined

  constructor(audience: string, job: Job) {
    this.#audience = audience
    this.#job = job
  }

  /**
   * The current token, or a new one when it has under 60 s left. Concurrent calls share one
   * request.
   *
   * @throws {NotInCiError} and {TokenUnavailableError}, as rejections.
   */
  async get({ signal }: WaitOptions = {}): Promise<JobToken> {
    const current = this.#current
    if (current !== undefined && this.#left(current) > renewAt) return current
    try {
      return await this.renew({ ...(signal && { signal }) })
    } catch (error) {
      // The platform may be back before the token has expired.
      if (current !== undefined && !signal?.aborted && this.#left(current) > leastLeft) return current
      throw error
    }
  }

  /** Requests a new token, though the current one may be good: the API refused it. */
  renew({ signal }: WaitOptions = {}): Promise<JobToken> {
    const pending = (this.#pending ??= this.#request().finally(() => (this.#pending = undefined)))
    return signal === undefined ? pending : abortable(pending, signal)
  }

  async #request(): Promise<JobToken> {
    const { env } = this.#job
    const platform = findPlatform(env, this.#audience)
    // Programs and files end with a line break.
    const text = (await within(this.#job.clock, timeout, (signal) => this.#attempts(platform, signal))).trim()
    const claims = readToken(text)
    const fail = (reason: string): never => {
      throw new TokenUnavailableError(platform, reason, platform.fix(this.#audience))
    }
    if (claims === undefined) return fail('what it gave is not a token')
    if (!claims.audiences.includes(this.#audience))
      return fail(`its token is for ${claims.audiences.join(', ') || 'no audience'}, and not for ${this.#audience}`)
    const token = secretly({ token: text, expiresAt: claims.expiresAt, provider: platform.id })
    if (this.#left(token) <= leastLeft)
      return fail(platform.oneToken ? 'its token has expired, and is not renewed' : 'its new token has expired')
    if (platform.mask !== undefined && text !== this.#current?.token) this.#job.print(platform.mask(text))
    return (this.#current = token)
  }

  /** Requests a token, and again while the platform does not answer. */
  async #attempts(platform: Platform, signal: AbortSignal): Promise<string> {
    const request = { audience: this.#audience, job: this.#job, signal }
    for (let attempt = 0; ; attempt++) {
      try {
        return await platform.request(request)
      } catch (error) {
        const delay = delays[attempt]
        const again = error instanceof EndpointError && error.temporary
        if (!again || delay === undefined || signal.aborted)
          throw new TokenUnavailableError(platform, reasonOf(error), platform.fix(this.#audience), error)
        // Jobs that start together must not ask together.
        await this.#job.clock.sleep(1000 * (error.retryAfter ?? delay * (0.5 + Math.random())), signal)
      }
    }
  }

  #left({ expiresAt }: JobToken): number {
    return expiresAt - this.#job.clock.now() / 1000
  }
}

/** Keeps the token out of `console.log`, `util.inspect` and `JSON.stringify`. */
export function secretly<T extends { readonly token: string }>(value: T): T {
  return Object.freeze(Object.defineProperty(value, 'token', { enumerable: false }))
}

/** The first platform that offers a token, or an error that says what to add. */
export function findPlatform(env: Environment, audience: string): Platform {
  const offering = platforms.find((platform) => platform.offers(env, audience))
  if (offering !== undefined) return offering
  const here = platforms.find((platform) => platform.runs?.(env))
  if (here === undefined) throw new NotInCiError()
  throw new TokenUnavailableError(here, `this job has no token for ${audience}`, here.fix(audience))
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return `no token came within ${timeout} s`
  return error instanceof Error ? error.message : 'no token came'
}
