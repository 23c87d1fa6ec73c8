// Rules on values that a platform never sends are refused where they are written. What it does send
// must stay possible: every value of the documented jobs and payloads, and every pattern for one.

import { glob } from '@jobpass/core'
import type { ProviderTable } from '@jobpass/core'
import { readOnlyFields } from '@jobpass/core/internal'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { payloadsOf } from './payload.ts'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

/** A value of a documented job, with the conditions that its field needs beside it. */
interface Documented {
  readonly field: string
  readonly value: string
  readonly others: object
}

function documentedBy({ provider: { id, table }, fixture }: Preset): readonly Documented[] {
  const jobs = [...Object.values(fixture.identities), ...payloadsOf(id).map(({ reads = {} }) => reads)]
  return jobs.flatMap((job: Readonly<Record<string, unknown>> = {}) => {
    const texts = Object.entries(job).flatMap(([field, value]) => [value].flat().map((each) => [field, each] as const))
    return texts.flatMap(([field, value]) =>
      typeof value !== 'string' || readOnlyFields.has(field)
        ? []
        : [{ field, value, others: neededBy(field, job, table) }],
    )
  })
}

function neededBy(field: string, job: Readonly<Record<string, unknown>>, table: ProviderTable): object {
  const needed = [table.requires?.[field] ?? []].flat()
  const name = needed.find((each) => (job[each] ?? '') !== '' && job[each] !== false) ?? needed.at(-1)
  return name === undefined ? {} : { ...neededBy(name, job, table), [name]: job[name] ?? 'acme' }
}

/** The most patterns that are tried for each value. */
const runs = 20

describe.each(presets)('$provider.title', (preset: Preset) => {
  const { deny } = preset.bound as unknown as { readonly deny: (conditions: object) => unknown }
  const values = documentedBy(preset)

  test('a condition takes each value of a documented job', () => {
    for (const { field, value, others } of values) expect(() => deny({ ...others, [field]: value })).not.toThrow()
  })

  test('a condition takes each pattern that matches a value of a documented job', () => {
    const takes = ({ field, value, others }: Documented, pattern = value): boolean => {
      try {
        deny({ ...others, [field]: glob(pattern) })
        return true
      } catch (error) {
        expect(String(error)).toContain('takes exact values only')
        return false
      }
    }
    for (const each of values.filter((value) => !isAtCommit(value) && takes(value))) {
      fc.assert(
        fc.property(patternFor(each.value), (pattern) => {
          expect(takes(each, pattern)).toBe(true)
        }),
        { numRuns: runs },
      )
    }
  })
})

/** A workflow by its commit takes no pattern. */
function isAtCommit({ field, value }: Documented): boolean {
  return field === 'workflow' && /@[0-9a-f]{40}$/.test(value)
}

/** A pattern that matches a value: some of its letters and segments are wildcards. */
function patternFor(value: string): fc.Arbitrary<string> {
  const segments = value.split('/').map((segment) => {
    const open = Array.from(segment, (letter) => fc.constantFrom(letter, letter, letter, '?', '*'))
    const mixed = fc.tuple(...open).map((letters) => letters.join('').replaceAll(/\*+/g, '*'))
    return segment === '' ? fc.constant('') : fc.oneof(fc.constant(segment), mixed, fc.constantFrom('*', '**'))
  })
  return fc.tuple(...segments).map((parts) => parts.join('/'))
}
