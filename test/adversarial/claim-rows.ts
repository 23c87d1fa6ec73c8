/** Whether claims have the types that a table's words demand, read from the words a second time. */

import type { ClaimRow, ClaimRows } from '@jobpass/core'

/** Whether every claim of the table is there unless it may be missing, and every claim of the table that is there has its type. */
export function fitsRows(rows: ClaimRows, claims: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(rows).every(([key, row]) => {
    const optional = key.endsWith('?')
    const name = key.replace(/\?$/, '')
    const named = name.endsWith('*')
      ? Object.keys(claims).filter((claim) => claim.startsWith(name.slice(0, -1)) && claim.length >= name.length)
      : [name]
    return named.every((claim) => {
      const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
      const missing = value === undefined || value === '' || (optional && value === null)
      return missing ? optional : fits(row, value)
    })
  })
}

function fits(row: ClaimRow, value: unknown): boolean {
  if (typeof row !== 'string') {
    if (Array.isArray(row)) return typeof value === 'string'
    return typeof value === 'object' && value !== null && fitsRows(row as ClaimRows, value as Record<string, unknown>)
  }
  if (row.endsWith('[]')) return Array.isArray(value) && value.every((item) => fits(row.slice(0, -2) as ClaimRow, item))
  if (row.endsWith('|null')) return value === null || fits(row.slice(0, -5) as ClaimRow, value)
  if (row === 'number') return typeof value === 'number'
  if (row === 'boolean') return typeof value === 'boolean'
  return typeof value === 'string' && (row !== 'flag' || ['true', 'false'].includes(value))
}
