/** Conformance cases: data with a permanent id and one MUST sentence. */

import type { RefusalCode } from '@jobpass/core'
import type { SetupName } from './setups.ts'
import type { World } from './world.ts'

/** A request as sent; a header may occur several times. */
export interface ConformanceRequest {
  /** HTTP method, in upper case. */
  readonly method: string
  /** Path, with a query if there is one. */
  readonly path: string
  /** Headers in order, as name and value. */
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A response as received. */
export interface ConformanceResponse {
  /** HTTP status. */
  readonly status: number
  /** Header values by name in lower case; repeated headers are joined. */
  readonly headers: Readonly<Record<string, string>>
  /** The body as text. */
  readonly body: string
}

/** The expected response. */
export interface Expectation {
  /** HTTP status. */
  readonly status: 200 | 400 | 401 | 403 | 404 | 500 | 503
  /** `code` of the problem document. Default: the response is not a refusal. */
  readonly code?: RefusalCode
  /**
   * Members of the JSON body, each equal to the value; `undefined` for a member that must be
   * absent.
   */
  readonly body?: Readonly<Record<string, unknown>>
  /** Members of the workload that the handler received; `null` for no caller. */
  readonly workload?: Readonly<Record<string, unknown>> | null
  /** `Retry-After`, in seconds. */
  readonly retryAfter?: number
  /** Headers, in lower case, that the response must not have. */
  readonly withoutHeaders?: readonly string[]
  /** The framework writes the body: compare status and challenge only. */
  readonly frameworkAnswers?: true
}

/** One conformance case. */
export interface ConformanceCase {
  /** Permanent id: a case may be retired, but its id is never used again. */
  readonly id: string
  /** The requirement, as a sentence with MUST. */
  readonly must: string
  /** The app that the request goes to. */
  readonly setup: SetupName
  /** `METHOD /path`. */
  readonly to: string
  /** The headers to send. */
  readonly headers: (world: World) => Promise<ConformanceRequest['headers']>
  /** The expected response. */
  readonly expect: Expectation
}

/** A case in a table whose rows share some members; a row names only the others. */
export type CaseRow<Shared extends 'setup' | 'to'> = Omit<ConformanceCase, Shared> &
  Partial<Pick<ConformanceCase, Shared>>
