/** Decides about recorded jobs by two policies. */

import type { AnyWorkload } from '@jobpass/core'
import { escapeForLog } from '@jobpass/core/internal'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { identify } from '../explain/identify.ts'
import type { Claims } from '../explain/local-issuer.ts'
import { issuerOf, platformOf } from '../explain/platform.ts'
import type { PolicyFile } from '../policy/read-policy.ts'
import { enforcedRules } from '../policy/trust.ts'
import type { RecordedJob } from '../recorded/read-recorded.ts'
import { admits } from './job-maker.ts'

/** Recorded jobs for which two policies differ, of one kind. */
export interface Replayed {
  /** The set of rules. */
  readonly set: string
  /** What happens to the jobs. */
  readonly kind: 'gained' | 'lost'
  /** What the jobs have in common: repository, ref, event. */
  readonly jobs: string
  /** How many were recorded. */
  readonly count: number
  /** The line of the last one. */
  readonly line: number
}

/** The recorded jobs that gain or lose access, by set, repository, ref and event. */
export async function replay(
  jobs: readonly RecordedJob[],
  before: PolicyFile,
  after: PolicyFile,
): Promise<readonly Replayed[]> {
  const found = new Map<string, Replayed>()
  const sets = [...new Set([...before.policy.names, ...after.policy.names])]
  const rulesOf = ({ policy }: PolicyFile, set: string): ReturnType<typeof enforcedRules> =>
    enforcedRules(policy.entries[set] ?? [])
  const all = [before, after].flatMap((file) => file.policy.names.flatMap((set) => rulesOf(file, set)))
  for (const { claims, fields, line } of jobs) {
    const provider = platformOf(claims, all)
    if (provider === undefined) continue
    const workload = await identifyRecorded(claims, provider)
    if (workload === undefined) continue
    for (const set of sets) {
      const [did, does] = [before, after].map((file) => admits(rulesOf(file, set), { workload }))
      if (did === does) continue
      const kind = does === true ? 'gained' : 'lost'
      const text = describe(fields)
      const key = JSON.stringify([set, kind, text])
      found.set(key, { set, kind, jobs: text, count: (found.get(key)?.count ?? 0) + 1, line })
    }
  }
  return [...found.values()]
}

/** The identity by the recorded audience, or by any, where that is a platform's default. */
async function identifyRecorded(claims: Claims, provider: AnyProvider): Promise<AnyWorkload | undefined> {
  const { aud } = claims
  const iss = issuerOf(claims)
  const own = typeof aud === 'string' ? await identify(claims, iss, provider, { audience: aud }) : undefined
  return own ?? identify(claims, iss, provider)
}

const shown = ['repository', 'branch', 'tag', 'pullRequest', 'environment', 'event'] as const

/** What a job is: the subject, for a platform without repositories. */
function describe(fields: Readonly<Record<string, unknown>>): string {
  const parts = shown.flatMap((name) => (fields[name] === undefined ? [] : [`${name} ${String(fields[name])}`]))
  return escapeForLog(parts.length > 0 ? parts.join(', ') : String(fields['subject']))
}
