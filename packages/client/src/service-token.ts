/** The service token itself, for the parts of a job that are not JavaScript. */

import type { ExchangeOptions } from './exchange.ts'
import { ExchangeSource } from './exchange.ts'
import type { Job } from './job.ts'
import { thisJob } from './job.ts'
import { readOptions } from './options.ts'
import { findPlatform, secretly } from './token-source.ts'

/** The options of `getServiceToken`. */
export interface ServiceTokenOptions {
  /** The name of the API that the service token is for. */
  readonly audience: string
  /** Where, and for which scopes, the CI token is exchanged. */
  readonly exchange: ExchangeOptions
  /** Allows `http:` to a loopback address, for tests and local development. Default `false`. */
  readonly insecureLoopback?: boolean
}

/** A token that an exchange gave for a CI token. */
export interface ServiceToken {
  /** The token, for `Authorization: Bearer …`. Not enumerable, so that no log shows it. */
  readonly token: string
  /** When it expires: seconds since 1970, by the clock of the job. */
  readonly expiresAt: number
}

/** The exchanges of a job, by their options, and the texts that its runner learned to hide. */
export interface Exchanges {
  /** The source of each exchange. */
  readonly sources: Map<string, ExchangeSource>
  /** The service tokens that are masked already. */
  readonly masked: Set<string>
}

const names = { audience: true, exchange: true, insecureLoopback: true } as const
const ours: Exchanges = { sources: new Map(), masked: new Set() }

/**
 * Exchanges the CI token of this job for a service token (RFC 8693), and returns that: for tools
 * that take a token, such as `curl` or `npm`. A token that has over 60 s left is returned again.
 * Programs in JavaScript use `jobFetch` with `exchange`, which renews the token while they run.
 *
 * @throws {RefusedError} if the exchange refuses the job; {NotInCiError} and
 * {TokenUnavailableError} as `getToken`; {TypeError} for options that are not allowed. All as
 * rejections.
 *
 * @example
 * ```ts
 * const exchange = { url: 'https://auth.acme.dev/token', scope: 'publish' }
 * const { token } = await getServiceToken({ audience: 'https://api.acme.dev', exchange })
 * ```
 */
export function getServiceToken(options: ServiceTokenOptions): Promise<ServiceToken> {
  return serviceTokenOf(options, thisJob, ours)
}

/** The service token of a job. */
export async function serviceTokenOf(options: ServiceTokenOptions, job: Job, known: Exchanges): Promise<ServiceToken> {
  const source = exchangeOf(options, job, known)
  const { token } = await source.get()
  const { mask } = findPlatform(job.env, source.ciAudience)
  if (mask !== undefined && !known.masked.has(token)) job.print(mask(token))
  known.masked.add(token)
  return secretly({ token, expiresAt: source.expiresAt })
}

function exchangeOf(given: ServiceTokenOptions, job: Job, { sources }: Exchanges): ExchangeSource {
  const { audience, exchange, insecureLoopback = false } = readOptions('getServiceToken()', given, names)
  if (typeof audience !== 'string' || audience === '')
    throw new TypeError("getServiceToken(): the audience must be the name of the API, such as 'https://api.acme.dev'")
  if ((exchange as Partial<ExchangeOptions> | undefined)?.dpop)
    throw new TypeError('getServiceToken(): leave dpop out, since nobody else has the key of a bound token')
  const key = JSON.stringify([audience, exchange, insecureLoopback])
  const known = sources.get(key)
  if (known !== undefined) return known
  const made = new ExchangeSource(audience, { ...exchange, dpop: false }, job, insecureLoopback)
  sources.set(key, made)
  return made
}
