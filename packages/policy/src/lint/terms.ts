/**
 * The checks of a rule in one normalized form: a field and the claim it mirrors share a name, and
 * values one spelling.
 */

import type { SemVerOptions } from '@jobpass/core/internal'
import type { CheckFacts, RuleFacts } from '../inspect-rule.ts'
import { isVersion } from '@jobpass/core/internal'
import { covers } from './cover.ts'
import type { FieldFacts } from './table-facts.ts'
import { fieldFacts } from './table-facts.ts'

/**
 * A condition on one field. `unmarked` requires that the run is not marked by an `untrustedWhen`
 * field: absent or `false`.
 */
export interface Term {
  /** Normalized name of the field or claim. */
  readonly name: string
  /** Name as written in the rule: `branch`, `claims.actor`. */
  readonly label: string
  /** The operator. */
  readonly kind: 'exact' | 'glob' | 'semver' | 'not' | 'present' | 'absent' | 'unmarked'
  /** Whether the provider's table implies the condition, and the rule does not write it. */
  readonly implied: boolean
  /** Allowed values, or those that `not` excludes; lower case for case-insensitive fields. */
  readonly values: readonly unknown[]
  /**
   * The patterns that are allowed, or that `not` excludes; a value in a list with patterns is one.
   */
  readonly patterns: readonly string[]
  /** Values or patterns as written in the rule. */
  readonly written: readonly unknown[]
  /** What the table says about the field. */
  readonly facts: FieldFacts
}

const kinds: Readonly<Partial<Record<CheckFacts['operator'], Term['kind']>>> = {
  equals: 'exact',
  oneOf: 'exact',
  glob: 'glob',
  semver: 'semver',
  not: 'not',
  present: 'present',
  absent: 'absent',
}

/** The terms of a rule, without code, issuer and settings. */
export function termsOf({ checks, table }: RuleFacts): readonly Term[] {
  return checks.flatMap((check) => {
    const { field: label, operator, expected } = check
    if (label === 'issuer') return []
    const facts = fieldFacts(table, label)
    const { name } = facts
    if (operator === 'ordinary') {
      const values = Array.isArray(expected) ? (expected as readonly unknown[]) : []
      const kind = Array.isArray(expected) ? 'exact' : 'unmarked'
      return [{ name, label, kind, implied: true, values, patterns: [], written: values, facts }]
    }
    const kind = kinds[operator]
    return kind === undefined ? [] : [written(label, kind, expected, facts)]
  })
}

function written(label: string, kind: Term['kind'], expected: unknown, facts: FieldFacts): Term {
  const inner = kind === 'not' ? (expected as { readonly not: unknown }).not : expected
  const list: readonly unknown[] = kind === 'present' || kind === 'absent' ? [] : [inner].flat()
  const isPattern = list.some(isGlob)
  const texts = list.map((item) => (isGlob(item) ? item.glob : item))
  const normal = texts.map((item) => common(item, facts))
  return {
    name: facts.name,
    label,
    kind: kind === 'exact' && isPattern ? 'glob' : kind,
    implied: false,
    values: isPattern || kind === 'semver' ? [] : normal,
    patterns: isPattern ? (normal as readonly string[]) : [],
    written: texts,
    facts,
  }
}

/** The options of a `semver()` term. */
export function versionOf({ written: [expected] }: Term): SemVerOptions {
  return (expected as { readonly semver: SemVerOptions }).semver
}

function isGlob(value: unknown): value is { readonly glob: string } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'glob')
}

/**
 * Normalizes a value as the common field does: flags are booleans, numbers are text, and names are
 * lower case.
 */
function common(value: unknown, { kind, name }: FieldFacts): unknown {
  const mirrored = !name.startsWith('claims.')
  if (kind === 'name' && typeof value === 'string') return value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mirrored && kind === 'flag') return value === 'true' ? true : value === 'false' ? false : value
  return mirrored && kind === 'number' ? String(value) : value
}

/** Whether a term accepts a single value; items of lists are tested one by one. */
export function accepts(term: Term, value: unknown): boolean {
  const { kind, values, patterns } = term
  if (kind === 'semver') return isVersion(value, versionOf(term))
  const listed =
    values.includes(value) || (typeof value === 'string' && patterns.some((pattern) => covers(pattern, value, true)))
  if (kind === 'exact' || kind === 'glob') return listed
  return kind === 'not' ? !listed : kind === 'present' || (kind === 'unmarked' && value === false)
}

/** Whether a term requires a value to be present. */
export function needsValue({ kind }: Term): boolean {
  return kind !== 'absent' && kind !== 'unmarked'
}

/** Whether a term says what the value is, not merely what it is not. */
export function isPositive({ kind }: Term): boolean {
  return kind === 'exact' || kind === 'glob' || kind === 'semver'
}

/** The positive terms on any of these fields that the rule itself writes. */
export function named(terms: readonly Term[], ...names: readonly string[]): readonly Term[] {
  return terms.filter((term) => !term.implied && isPositive(term) && names.includes(term.name))
}

/** As `named`, but only terms with exact values. */
export function exactly(terms: readonly Term[], ...names: readonly string[]): readonly Term[] {
  return named(terms, ...names).filter(({ kind }) => kind === 'exact')
}

/** Whether a flag must be `true`. */
export function demands(terms: readonly Term[], flag: string): boolean {
  return exactly(terms, flag).some(({ values }) => values.every((value) => value === true))
}
