/** Formats tables as text. */

import type { ClaimRow, ClaimRows, RequiredClaims } from '@jobpass/core/internal'
import type { ProviderTable } from '@jobpass/core'

/** One claim of a table. */
export interface ClaimFacts {
  /** Name of the claim; nested names are joined with `›`. */
  readonly name: string
  readonly type: string
  /** Why a token without it is refused; `undefined` for an optional claim. */
  readonly reason: string | undefined
  readonly immutable: boolean
  readonly path: readonly string[]
}

const types: Readonly<Record<string, string>> = {
  id: 'text',
  name: 'text, without letter case',
  text: 'text',
  flag: '`"true"` or `"false"`',
  number: 'number',
  boolean: 'boolean',
}

/** The claims of a table and the required ones, nested claims after their parent. */
export function claimsOf(
  rows: ClaimRows,
  requires: RequiredClaims | string = {},
  above: readonly string[] = [],
): readonly ClaimFacts[] {
  return Object.entries(rows).flatMap(([key, row]) => {
    const path = [...above, key]
    const why = typeof requires === 'object' && Object.hasOwn(requires, key) ? requires[key] : undefined
    const reason = typeof why === 'object' ? 'what is in it is needed' : why
    const nested = typeof row === 'object' && !Array.isArray(row)
    const facts = { name: path.join(' › '), type: typeOf(row), reason, immutable: isIdRow(row), path }
    return [facts, ...(nested ? claimsOf(row as ClaimRows, why, path) : [])]
  })
}

function typeOf(row: ClaimRow): string {
  if (Array.isArray(row)) {
    const [first] = row as readonly unknown[]
    return typeof first === 'object' ? 'list of objects' : valuesOf(row as readonly string[])
  }
  if (typeof row !== 'string') return 'object'
  const word = types[row.replace(/(\[\]|\|null)$/, '')] ?? ''
  return row.endsWith('[]') ? `list of ${word}` : row.endsWith('|null') ? `${word} or null` : word
}

/** Documented values: `"branch"` or `"tag"`; with an ellipsis if there may be others. */
function valuesOf(row: readonly string[]): string {
  const closed = !row.includes('*')
  const values = row.filter((value) => value !== '*').map((value) => `\`"${value}"\``)
  return closed ? values.join(' or ') : `text: ${values.join(', ')}, …`
}

function isIdRow(row: ClaimRow): boolean {
  return typeof row === 'string' && /^id(\[\]|\|null)?$/.test(row)
}

/** Whether a field mirrors an immutable id. */
export function isId({ identity, claims }: ProviderTable, field: string): boolean {
  const source = identity[field]
  const path = typeof source === 'string' ? [source] : Array.isArray(source) ? source : []
  return claimsOf(claims).some((claim) => claim.immutable && claim.path.join('\0') === path.join('\0'))
}

/** Formats seconds for readers. */
export function duration(seconds: number): string {
  for (const [unit, size] of [
    ['h', 3600],
    ['min', 60],
  ] as const)
    if (seconds >= size && seconds % size === 0) return `${seconds / size} ${unit}`
  return `${seconds} s`
}

/** Escapes text for a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
