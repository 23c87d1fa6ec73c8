/** What a provider's table says about a field or claim. */

import type { ClaimRow, ClaimRows, RequiredClaims } from '@jobpass/core/internal'
import type { ProviderTable } from '@jobpass/core'

/** A field or claim. */
export interface FieldFacts {
  /** The field name, also for a claim that a field mirrors; else the claim as `claims.x`. */
  readonly name: string
  /**
   * Path of the claim, such as `['kubernetes.io', 'namespace']`; `undefined` for a computed field.
   */
  readonly claim: readonly string[] | undefined
  /** Type of the claim's row in the table, without suffixes. */
  readonly kind: string
  /** Whether the value is a list. */
  readonly list: boolean
  /** Whether every token has it. */
  readonly required: boolean
}

/** Facts of a check's field: `branch`, `claims.actor`, `claims.kubernetes.io.namespace`. */
export function fieldFacts(table: ProviderTable, label: string): FieldFacts {
  const source = Object.hasOwn(table.identity, label) ? table.identity[label] : undefined
  const path = label.startsWith('claims.')
    ? pathOf(table.claims, label.slice('claims.'.length))
    : typeof source === 'string'
      ? [source]
      : Array.isArray(source)
        ? (source as readonly string[])
        : undefined
  if (path === undefined) return { name: label, claim: undefined, kind: 'text', list: false, required: false }
  const row = rowAt(table.claims, path)
  const word = typeof row === 'string' ? row : 'text'
  return {
    name: mirrorOf(table, path) ?? label,
    claim: path,
    kind: word.replace('[]', '').replace('|null', ''),
    list: word.endsWith('[]'),
    required: isRequired(table.requiredClaims, path) && !word.endsWith('[]') && !word.endsWith('|null'),
  }
}

/** The field that mirrors a claim. */
function mirrorOf(table: ProviderTable, path: readonly string[]): string | undefined {
  const same = (source: unknown): boolean =>
    typeof source === 'string'
      ? path.length === 1 && source === path[0]
      : Array.isArray(source) && JSON.stringify(source) === JSON.stringify(path)
  return Object.keys(table.identity).find((name) => same(table.identity[name]))
}

/** Splits a label. Claim names may contain dots, so the rows of the table decide. */
function pathOf(rows: ClaimRows, label: string): readonly string[] {
  for (const [name, row] of Object.entries(rows)) {
    if (isObject(row) && label.startsWith(`${name}.`)) return [name, ...pathOf(row, label.slice(name.length + 1))]
  }
  return [label]
}

function rowAt(rows: ClaimRows, [head = '', ...rest]: readonly string[]): ClaimRow | undefined {
  const family = Object.keys(rows).find((key) => key.endsWith('*') && head.startsWith(key.slice(0, -1)))
  const row = rows[Object.hasOwn(rows, head) ? head : (family ?? '')]
  if (rest.length === 0 || row === undefined) return row
  return isObject(row) ? rowAt(row, rest) : undefined
}

function isRequired(requires: string | RequiredClaims | undefined, [head, ...rest]: readonly string[]): boolean {
  if (head === undefined) return requires !== undefined
  return typeof requires === 'object' && Object.hasOwn(requires, head) && isRequired(requires[head], rest)
}

const isObject = (row: ClaimRow): row is ClaimRows => typeof row === 'object' && !Array.isArray(row)
