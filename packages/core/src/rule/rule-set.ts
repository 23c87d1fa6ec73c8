/** Named sets of rules that may be replaced while the program runs: a handle stays, what it stands for is read anew by each request. */

import type { ReportOnlyRule, RuleSet, TrustRule } from './rule.ts'
import type { AnyWorkload } from '../identity/workload.ts'

/** All sets of one version of a policy. */
export type RuleSnapshot = ReadonlyMap<string, readonly (TrustRule<AnyWorkload> | ReportOnlyRule<AnyWorkload>)[]>

/** Where the current version is. */
export interface RuleSource {
  current(): RuleSnapshot
}

/** The versions that one request has seen: whatever it asks later, it asks of the same. */
export type SeenSnapshots = Map<RuleSource, RuleSnapshot>

interface Handle {
  readonly source: RuleSource
  readonly name: string
}

const handles = new WeakMap<object, Handle>()

/** Makes the handle on a named set. For authors of policy loaders; throws a `TypeError` for a name that is not there. */
export function makeRuleSet<W>(source: RuleSource, name: string): RuleSet<W> {
  const known = source.current()
  if (!known.has(name))
    throw new TypeError(`The policy has no rules '${name}'. It has: ${[...known.keys()].join(', ') || 'none'}`)
  const set: RuleSet<W> = Object.freeze({ effect: 'set', name })
  handles.set(set, { source, name })
  return set
}

/** Whether something is a handle made here. */
export function isRuleSet(value: unknown): value is RuleSet {
  return typeof value === 'object' && value !== null && handles.has(value)
}

/** The rules a handle stands for in one request. */
export function rulesOf(
  set: RuleSet,
  seen: SeenSnapshots,
): readonly (TrustRule<AnyWorkload> | ReportOnlyRule<AnyWorkload>)[] {
  const { source, name } = handles.get(set) as Handle
  const snapshot = seen.get(source) ?? source.current()
  seen.set(source, snapshot)
  return snapshot.get(name) ?? []
}

/** The rules that a handle stands for now, or `undefined` for anything else. */
export function currentRules(value: unknown): ReturnType<typeof rulesOf> | undefined {
  return isRuleSet(value) ? rulesOf(value, new Map()) : undefined
}
