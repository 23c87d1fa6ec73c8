// The functions of built-in tables run when a field is first read, after a token counts as
// verified. So none of them may throw, whatever claims a token has that match the rows.

import type { ClaimRow, ClaimRows, RequiredClaims } from '@jobpass/core/internal'
import { compileTable } from '@jobpass/core/internal'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readClaims, TokenFields } from '../../packages/core/src/table/read-claims.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

/** Texts that parsers of claims meet, and texts that nobody expects. */
const text = fc.oneof(
  fc.constantFrom(
    'acme/shop/.github/workflows/ci.yml@refs/heads/main',
    'refs/heads/main',
    'refs/tags/v1',
    'refs/pull/7/merge',
    'refs/heads/gh-readonly-queue/main/pr-7-0a1b2c',
    'pull_request',
    'merge_group',
    'https://ci.acme.dev/acme/shop/-/pipelines/7',
    'a:b:c:d',
    '/',
    '@',
    ':',
    '{}',
    '%',
    'true',
    '7',
  ),
  fc.string({ minLength: 1 }),
)

function valueOf(row: ClaimRow, reason: string | RequiredClaims | undefined): fc.Arbitrary<unknown> {
  if (typeof row === 'string') {
    const word = row.replace(/\[\]|\|null/g, '')
    const one: fc.Arbitrary<unknown> =
      word === 'number'
        ? fc.double({ noNaN: true, noDefaultInfinity: true })
        : word === 'boolean'
          ? fc.boolean()
          : word === 'flag'
            ? fc.constantFrom('true', 'false')
            : text
    return row.endsWith('[]') ? fc.array(one) : row.endsWith('|null') ? fc.option(one) : one
  }
  if (!Array.isArray(row)) return claimsOf(row as ClaimRows, typeof reason === 'object' ? reason : {})
  const [first] = row as readonly (string | ClaimRows)[]
  return typeof first === 'object'
    ? fc.array(claimsOf(first, {}))
    : fc.oneof(fc.constantFrom(...(row as string[])), text)
}

/** Claims that match the rows: required ones are present, others may be missing, empty or null. */
function claimsOf(rows: ClaimRows, requires: RequiredClaims): fc.Arbitrary<Record<string, unknown>> {
  const members = Object.entries(rows).map(([name, row]): [string, fc.Arbitrary<unknown>] => {
    const value = valueOf(row, requires[name])
    const key = name.endsWith('*') ? `${name.slice(0, -1)}x` : name
    return [
      key,
      requires[name] === undefined ? fc.oneof({ arbitrary: value, weight: 4 }, fc.constantFrom('', null)) : value,
    ]
  })
  const required = members.map(([name]) => name).filter((name) => requires[name] !== undefined)
  return fc.record(Object.fromEntries(members), { requiredKeys: required })
}

test.each(presets)(
  'no function of the table of $provider.title throws on claims that match its rows',
  ({ provider }: Preset) => {
    const table = compileTable(provider.table)
    const { claims: rows, requiredClaims = {}, validate } = table.table
    fc.assert(
      fc.property(claimsOf(rows, requiredClaims), text, (given, sub) => {
        const claims = { iss: 'https://ci.acme.dev', sub, aud: 'a', iat: 1, exp: 2, ...given }
        const read = readClaims(table.rows, claims)
        if (typeof read === 'string') throw new Error(`${read} does not match its row`)
        const fields = new TokenFields(claims, read, table)
        const check = validate as ((claims: unknown) => string | undefined) | undefined
        expect(() => check?.(fields.present)).not.toThrow()
        expect(() => table.fieldList.map((_, index) => fields.at(index))).not.toThrow()
      }),
      { numRuns: 300, seed: 20_261_130 },
    )
  },
)
