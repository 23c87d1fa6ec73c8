/** The process of this job, and the tokens that were requested in it. */

import type { Job } from './job.ts'
import { thisJob } from './job.ts'
import { TokenSource } from './token-source.ts'

/** Finds the tokens for an audience. */
export type SourceOf = (audience: string) => TokenSource

/** The tokens of a job, one source for each audience. */
export function sourcesOf(job: Job): SourceOf {
  const sources = new Map<string, TokenSource>()
  return (audience) => {
    if (typeof audience !== 'string' || audience === '')
      throw new TypeError("The audience must be the name of the API, such as 'https://api.acme.dev'")
    const source = sources.get(audience) ?? new TokenSource(audience, job)
    sources.set(audience, source)
    return source
  }
}

/** This process. All functions that are not of a client of their own share its tokens. */
export const defaultSources: readonly [Job, SourceOf] = [thisJob, sourcesOf(thisJob)]
