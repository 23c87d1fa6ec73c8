/** Compares the claims of a verified token with the table of its provider. */

import type { ClaimSpec, ClaimTable } from './claim-rows.ts'
import { findRow, readRows } from './claim-rows.ts'
import { isAbsent, isPlainObject, own } from '../util/objects.ts'
import type { Refusal } from '../model/refusal.ts'
import { refuse } from '../model/refusal.ts'

/**
 * Compares claims with the rows of the table: required ones must be present, each must have its
 * type, and required strings must not be empty.
 */
export function checkTable(
  rows: ClaimTable,
  claims: Readonly<Record<string, unknown>>,
  values: readonly unknown[] = readRows(rows, claims),
): Refusal | undefined {
  if (isAbsent(claims['sub'])) return refuse('claims_invalid', { claim: 'sub' })
  const claim = firstWrongClaim(rows, claims, values)
  return claim === undefined ? undefined : refuse('claims_invalid', { claim })
}

function firstWrongClaim(table: ClaimTable, claims: object, values: readonly unknown[]): string | undefined {
  const { single, named, families } = table
  for (let index = 0; index < single.length; index++) {
    const row = single[index] as ClaimSpec
    const wrong = wrongAt(row, row.name, values[index])
    if (wrong !== undefined) return wrong
  }
  if (families.length === 0) return undefined
  for (const name of Object.keys(claims)) {
    const row = named.has(name) ? undefined : findRow(table, name)
    const wrong = row && wrongAt(row, name, own(claims, name))
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/**
 * The name of what is wrong with a claim: the claim, or a member of it. A required claim that is
 * nullable or a list may be `null` or empty, which are values of its type.
 */
function wrongAt(row: ClaimSpec, name: string, value: unknown): string | undefined {
  if (row.optional && (value === undefined || value === null || value === '')) return undefined
  if (value === undefined || value === '') return name
  const wrong = wrongWithin(row, value)
  if (wrong === undefined) return undefined
  return wrong === '' ? name : `${name}.${wrong}`
}

/**
 * The name of the wrong member of a nested claim, `''` for the claim itself, `undefined` when it
 * matches its row.
 */
function wrongWithin(row: ClaimSpec, value: unknown): string | undefined {
  if (value === null) return row.nullable ? undefined : ''
  if (!row.list) return wrongItem(row, value)
  if (!Array.isArray(value)) return ''
  return value.map((item) => wrongItem(row, item)).find((wrong) => wrong !== undefined)
}

function wrongItem(row: ClaimSpec, value: unknown): string | undefined {
  if (row.rows === undefined) return isOfKind(row, value) ? undefined : ''
  return isPlainObject(value) ? firstWrongClaim(row.rows, value, readRows(row.rows, value)) : ''
}

function isOfKind({ kind }: ClaimSpec, value: unknown): boolean {
  if (kind === 'number') return Number.isFinite(value)
  if (kind === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (kind !== 'flag' || value === 'true' || value === 'false')
}
