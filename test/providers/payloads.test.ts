// Payloads as platforms send or document them, with names and ids replaced. `payloads/<id>.json`
// has the expected workload or refusal of each.

import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { folder, payloadsOf, read } from './payload.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

test('every file of payloads belongs to a provider', () => {
  const ids = new Set(presets.map(({ provider }) => provider.id))
  expect(readdirSync(folder).filter((file) => !ids.has(basename(file, '.json')))).toEqual([])
})

const registered = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti'])

describe.each(presets)('$provider.title', (preset: Preset) => {
  const payloads = payloadsOf(preset.provider.id)
  const accepted = payloads.filter(({ reads }) => reads !== undefined)
  const refused = payloads.filter((payload) => payload.refused !== undefined)

  test.each(accepted)('a payload yields the documented workload: $what', async (payload) => {
    const workload = await read(preset, payload)
    expect(workload).toBeTypeOf('object')
    const fields = Object.keys(payload.reads as object)
    const found = fields.map((field) => [field, (workload as unknown as Record<string, unknown>)[field] ?? null])
    expect(Object.fromEntries(found)).toEqual(payload.reads)
  })

  test.each(refused)('is refused: $what', async (payload) => {
    expect(await read(preset, payload)).toBe(payload.refused)
  })

  const [first] = accepted
  const signedBy = (alg: string): Promise<unknown[]> =>
    Promise.all(accepted.slice(0, 1).map((payload) => read(preset, { ...payload, header: { alg } })))
  const other = ['RS256', 'PS256', 'ES256', 'ES512'].filter((alg) => !preset.provider.table.algorithms.includes(alg))

  test.each(first === undefined ? [] : preset.provider.table.algorithms)(
    'a signature with %s is accepted',
    async (alg) => {
      expect(await signedBy(alg)).toEqual([expect.any(Object)])
    },
  )

  test.each(first === undefined ? [] : other)('a signature with %s is refused', async (alg) => {
    expect(await signedBy(alg)).toEqual(['algorithm_unsupported'])
  })

  test('the table has a row for every claim of these payloads', () => {
    const rows = Object.keys(preset.provider.table.claims)
    const known = (claim: string): boolean =>
      registered.has(claim) ||
      rows.some((row) => row === claim || (row.endsWith('*') && claim.startsWith(row.slice(0, -1))))
    const sent = new Set(
      accepted.flatMap(({ claims, unlisted = [] }) => Object.keys(claims).filter((claim) => !unlisted.includes(claim))),
    )
    expect([...sent].filter((claim) => !known(claim))).toEqual([])
  })
})
