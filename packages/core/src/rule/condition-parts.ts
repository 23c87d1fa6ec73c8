/** What fields and claims have in common as keys of a rule. */

import type { CompiledTable } from '../table/compile-table.ts'
import type { Test } from './condition.ts'
import type { RuleCheck } from './rule.ts'

/** The rule that a key stands in. */
export interface Place {
  /** How messages call it. */
  readonly what: string
  readonly table: CompiledTable
  readonly effect: 'allow' | 'deny'
}

/** What one key of the conditions speaks of: the field it names or mirrors, and its condition. */
export interface Target {
  readonly field: string
  /** What the rule as a whole makes of it, whether it pins and whether it holds in report-only rules, is not known here. */
  readonly check: Omit<RuleCheck, 'pin' | 'enforcedInReportOnly'>
  readonly test: Test
  readonly immutable: boolean
  /** The known claim that this may be a misspelling of, where no table lists the claim. */
  readonly near?: string | undefined
}

const readers = new WeakMap<CompiledTable, Map<string, RuleCheck['read']>>()

/**
 * The one function that reads a field or a claim of a table: rules are found by the functions that their checks read with,
 * so two checks of the same value must share one. A claim's path as JSON cannot look like the name of a field.
 */
export function readerOf(table: CompiledTable, place: string, make: RuleCheck['read']): RuleCheck['read'] {
  const ofTable = readers.get(table) ?? new Map<string, RuleCheck['read']>()
  const read = ofTable.get(place) ?? make
  ofTable.set(place, read)
  readers.set(table, ofTable)
  return read
}

/** Makes the target of a condition that is compiled. */
export function makeTarget(
  field: string,
  label: string,
  immutable: boolean,
  test: Test & { readonly foldCase: boolean },
  read: RuleCheck['read'],
): Target {
  const { operator, expected, keys, foldCase, passes } = test
  return {
    field,
    immutable,
    test,
    check: { field: label, operator, expected, read, passes, foldCase, ...(keys && { keys }) },
  }
}
