// R12: if a vendor documents every value of a claim, a rule for another value would match never, or
// always, and is a TypeError. Checked for every such claim and field of every table.

import type { ClaimRows } from '@jobpass/core/internal'
import { createVerifier, glob, not, WorkloadAuthError } from '@jobpass/core'
import type { ProviderTable } from '@jobpass/core'
import { closedValues, fieldValues } from '@jobpass/core/internal'
import { parsePolicy, policySchema } from '@jobpass/policy'
import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { presets } from './presets.ts'

type Path = readonly string[]

/** Each claim with a closed list of values, by its path. */
function closedClaims(rows: ClaimRows, above: Path = []): readonly { path: Path; values: readonly string[] }[] {
  return Object.entries(rows).flatMap(([name, row]) => {
    const path = [...above, name.replace('*', 'x')]
    if (typeof row === 'object' && !Array.isArray(row)) return closedClaims(row as ClaimRows, path)
    const values = closedValues(row)
    return values === undefined ? [] : [{ path, values }]
  })
}

/** Each key of a rule that accepts only these values. */
function placesOf({ claims, identity }: ProviderTable): readonly { path: Path; values: readonly string[] }[] {
  const closed = closedClaims(claims)
  const fields = Object.entries(identity).flatMap(([name, source]) => {
    const own = typeof source === 'function' ? fieldValues[name] : undefined
    const row = closed.find(({ path }) => typeof source === 'string' && path.length === 1 && path[0] === source)
    const values = own ?? (claims[source as string] === 'flag' ? undefined : row?.values)
    return values === undefined ? [] : [{ path: [name], values }]
  })
  return [...fields, ...closed.map(({ path, values }) => ({ path: ['claims', ...path], values }))]
}

const put = (path: Path, value: unknown): object =>
  path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as object

const places = presets.flatMap((preset) =>
  placesOf(preset.provider.table).map(({ path, values }) => ({
    preset,
    path,
    values,
    what: `${preset.provider.title}: ${path.join('.')}`,
  })),
)

describe.each(places)('$what', ({ preset: { provider, bound, fixture }, path, values }) => {
  const { settings } = fixture.rule
  const [good = ''] = values
  const { claims = {}, ...rest } = fixture.rule.conditions as { readonly claims?: object }
  const rule = (value: unknown): unknown =>
    path[0] === 'claims'
      ? { ...rest, claims: { ...claims, ...put(path.slice(1), value) } }
      : { ...rest, claims: undefined, ...put(path, value) }
  const given = (value: unknown): object =>
    Object.fromEntries(Object.entries(rule(value) as object).filter(([, each]) => each !== undefined))
  const listed = values.map((value) => `"${value}"`).join(' or ')
  const never = `is never "${good}x": it is ${listed}`

  test('R12: a rule for another value is a TypeError that lists the values', () => {
    for (const wrong of [`${good}x`, [good, `${good}x`], not(`${good}x`), not([good, `${good}x`])]) {
      expect(() => bound(given(wrong), settings)).toThrow(TypeError)
      expect(() => bound(given(wrong), settings)).toThrow(`'${path.join('.')}' ${never}`)
    }
    for (const wrong of [glob(`${good}*`), not(glob(`${good}*`))])
      expect(() => bound(given(wrong), settings)).toThrow(
        `'${path.join('.')}' takes exact values only, no glob(): it is ${listed}`,
      )
  })

  test('R12: a rule for the documented values is valid', () => {
    for (const right of [...values, values, not(good)]) expect(() => bound(given(right), settings)).not.toThrow()
  })

  const issuer = bound.issuer === provider.issuer ? {} : { issuer: bound.issuer }
  const options = { providers: [provider], format: 'json' } as const
  const document = (value: unknown): string =>
    JSON.stringify({ rules: { deploy: { provider: provider.id, ...issuer, ...given(value), settings } } }, null, 1)

  test('R12: a policy document with another value is refused, with line and column', () => {
    for (const wrong of [`${good}x`, [good, `${good}x`], { not: `${good}x` }]) {
      expect(() => parsePolicy(document(wrong), options)).toThrow(never)
      expect(() => parsePolicy(document(wrong), options)).toThrow(/\b\d+:\d+\b/)
    }
    expect(() => parsePolicy(document({ glob: `${good}x*` }), options)).toThrow('exact values only')
    expect(() => parsePolicy(document(values), options)).not.toThrow()
  })

  test('R12: the schema of documents lists the values', () => {
    const { $defs } = policySchema(options.providers) as { readonly $defs: Readonly<Record<string, object>> }
    // The place of the condition refers to a definition, which refers to the values.
    const reference = /\{"\$ref":"#\/\$defs\/((?:known|value)-\d+)"\}|"\$ref":"#\/\$defs\/((?:known|value)-\d+)"/g
    const referred = (text: string): string =>
      text.replaceAll(reference, (_, alone?: string, among?: string) => {
        const definition = referred(JSON.stringify($defs[alone ?? among ?? '']))
        return among === undefined ? definition : `"at":${definition}`
      })
    expect(referred(JSON.stringify($defs[provider.id]))).toContain(JSON.stringify({ enum: values }))
  })

  const [claim = '', ...deeper] = path.slice(1)
  const isList = path[0] === 'claims' && deeper.length === 0 && Array.isArray(provider.table.claims[claim])
  test.each(isList ? [claim] : [])('R12: a token with a new value of %s is not malformed', async () => {
    const test = await createTestIssuer(bound)
    const aud = provider.table.fixedAudience === undefined ? { aud: 'https://api.acme.dev' } : {}
    const token = await test.mint({ ...aud, [claim]: 'new-tomorrow' })
    const trust = bound(fixture.rule.conditions, settings)
    const code = await createVerifier({ audience: 'https://api.acme.dev', trust, fetch: test.fetch })
      .verify(token)
      .then(
        () => 'accepted',
        (error: unknown) => (error instanceof WorkloadAuthError ? error.code : error),
      )
    expect(['accepted', 'workload_forbidden']).toContain(code)
  })
})

test('R12: every table with a field for hosted runners has closed values for it', () => {
  const runners = presets.filter(({ provider }) => Object.hasOwn(provider.table.identity, 'runner'))
  expect(runners.length).toBeGreaterThan(2)
  for (const { provider } of runners)
    expect(placesOf(provider.table).map(({ path }) => path)).toContainEqual(['runner'])
})
