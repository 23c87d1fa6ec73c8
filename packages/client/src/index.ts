/**
 * The job's side of jobpass: gets the OIDC token of a CI job, renews and exchanges it, and calls
 * APIs with it.
 *
 * @module
 */

import type { SourceOf } from './default-client.ts'
import { defaultSources, sourcesOf } from './default-client.ts'
import type { Job } from './job.ts'
import { thisJob } from './job.ts'
import type { JobFetchOptions } from './job-fetch.ts'
import { createJobFetch } from './job-fetch.ts'
import { readOptions } from './options.ts'
import type { Exchanges, ServiceToken, ServiceTokenOptions } from './service-token.ts'
import { serviceTokenOf } from './service-token.ts'
import type { JobToken, WaitOptions } from './token-source.ts'

export { NotInCiError, OriginError, RefusedError, TokenUnavailableError } from './errors.ts'
export type { FailedCheck } from './errors.ts'
export type { ExchangeOptions } from './exchange.ts'
export type { Clock, Environment, Job, SocketRequest } from './job.ts'
export type { JobFetchOptions } from './job-fetch.ts'
export { getServiceToken } from './service-token.ts'
export type { ServiceToken, ServiceTokenOptions } from './service-token.ts'
export type { JobToken, WaitOptions } from './token-source.ts'

/** The options of `getToken`. */
export interface TokenOptions extends WaitOptions {
  /** The name of the API that the token is for. */
  readonly audience: string
}

/** The options of `createClient`: parts of the process to replace. */
export interface ClientOptions extends Partial<Job> {}

/** Everything that a job calls. */
export interface Client {
  /**
   * Gets the token of this job for an audience. A token that has over 60 s left is returned again.
   *
   * @throws {NotInCiError} and {TokenUnavailableError}, as rejections.
   */
  readonly getToken: (options: TokenOptions) => Promise<JobToken>
  /**
   * Makes a `fetch` for one API, which sends the token of this job.
   *
   * @throws {TypeError} for options that are not allowed.
   */
  readonly jobFetch: (options: JobFetchOptions) => typeof fetch
  /**
   * Exchanges the token of this job for a service token. One that has over 60 s left is returned
   * again.
   *
   * @throws {RefusedError} if the exchange refuses the job, and the errors of `getToken`, as
   * rejections.
   */
  readonly getServiceToken: (options: ServiceTokenOptions) => Promise<ServiceToken>
}

/**
 * Makes a client of its own, for tests and for programs that run outside of a job.
 *
 * @throws {TypeError} for an unknown option.
 *
 * @example
 * ```ts
 * const client = createClient({ env: { JOBPASS_ID_TOKEN: token } })
 * ```
 */
export function createClient(options: ClientOptions = {}): Client {
  // Members of the process are getters, so they are read when needed.
  readOptions('createClient()', options, thisJob)
  const process = Object.create(thisJob, Object.getOwnPropertyDescriptors(options)) as Job
  const sourceOf = sourcesOf(process)
  const exchanges: Exchanges = { sources: new Map(), masked: new Set() }
  return Object.freeze({
    getToken: async (given: TokenOptions) => tokenOf(given, sourceOf),
    jobFetch: (given: JobFetchOptions) => createJobFetch(given, process, sourceOf),
    getServiceToken: (given: ServiceTokenOptions) => serviceTokenOf(given, process, exchanges),
  })
}

async function tokenOf(options: TokenOptions, sourceOf: SourceOf): Promise<JobToken> {
  const { audience, ...wait } = readOptions('getToken()', options, { audience: true, signal: true })
  return sourceOf(audience).get(wait)
}

// Each function by itself, so that a program bundles what it calls.
const [job, sources] = defaultSources

/**
 * Gets the token of this job for an audience: on GitHub Actions, GitLab CI, CircleCI and 20 other
 * platforms. A token that has over 60 s left is returned again, and calls at the same time share
 * one request.
 *
 * @throws {NotInCiError} if no platform was found, and {TokenUnavailableError} with the line to add
 * to the job, as rejections.
 *
 * @example
 * ```ts
 * const { token } = await getToken({ audience: 'https://api.acme.dev' })
 * ```
 */
export function getToken(options: TokenOptions): Promise<JobToken> {
  return tokenOf(options, sources)
}

/**
 * Makes a `fetch` for one API, which sends the token of this job to the API's origin and nowhere
 * else. It gets a new token before the current one expires, and once after a 401. A refusal is a
 * `RefusedError` whose message names the failed checks.
 *
 * @throws {TypeError} for an audience that is no https URL, unless `origin` is given.
 *
 * @example
 * ```ts
 * const api = jobFetch({ audience: 'https://api.acme.dev' })
 * await api('/deploy', { method: 'POST' })
 * ```
 */
export function jobFetch(options: JobFetchOptions): typeof fetch {
  return createJobFetch(options, job, sources)
}
