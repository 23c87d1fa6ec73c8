/** Named sets of rules that may be replaced while the program runs: a handle stays, what it stands for is read anew by each request. */

import type { ReportOnlyRule, RuleSet, TrustRule } from './rule.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { recognize } from '../util/copies.ts'

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
  readonly verifiers: Verifiers
}

/** The verifiers that guards of one name have met, for as long as they live. */
interface Verifiers {
  readonly met: WeakSet<object>
  readonly alive: Set<WeakRef<object>>
}

const verifiersOf = new WeakMap<RuleSource, Map<string, Verifiers>>()

const handles = new WeakMap<object, Handle>()
recognize(isRuleSet)

/** Makes the handle on a named set. For authors of policy loaders; throws a `TypeError` for a name that is not there. */
export function makeRuleSet<W>(source: RuleSource, name: string): RuleSet<W> {
  const known = source.current()
  if (!known.has(name))
    throw new TypeError(`The policy has no rules '${name}'. It has: ${[...known.keys()].join(', ') || 'none'}`)
  const set: RuleSet<W> = Object.freeze({ effect: 'set', name })
  const byName = verifiersOf.get(source) ?? new Map<string, Verifiers>()
  verifiersOf.set(source, byName)
  const verifiers = byName.get(name) ?? { met: new WeakSet(), alive: new Set() }
  byName.set(name, verifiers)
  handles.set(set, { source, name, verifiers })
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

/** Remembers that a guard of a handle decides for a verifier, which then has a say in later versions. */
export function meetVerifier(set: RuleSet, verifier: object): void {
  const { met, alive } = (handles.get(set) as Handle).verifiers
  if (met.has(verifier)) return
  met.add(verifier)
  for (const known of alive) if (known.deref() === undefined) alive.delete(known)
  alive.add(new WeakRef(verifier))
}

/** Calls back for each verifier that guards of a source have met, with the name of the set. */
export function eachVerifier(source: RuleSource, visit: (name: string, verifier: object) => void): void {
  for (const [name, { alive }] of verifiersOf.get(source) ?? [])
    for (const known of alive) {
      const verifier = known.deref()
      if (verifier !== undefined) visit(name, verifier)
    }
}
