/** Compares two policies: who gains access, and who loses it. */

import type { TrustRule } from '@jobpass/core'
import type { PolicyFile } from '../policy/read-policy.ts'
import type { Place } from '../policy/places.ts'
import { placesIn } from '../policy/places.ts'
import { enforcedRules } from '../policy/trust.ts'
import { inspectRule, isCoveredBy } from '@jobpass/policy'
import { atomsOf } from './atoms.ts'
import type { MadeJob } from './job-maker.ts'
import { findWitness } from './witness.ts'

/** A difference between two policies. */
export interface Change extends Place {
  /** The set of rules. */
  readonly set: string
  /**
   * Jobs that only the new policy admits, or only the old one. `unclear`: the rules differ, and no
   * job was found that shows how.
   */
  readonly kind: 'gained' | 'lost' | 'unclear'
  /** Which of the two policies has the rule. */
  readonly in: 'old' | 'new'
  /** Index of the rule in its set. */
  readonly rule: number
  /** The part of the rule that makes the difference. */
  readonly part: TrustRule
  /** A job that shows it; `undefined` where it is unclear. */
  readonly job: MadeJob | undefined
}

/**
 * The differences between two policies, set by set. Equal rules that are written differently have
 * none.
 */
export async function comparePolicies(before: PolicyFile, after: PolicyFile): Promise<readonly Change[]> {
  const changes: Change[] = []
  const sets = [...new Set([...before.policy.names, ...after.policy.names])]
  for (const set of sets) {
    const old = enforcedRules(before.policy.entries[set] ?? [])
    const now = enforcedRules(after.policy.entries[set] ?? [])
    changes.push(...(await oneWay(after, set, { these: now, others: old, kind: 'gained' })))
    changes.push(...(await oneWay(before, set, { these: old, others: now, kind: 'lost' })))
  }
  return changes
}

interface Direction {
  readonly these: readonly TrustRule[]
  readonly others: readonly TrustRule[]
  readonly kind: 'gained' | 'lost'
}

/** What the rules of one policy admit, and those of the other do not. */
async function oneWay(
  { policy, text }: PolicyFile,
  set: string,
  { these, others, kind }: Direction,
): Promise<readonly Change[]> {
  const place = placesIn(text)
  const parts = others.flatMap(atomsOf)
  const changes: Change[] = []
  for (const [rule, entry] of (policy.entries[set] ?? []).entries()) {
    if (inspectRule(entry).reports) continue
    for (const part of atomsOf(entry as TrustRule)) {
      if ([...others, ...parts].some((other) => isCoveredBy(part, other))) continue
      const job = await findWitness(part, these, others)
      changes.push({
        set,
        kind: job === undefined ? 'unclear' : kind,
        in: kind === 'gained' ? 'new' : 'old',
        rule,
        part,
        job,
        ...place(['rules', set, rule]),
      })
    }
  }
  return changes
}
