/** One row of the table of platforms: how a job finds out that it runs there, and gets a token. */

import type { Environment, Job } from './job.ts'

/** What a platform is asked for. */
export interface TokenRequest {
  /** The audience that the token must have. */
  readonly audience: string
  /** The process of the job. */
  readonly job: Job
  /** Aborts when the token is no longer wanted, or takes too long. */
  readonly signal: AbortSignal
}

/** How a job gets its token on one platform. */
export interface Platform {
  /** The provider's id in jobpass, such as `'github-actions'`. */
  readonly id: string
  /** The name of the platform, for messages. */
  readonly title: string
  /** Whether the job has what it requests a token with. Never decided by the name of the CI. */
  readonly offers: (env: Environment, audience: string) => boolean
  /**
   * Whether the job runs on this platform, for the message when nothing is offered. Absent where
   * only the variables of the token show it.
   */
  readonly runs?: (env: Environment) => boolean
  /** The line to add to the job if it is offered no token, or none for the audience. */
  readonly fix: (audience: string) => string
  /** Requests a token. Rejects with an error that holds no token. */
  readonly request: (request: TokenRequest) => Promise<string>
  /** Set where a job that asks again gets the same token. */
  readonly oneToken?: true
  /** The line with which the runner learns to hide a text in its log, if there is one. */
  readonly mask?: (secret: string) => string
}

/** Whether a variable is set, and not empty. */
export function isSet(name: string): (env: Environment) => boolean {
  return (env) => Boolean(env[name])
}

/** The value of a variable that is set. */
export function valueOf(env: Environment, name: string): string {
  return env[name] ?? ''
}
