/** What a test means by the names that it gives to `mint`: claims, or fields of the identity. */

import type { CompiledTable } from '@jobpass/core/internal'
import { findRow, isRegisteredClaim, nearest } from '@jobpass/core/internal'
import type { ProviderTable } from '@jobpass/core'
import type { FieldClaims, GivenClaims } from './fixtures/fixture.ts'

/** Most letters in which a misspelt claim may differ. */
const typing = 2

/**
 * The claims that are meant: a field stands for the claim that it mirrors, or is computed from.
 *
 * @throws {TypeError} for a field that the provider lacks or whose claims the test must write, and
 * for a misspelt claim. Any other name is a claim that no table lists.
 */
export function claimsMeant(
  { table, rows }: CompiledTable,
  given: GivenClaims,
  ofFields: FieldClaims = {},
): GivenClaims {
  // Not by Object.assign(), which would set the prototype for a claim called __proto__.
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => {
      if (isRegisteredClaim(name) || findRow(rows, name) !== undefined) return [[name, value]]
      const source = Object.hasOwn(table.identity, name) ? table.identity[name] : undefined
      if (source !== undefined) return Object.entries(claimsOfField(table, name, value, ofFields))
      const fields = Object.keys(table.identity)
      const near = nearest(name, [...Object.keys(table.claims), ...fields], typing)
      if (near !== undefined)
        throw new TypeError(`mint(): tokens of ${table.title} have no '${name}'; did you mean '${near}'?`)
      return [[name, value]]
    }),
  )
}

function claimsOfField(table: ProviderTable, name: string, value: unknown, ofFields: FieldClaims): GivenClaims {
  const { [name]: source, ref } = table.identity
  if (typeof source === 'string') return { [source]: value }
  const make = Object.hasOwn(ofFields, name) ? ofFields[name] : fromRef(name, ref)
  if (make === undefined || typeof value !== 'string')
    throw new TypeError(`mint(): '${name}' follows from several claims of ${table.title}: write those`)
  return make(value)
}

/** A branch or tag, where a claim holds the full ref. */
function fromRef(name: string, ref: unknown): FieldClaims[string] | undefined {
  const prefix = name === 'branch' ? 'refs/heads/' : name === 'tag' ? 'refs/tags/' : undefined
  return prefix === undefined || typeof ref !== 'string' ? undefined : (value) => ({ [ref]: `${prefix}${value}` })
}
