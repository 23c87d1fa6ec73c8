/** A policy in force: named sets of rules, and handles on them that stay when the rules are replaced. */

import type { AnyWorkload, ReportOnlyRule, RuleSet, TrustRule } from '@jobpass/core'
import type { RuleSnapshot, RuleSource } from '@jobpass/core/internal'
import { fingerprint, makeRuleSet } from '@jobpass/core/internal'
import { canonical } from './digest.ts'

/** A rule of a policy: one that decides, or one that only reports. */
export type PolicyRule<W = AnyWorkload> = TrustRule<W> | ReportOnlyRule<W>

/** Named sets of rules, for the routes of a server. */
export interface Policy<out W = AnyWorkload> {
  /** The names of the sets, in the order of the document. */
  readonly names: readonly string[]
  /** Digest of what the document means, 16 hexadecimal digits: spelling, order and descriptions do not count. */
  readonly digest: string
  /** The rules themselves by name, for a linter: `lintRules({ routes: policy.entries })`. */
  readonly entries: Readonly<Record<string, readonly PolicyRule<W>[]>>
  /**
   * The handle on a set, for `requireWorkload`. Throws a `TypeError` for a name that is not there.
   */
  rules(name: string): RuleSet<W>
}

/** One version of a policy. */
export interface Version extends Pick<Policy, 'names' | 'digest' | 'entries'> {
  readonly snapshot: RuleSnapshot
}

/** A rule as it was read: what it decides by, and what it stands for in the digest. */
export interface BuiltRule {
  readonly rule: PolicyRule
  readonly meaning: unknown
}

/** Makes a version of built rules, by name. */
export function makeVersion(sets: ReadonlyMap<string, readonly BuiltRule[]>): Version {
  const snapshot = new Map([...sets].map(([name, rules]) => [name, Object.freeze(rules.map(({ rule }) => rule))]))
  const meaning = [...sets].map(([name, rules]) => ({ name, rules: rules.map((rule) => rule.meaning) }))
  return Object.freeze({
    snapshot,
    names: Object.freeze([...sets.keys()]),
    digest: fingerprint(canonical(meaning)),
    entries: Object.freeze(Object.assign(Object.create(null) as object, Object.fromEntries(snapshot))),
  })
}

/** Where the version in force is. */
export interface VersionSource extends RuleSource {
  version: Version
}

/** Makes the place of a version, which may be replaced. */
export function makeSource(version: Version): VersionSource {
  const source = { version, current: () => source.version.snapshot }
  return source
}

/** A policy whose version may change; `handedOut` is told of each name that a handle was made for. */
export function makePolicy(source: VersionSource, handedOut: (name: string) => void = () => {}): Policy<never> {
  const current = (): Version => source.version
  return Object.freeze({
    get names() {
      return current().names
    },
    get digest() {
      return current().digest
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
