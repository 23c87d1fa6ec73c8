/** The option `trust` of a server that uses a policy. */

import type { TrustRule } from '@jobpass/core'
import type { PolicyRule } from '@jobpass/policy'
import { inspectRule } from '@jobpass/policy'
import { CommandError } from '../io/exit.ts'
import type { NamedPolicy } from './read-policy.ts'
import { setName } from './read-policy.ts'

/** The rules of a set that are enforced: those that only report admit no job. */
export function enforcedRules(rules: readonly PolicyRule[]): readonly TrustRule[] {
  return rules.filter((rule): rule is PolicyRule & TrustRule => !inspectRule(rule).reports)
}

/** The rules of the option `trust`: those of a set, or all. */
export function trustOf(file: NamedPolicy, set: string | undefined): readonly TrustRule[] {
  const { entries } = file.policy
  const rules = set === undefined ? Object.values(entries).flat() : (entries[setName(file, set)] ?? [])
  const enforced = enforcedRules(rules)
  if (enforced.length > 0) return enforced
  throw new CommandError(`${file.path}: every rule only reports, so a server would trust no job`)
}
