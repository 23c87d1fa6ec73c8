/** Checks claim types against a table with a second, independent implementation. */

import type { ClaimRow, ClaimRows, RequiredClaims } from '@jobpass/core/internal'

/** Whether every required claim is present, and every present claim of the table has its type. */
export function fitsRows(
  rows: ClaimRows,
  claims: Readonly<Record<string, unknown>>,
  requires: RequiredClaims | string = {},
): boolean {
  return Object.entries(rows).every(([name, row]) => {
    const reason = typeof requires === 'string' ? undefined : requires[name]
    const optional = reason === undefined
    const named = name.endsWith('*')
      ? Object.keys(claims).filter((claim) => claim.startsWith(name.slice(0, -1)) && claim.length >= name.length)
      : [name]
    return named.every((claim) => {
      const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
      const missing = value === undefined || value === '' || (optional && value === null)
      return missing ? optional : fits(row, value, reason)
    })
  })
}

function fits(row: ClaimRow, value: unknown, requires?: RequiredClaims | string): boolean {
  if (typeof row !== 'string') {
    if (Array.isArray(row)) return typeof value === 'string'
    return (
      typeof value === 'object' &&
      value !== null &&
      fitsRows(row as ClaimRows, value as Record<string, unknown>, requires)
    )
  }
  if (row.endsWith('[]')) return Array.isArray(value) && value.every((item) => fits(row.slice(0, -2) as ClaimRow, item))
  if (row.endsWith('|null')) return value === null || fits(row.slice(0, -5) as ClaimRow, value)
  if (row === 'number') return typeof value === 'number'
  if (row === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (row !== 'flag' || ['true', 'false'].includes(value))
}
