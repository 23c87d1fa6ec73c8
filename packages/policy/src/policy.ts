/** Policies: named sets of rules, with handles that stay valid when the rules are replaced. */

import type { AnyWorkload, ReportOnlyRule, RuleSet, TrustRule } from '@jobpass/core'
import type { RuleSnapshot, RuleSource } from '@jobpass/core/internal'
import { fingerprint, makeRuleSet } from '@jobpass/core/internal'
import { canonical } from './canonical.ts'

/** A rule of a policy: enforced or report-only. */
export type PolicyRule<W = AnyWorkload> = TrustRule<W> | ReportOnlyRule<W>

/** Named sets of rules, for the routes of a server. */
export interface Policy<out W = AnyWorkload> {
  /** Names of the sets, in document order. */
  readonly names: readonly string[]
  /**
   * Fingerprint of the document's meaning, 16 hexadecimal digits. Spelling, order and descriptions
   * do not change it.
   */
  readonly fingerprint: string
  /** The rules by set name, for a linter: `lintRules({ routes: policy.entries })`. */
  readonly entries: Readonly<Record<string, readonly PolicyRule<W>[]>>
  /**
   * Returns the handle of a set, for `requireWorkload`.
   *
   * @throws {TypeError} for an unknown name.
   */
  rules(name: string): RuleSet<W>
}

/** One version of a policy. */
export interface Version extends Pick<Policy, 'names' | 'fingerprint' | 'entries'> {
  /** The rules of this version by set name, for core. */
  readonly snapshot: RuleSnapshot
}

/** A rule from a document. */
export interface BuiltRule {
  /** The rule that decides. */
  readonly rule: PolicyRule
  /** The rule as JSON, for the fingerprint. */
  readonly meaning: unknown
}

/** Makes a version from rules by set name. */
export function makeVersion(sets: ReadonlyMap<string, readonly BuiltRule[]>): Version {
  const snapshot = new Map([...sets].map(([name, rules]) => [name, Object.freeze(rules.map(({ rule }) => rule))]))
  const meaning = [...sets].map(([name, rules]) => ({ name, rules: rules.map((rule) => rule.meaning) }))
  return Object.freeze({
    snapshot,
    names: Object.freeze([...sets.keys()]),
    fingerprint: fingerprint(canonical(meaning)),
    entries: Object.freeze(Object.assign(Object.create(null) as object, Object.fromEntries(snapshot))),
  })
}

/** Holds the current version. */
export interface VersionSource extends RuleSource {
  /** The version in force; may be replaced. */
  version: Version
}

/** Makes a replaceable holder of a version. */
export function makeSource(version: Version): VersionSource {
  const source = { version, current: () => source.version.snapshot }
  return source
}

/**
 * Makes a policy with a replaceable version. `handedOut` is called with the name of each set that a
 * handle is made for.
 */
export function makePolicy(source: VersionSource, handedOut: (name: string) => void = () => {}): Policy<never> {
  const current = (): Version => source.version
  return Object.freeze({
    get names() {
      return current().names
    },
    get fingerprint() {
      return current().fingerprint
    },
    get entries() {
      return current().entries as Policy<never>['entries']
    },
    rules: (name: string): RuleSet<never> => {
      const handle = makeRuleSet<never>(source, name)
      handedOut(name)
      return handle
    },
  })
}
