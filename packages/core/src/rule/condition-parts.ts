/** What conditions on fields and on claims have in common. */

import type { CompiledTable } from '../table/compile-table.ts'
import type { Test } from './compile-condition.ts'
import type { RuleCheck } from './rule.ts'
import type { Kept } from '../util/kept.ts'
import { keptAt } from '../util/kept.ts'

/** The rule that a condition is part of. */
export interface Place {
  /** The name of the rule in messages. */
  readonly what: string
  /** The table of its provider. */
  readonly table: CompiledTable
  /** Whether the rule allows or denies. */
  readonly effect: 'allow' | 'deny'
}

/** One compiled condition of a rule. */
export interface Target {
  /** The field that it names, or that its claim mirrors; else the claim. */
  readonly field: string
  /**
   * Its check. Whether it pins, and whether it is enforced in report-only rules, depends on the
   * whole rule.
   */
  readonly check: Omit<RuleCheck, 'pin' | 'onlyReported'>
  /** The compiled condition. */
  readonly test: Test
  /** Whether the value can never be reassigned to something else. */
  readonly immutable: boolean
  /** The known claim that this may be a misspelling of, where the table does not list the claim. */
  readonly near?: string | undefined
}

const readers: Kept<RuleCheck['read']> = new WeakMap()

/**
 * The one function that reads a field or claim of a table. Rules are indexed by the functions of
 * their checks, so two checks of the same value must share one. A claim is keyed by its path as
 * JSON, which never equals the name of a field.
 */
export function readerOf(table: CompiledTable, place: string, make: RuleCheck['read']): RuleCheck['read'] {
  return keptAt(readers, table, place, () => make)
}

/** The one function that reads a field of the tokens of a table. */
export function fieldReader(table: CompiledTable, field: string): RuleCheck['read'] {
  const index = table.fieldList.findIndex(({ name }) => name === field)
  return readerOf(table, field, ({ fields }) => fields.at(index))
}

/** Reads the issuer of a token. */
export const readIssuer: RuleCheck['read'] = ({ claims }) => claims.iss

/** Makes the target of a compiled condition. */
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
