/** Checks the claim rows of a table, its required claims, and the claims that its fields read. */

import type { ClaimRow, ClaimRows, ClaimTable, Kind, RequiredClaims } from './claim-rows.ts'
import { followPath } from './claim-rows.ts'
import type { ProviderTable } from './provider-table.ts'
import { formatValue } from '../util/format.ts'
import { didYouMean } from '../util/nearest.ts'
import { isPlainObject, own } from '../util/objects.ts'

const kinds: Readonly<Record<Kind, true>> = {
  id: true,
  name: true,
  text: true,
  flag: true,
  number: true,
  boolean: true,
}

/**
 * Checks the claim rows and the required claims.
 *
 * @throws {TypeError} that names the row when a word is unknown, a required claim has no row, or
 * its reason is missing.
 */
export function checkRows(rows: ClaimRows, table: string, requires: RequiredClaims = {}): void {
  for (const [key, row] of Object.entries(rows)) checkRow(row, `${table}: claim '${key}'`, own(requires, key))
  const strange = Object.keys(requires).find((name) => !Object.hasOwn(rows, name) || name.endsWith('*'))
  if (strange !== undefined) throw new TypeError(`${table} requires '${strange}', which is no claim of one row`)
}

function checkRow(row: ClaimRow, place: string, reason: unknown): void {
  const inner = isPlainObject(row) && isPlainObject(reason) ? (reason as RequiredClaims) : undefined
  if (reason !== undefined && inner === undefined && (typeof reason !== 'string' || reason.trim() === ''))
    throw new TypeError(`${place} is required without a reason: write what relies on it, or which tokens it keeps out`)
  if (typeof row === 'string' && !Object.hasOwn(kinds, row.replace(/(?:\[\]|\|null)$/, '')))
    throw new TypeError(`${place}: '${row}' is no word for a claim: use ${Object.keys(kinds).join(', ')}`)
  const [nested] = [row].flat() as readonly (string | ClaimRows)[]
  if (typeof nested === 'object') checkRows(nested, place, inner)
}

/**
 * Checks that each field reads a claim.
 *
 * @throws {TypeError} that names the claim it may mean.
 */
export function checkSources(identity: ProviderTable['identity'], table: string, rows: ClaimTable): void {
  for (const [name, source] of Object.entries(identity)) {
    if (typeof source === 'function') continue
    const path = [source].flat() as readonly string[]
    if (followPath(rows, path) !== undefined) continue
    const hint = didYouMean(path.join('.'), rows.named.keys())
    throw new TypeError(`${table}: the field '${name}' reads ${formatValue(path)}, which is no claim${hint}`)
  }
}
