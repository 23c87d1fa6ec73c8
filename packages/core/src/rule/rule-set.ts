/**
 * Named rule sets that can be replaced while the program runs: the handle stays the same, and each
 * request reads its current rules.
 */

import type { ReportOnlyRule, RuleSet, TrustRule } from './rule.ts'
import type { AnyWorkload } from '../model/workload.ts'
import { recognize } from '../util/copies.ts'
import type { Kept } from '../util/kept.ts'
import { keptAt } from '../util/kept.ts'

/** All sets of one version of a policy. */
export type RuleSnapshot = ReadonlyMap<string, readonly (TrustRule<AnyWorkload> | ReportOnlyRule<AnyWorkload>)[]>

/** A source of policy versions. */
export interface RuleSource {
  /** The current version. */
  current(): RuleSnapshot
}

/** The versions that one request uses: all of its guards see the same one. */
export type SeenSnapshots = Map<RuleSource, RuleSnapshot>

interface Handle {
  readonly source: RuleSource
  readonly name: string
  readonly verifiers: Verifiers
}

/** The verifiers for which guards of one name have decided, held weakly. */
interface Verifiers {
  readonly met: WeakSet<object>
  readonly alive: Set<WeakRef<object>>
}

const verifiersOf: Kept<Verifiers> = new WeakMap()

const handles = new WeakMap<object, Handle>()
recognize(isRuleSet)

/**
 * Makes the handle of a named set; for authors of policy loaders.
 *
 * @throws {TypeError} for an unknown name.
 */
export function makeRuleSet<W>(source: RuleSource, name: string): RuleSet<W> {
  const known = source.current()
  if (!known.has(name))
    throw new TypeError(`The policy has no rules '${name}'. It has: ${[...known.keys()].join(', ') || 'none'}`)
  const set: RuleSet<W> = Object.freeze({ effect: 'set', name })
  const verifiers = keptAt<Verifiers>(verifiersOf, source, name, () => ({ met: new WeakSet(), alive: new Set() }))
  handles.set(set, { source, name, verifiers })
  return set
}

/** Whether a value is a handle. */
export function isRuleSet(value: unknown): value is RuleSet {
  return typeof value === 'object' && value !== null && handles.has(value)
}

/** The rules of a handle in one request. */
export function rulesOf(
  set: RuleSet,
  seen: SeenSnapshots,
): readonly (TrustRule<AnyWorkload> | ReportOnlyRule<AnyWorkload>)[] {
  const { source, name } = handles.get(set) as Handle
  const snapshot = seen.get(source) ?? source.current()
  seen.set(source, snapshot)
  return snapshot.get(name) ?? []
}

/** The current rules of a handle; `undefined` for any other value. */
export function currentRules(value: unknown): ReturnType<typeof rulesOf> | undefined {
  return isRuleSet(value) ? rulesOf(value, new Map()) : undefined
}

/**
 * Records that a guard with this handle decides for a verifier, which then checks later versions.
 */
export function meetVerifier(set: RuleSet, verifier: object): void {
  const { met, alive } = (handles.get(set) as Handle).verifiers
  if (met.has(verifier)) return
  met.add(verifier)
  for (const known of alive) if (known.deref() === undefined) alive.delete(known)
  alive.add(new WeakRef(verifier))
}

/**
 * Calls back for each verifier for which guards of a source have decided, with the name of the set.
 */
export function eachVerifier(source: RuleSource, visit: (name: string, verifier: object) => void): void {
  for (const [name, { alive }] of verifiersOf.get(source) ?? [])
    for (const known of alive) {
      const verifier = known.deref()
      if (verifier !== undefined) visit(name, verifier)
    }
}
