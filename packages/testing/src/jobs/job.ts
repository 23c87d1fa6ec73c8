/** Types of a job that a test runs against a local issuer. */

import type { MintOptions } from '../test-issuer.ts'

/** How an endpoint for tokens fails: with a status, or without an answer that ends. */
export type TokenFault =
  | 'hang'
  | 'drip'
  | {
      /** The status of the answer, such as 429 or 500. */
      readonly status: number
      /** `Retry-After` of the answer, in seconds. Default: none. */
      readonly retryAfter?: number
    }

/** The options of `startJob`. */
export interface JobOptions<W> extends MintOptions<W> {
  /** `false`: the job lacks the line that lets it have a token. Default: `true`. */
  readonly permission?: boolean
  /**
   * The name of the variable with the token, on platforms where the job chooses it. Default: on
   * GitLab `<AUDIENCE>_ID_TOKEN`, elsewhere `JOBPASS_ID_TOKEN`.
   */
  readonly variable?: string
  /**
   * How the platform's endpoint answers first, one request each. Default: none, so that it gives a
   * token at once.
   */
  readonly faults?: readonly TokenFault[]
}

/** A job, as its platform starts it. */
export interface RunningJob {
  /** Its variables. Where the platform has a program for tokens, `PATH` finds it. */
  readonly env: Readonly<Record<string, string>>
  /**
   * The fixed addresses of the platform, each with its address here: an origin for an origin, such
   * as `http://metadata.google.internal`, and a socket for a socket, such as `/.fly/api`.
   */
  readonly places: Readonly<Record<string, string>>
  /** The requests for tokens so far: `GET /_apis/token?…`, or `circleci run oidc get …`. */
  readonly requests: readonly string[]
  /** Replaces the token in the job's file, if the platform keeps it in one. */
  renew(): Promise<void>
  /** Ends the job, and removes its files. `close()` of the issuer's server does the same. */
  close(): Promise<void>
}
