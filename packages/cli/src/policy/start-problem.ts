/** Why a server would not start with a policy and its audiences. */

import type { TrustRule } from '@jobpass/core'
import { createVerifier, memoryReplayStore } from '@jobpass/core'
import type { Policy, PolicyRule } from '@jobpass/policy'
import { inspectRule } from '@jobpass/policy'

/** An audience that no platform gives by default, where the real one is not known. */
export const anyAudience = 'https://api.example'

/** The rules of all sets that admit jobs; those that only report are left out. */
export function enforcedRules({ entries }: Policy): readonly TrustRule[] {
  const rules = Object.values(entries).flat()
  return rules.filter((rule): rule is PolicyRule & TrustRule => !inspectRule(rule).reports)
}

/** The reason; `undefined` where a server starts. */
export function startProblem(policy: Policy, audience: readonly string[]): string | undefined {
  try {
    const replay = { store: memoryReplayStore() }
    createVerifier({ audience, trust: enforcedRules(policy), replay, onWarning: () => {} })
    return undefined
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}
