/** The checks of a rule in one shape: fields and the claims they mirror under one name, values by one spelling. */

import type { CheckFacts, RuleFacts } from '@jobpass/core/internal'
import { covers } from './cover.ts'
import type { FieldFacts } from './table-facts.ts'
import { fieldFacts } from './table-facts.ts'

/** What a rule demands of one field. `unmarked` is the demand that a run is not an unusual one: absent, or `false`. */
export interface Term {
  readonly name: string
  /** As the rule writes it: `branch`, `claims.actor`. */
  readonly label: string
  readonly kind: 'exact' | 'glob' | 'not' | 'present' | 'absent' | 'unmarked'
  /** The rule does not write it: its provider's table demands it. */
  readonly implied: boolean
  /** What is allowed, or excluded by `not`; letter case folded where the field folds it. */
  readonly values: readonly unknown[]
  /** What is allowed, or excluded by `not`, as a pattern. */
  readonly pattern: string | undefined
  /** The values or the pattern as the rule writes them. */
  readonly written: readonly unknown[]
  readonly facts: FieldFacts
}

const kinds: Readonly<Partial<Record<CheckFacts['operator'], Term['kind']>>> = {
  equals: 'exact',
  oneOf: 'exact',
  glob: 'glob',
  not: 'not',
  present: 'present',
  absent: 'absent',
}

/** The terms of a rule; code, the issuer and the settings are none. */
export function termsOf({ checks, table }: RuleFacts): readonly Term[] {
  return checks.flatMap((check) => {
    const { field: label, operator, expected } = check
    if (label === 'issuer') return []
    const facts = fieldFacts(table, label)
    const { name } = facts
    if (operator === 'ordinary') {
      const values = Array.isArray(expected) ? (expected as readonly unknown[]) : []
      const kind = Array.isArray(expected) ? 'exact' : 'unmarked'
      return [{ name, label, kind, implied: true, values, pattern: undefined, written: values, facts }]
    }
    const kind = kinds[operator]
    return kind === undefined ? [] : [written(label, kind, expected, facts)]
  })
}

function written(label: string, kind: Term['kind'], expected: unknown, facts: FieldFacts): Term {
  const inner = kind === 'not' ? (expected as { readonly not: unknown }).not : expected
  const pattern = isGlob(inner) ? inner.glob : undefined
  const values = kind === 'exact' || (kind === 'not' && pattern === undefined) ? [inner].flat() : []
  return {
    name: facts.name,
    label,
    kind,
    implied: false,
    values: values.map((value) => common(value, facts)),
    pattern: pattern === undefined ? undefined : (common(pattern, facts) as string),
    written: pattern === undefined ? values : [pattern],
    facts,
  }
}

function isGlob(value: unknown): value is { readonly glob: string } {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'glob')
}

/** A value as the common field has it: a flag is a boolean there, a number is text, and names have no letter case. */
function common(value: unknown, { kind, name }: FieldFacts): unknown {
  const mirrored = !name.startsWith('claims.')
  if (kind === 'name' && typeof value === 'string') return value.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
  if (mirrored && kind === 'flag') return value === 'true' ? true : value === 'false' ? false : value
  return mirrored && kind === 'number' ? String(value) : value
}

/** Whether a term lets a value pass, one of a list taken alone. */
export function accepts({ kind, values, pattern }: Term, value: unknown): boolean {
  const listed =
    values.includes(value) || (pattern !== undefined && typeof value === 'string' && covers(pattern, value, true))
  if (kind === 'exact' || kind === 'glob') return listed
  return kind === 'not' ? !listed : kind === 'present' || (kind === 'unmarked' && value === false)
}

/** Whether a term needs the value to be there. */
export function needsValue({ kind }: Term): boolean {
  return kind !== 'absent' && kind !== 'unmarked'
}

/** Whether a term says what the value is, not merely what it is not. */
export function isPositive({ kind }: Term): boolean {
  return kind === 'exact' || kind === 'glob'
}

/** The terms on any of these fields that say what the value is, and that the rule itself writes. */
export function named(terms: readonly Term[], ...names: readonly string[]): readonly Term[] {
  return terms.filter((term) => !term.implied && isPositive(term) && names.includes(term.name))
}

/** The same by equality or list. */
export function exactly(terms: readonly Term[], ...names: readonly string[]): readonly Term[] {
  return named(terms, ...names).filter(({ kind }) => kind === 'exact')
}

/** Whether a flag is demanded: `true` and nothing else. */
export function demands(terms: readonly Term[], flag: string): boolean {
  return exactly(terms, flag).some(({ values }) => values.every((value) => value === true))
}
