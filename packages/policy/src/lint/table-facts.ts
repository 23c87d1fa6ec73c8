/** What a provider's table says of one field or claim, as far as rules are concerned. */

import type { ClaimRow, ClaimRows, RequiredClaims } from '@jobpass/core/internal'
import type { ProviderTable } from '@jobpass/core'

/** A field or claim. */
export interface FieldFacts {
  /** The field, where a claim mirrors one; else the claim as `claims.x`. */
  readonly name: string
  /** The claim behind it: `['kubernetes.io', 'namespace']`; `undefined` when it is computed. */
  readonly claim: readonly string[] | undefined
  /** The word of the claim's row, without its suffixes. */
  readonly kind: string
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

/** Takes a label apart; names of claims may have dots themselves, so the rows are asked. */
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
