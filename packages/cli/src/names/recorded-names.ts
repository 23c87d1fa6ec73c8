/** The ids of names in recorded verdicts: what verified tokens said last. */

import type { RecordedJob } from '../recorded/read-recorded.ts'
import type { NamedRule } from './named-rules.ts'
import type { Names } from './registry.ts'

/** Looks names up in recorded jobs of the same platform, and of the issuer if a rule names one. */
export function recordedNames(jobs: readonly RecordedJob[]): (rule: NamedRule) => Names {
  return ({ provider, issuer }) => {
    const ofIssuer = jobs
      .map(({ fields }) => fields as Readonly<Record<string, string | undefined>>)
      .filter((fields) => fields['provider'] === provider && (issuer === undefined || fields['issuer'] === issuer))
    return {
      repository: async (name) => {
        const { repositoryId, ownerId } = ofIssuer.findLast(({ repository }) => repository === name) ?? {}
        return repositoryId === undefined || ownerId === undefined ? undefined : { repositoryId, ownerId }
      },
      owner: async (name) => ofIssuer.findLast(({ owner }) => owner === name)?.['ownerId'],
    }
  }
}
