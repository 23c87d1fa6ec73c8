/** What a conformance case is: data, with a permanent id and one sentence with MUST in it. */

import type { RefusalCode } from '@jobpass/core'
import type { SetupName } from './setups.ts'
import type { World } from './world.ts'

/** A request as it goes over the wire; a header may come more than once. */
export interface ConformanceRequest {
  readonly method: string
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
}

/** A response as it came over the wire; header names in lower case, repeated ones joined. */
export interface ConformanceResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What must come back. */
export interface Expectation {
  readonly status: 200 | 400 | 401 | 403 | 500 | 503
  readonly code?: RefusalCode
  /** Members the JSON body must have, each equal to the value; `undefined` for one that must not be there. */
  readonly body?: Readonly<Record<string, unknown>>
  /** Members of the workload that the handler saw. */
  readonly workload?: Readonly<Record<string, unknown>> | null
  /** Seconds in `Retry-After`. */
  readonly retryAfter?: number
  /** Headers that the answer must not have, in lower case. */
  readonly withoutHeaders?: readonly string[]
  /** The framework answers in its own words: only status and challenge count. */
  readonly frameworkAnswers?: true
}

export interface ConformanceCase {
  /** Permanent: a case may be retired, its id is never used again. */
  readonly id: string
  readonly must: string
  readonly setup: SetupName
  /** `METHOD /path`. */
  readonly to: string
  /** The headers to send. */
  readonly headers: (world: World) => Promise<ConformanceRequest['headers']>
  readonly expect: Expectation
}

/** A case in a table whose rows share some members, so that a row names only those that differ. */
export type CaseRow<Shared extends 'setup' | 'to'> = Omit<ConformanceCase, Shared> &
  Partial<Pick<ConformanceCase, Shared>>
