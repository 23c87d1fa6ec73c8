// Requirements for every preset, by its fixture: documented jobs yield the documented workloads, a
// rule worth copying admits its job, and similar calls are refused.

import { importName } from '../../packages/core/src/util/format.ts'
import type { ClaimRows } from '@jobpass/core/internal'
import { anyEvent, createVerifier, parseRule, present, suggestRule, WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload, ProviderTable, TrustRule } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import type { TestIssuer } from '@jobpass/testing'
import { decodeJwt } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { isId } from './table-text.ts'
import type { Fixture } from '../../packages/testing/src/fixtures/fixture.ts'
import type { AnyProvider, Preset } from './presets.ts'
import { presets } from './presets.ts'

const audience = 'https://api.acme.dev'
const now = 1_795_166_100
const clock = { now: () => now * 1000, after: () => () => {} }

const codeOf = (error: unknown): string => (error instanceof WorkloadAuthError ? error.code : String(error))
// Fields that every identity has, and fields that follow from another one.
const derived = new Set(['issuer', 'audience', 'ownerKey', 'repositoryKey', 'tokenId'])

/** Rules that admit every job of the tenant: of each event, and with each `untrustedWhen` field. */
function widest(
  table: ProviderTable,
  bound: AnyProvider,
  { conditions, settings }: Fixture['rule'],
): TrustRule<never>[] {
  const tenant = /\{(\w+)\}/.exec(table.issuer ?? '')?.[1]
  const pins = Object.entries(conditions).filter(([field]) => table.pins.includes(field) || field === tenant)
  const event = table.trustedEvents === undefined ? {} : { event: anyEvent() }
  const marks = (table.untrustedWhen ?? []).reduce<object[]>(
    (sets, field) => [...sets, ...sets.map((set) => ({ ...set, [field]: present() }))],
    [{}],
  )
  // For a self-hosted server, a rule for any workload uses the setting instead of a pin.
  if (table.issuer === undefined)
    return marks.map((set) => bound({ ...event, ...set }, { ...settings, anyWorkload: true }))
  return marks.map((set) => bound({ ...Object.fromEntries(pins), ...event, ...set }, settings))
}

const registered = new Set(['iss', 'sub', 'aud', 'exp', 'iat', 'nbf', 'jti'])

/** Claims without a row, such as `kubernetes.io.zone`. */
function strangeIn(rows: ClaimRows, claims: object): readonly string[] {
  const family = (claim: string): string | undefined =>
    Object.keys(rows).find((row) => row.endsWith('*') && claim.startsWith(row.slice(0, -1)))
  return Object.entries(claims).flatMap(([claim, value]) => {
    const row = rows[Object.hasOwn(rows, claim) ? claim : (family(claim) ?? '')]
    if (row === undefined) return [claim]
    if (typeof row !== 'object') return []
    const [inner] = Array.isArray(row) ? (row as readonly unknown[]) : [row]
    if (typeof inner !== 'object') return []
    return [value]
      .flat()
      .flatMap((each) => strangeIn(inner as ClaimRows, each as object).map((name) => `${claim}.${name}`))
  })
}

describe.each(presets)('$provider.title', ({ name, provider, bound, fixture }: Preset) => {
  const { table } = provider
  const { conditions, settings } = fixture.rule
  const rule = bound(conditions, settings)
  const aud = table.fixedAudience === undefined ? { aud: audience } : {}
  let issuer: TestIssuer<AnyWorkload>
  beforeAll(async () => {
    issuer = await createTestIssuer(bound, { clock })
  })
  const call = async (trust: typeof rule, claims: object = {}, trigger?: string): Promise<AnyWorkload | string> => {
    const verifier = createVerifier({ audience, trust, fetch: issuer.fetch, clock })
    const token = await issuer.mint(
      { ...aud, ...claims },
      { issuedAt: now, ...(trigger && { trigger: trigger as never }) },
    )
    return verifier.verify(token).then((workload) => workload as AnyWorkload, codeOf)
  }

  test('the preset has its export name', () => {
    expect(name).toBe(importName(provider.id))
    expect(Object.isFrozen(provider)).toBe(true)
  })

  test('the rule to copy admits its job, also when read back from JSON', async () => {
    expect(await call(rule)).toMatchObject({ provider: provider.id })
    expect(await call(parseRule(JSON.parse(JSON.stringify(rule)), [provider]))).toMatchObject({})
  })

  test('the suggested rule is valid and admits the job', async () => {
    const { settings: _, ...suggested } = suggestRule((await call(rule)) as AnyWorkload)
    const found = await call(parseRule({ ...suggested, ...(settings && { settings }) }, [provider]))
    expect(found).toMatchObject({ provider: provider.id })
  })

  test('the rule to copy is pinned by ids if the platform has any', () => {
    const ids = table.pins.filter((pin) => isId(table, pin))
    if (ids.length > 0 || table.pins.length === 0)
      expect(() => createVerifier({ audience, trust: rule, strict: true })).not.toThrow()
    else
      expect(() => createVerifier({ audience, trust: rule, strict: true })).toThrow(
        'its tokens have no ids, so a strict verifier cannot trust it',
      )
  })

  test.each(Object.entries(fixture.identities))(
    'a documented job yields the documented workload: %s',
    async (trigger, expected) => {
      const token = await issuer.mint(aud, { issuedAt: now, trigger: trigger as never })
      const verifier = createVerifier({
        audience,
        trust: widest(table, bound, fixture.rule),
        fetch: issuer.fetch,
        clock,
      })
      const { provider: id, issuedAt, expiresAt, claims, ...fields } = (await verifier.verify(token)) as AnyWorkload
      expect([id, issuedAt, expiresAt]).toEqual([provider.id, now, now + fixture.lifetime])
      const present = Object.entries(fields).filter(([field, value]) => value !== undefined && !derived.has(field))
      expect(Object.fromEntries(present)).toEqual(expected)
      expect(JSON.parse(JSON.stringify(claims))).toEqual(decodeJwt(token))
    },
  )

  test('the table lists every claim of the documented jobs, including nested ones', () => {
    const sent = Object.keys(fixture.triggers).flatMap((trigger) =>
      strangeIn(table.claims, issuer.claims({}, { trigger: trigger as never })),
    )
    const strange = [...new Set(sent)].filter((claim) => !registered.has(claim))
    expect(strange, `add a row for each to the table of ${provider.title}, or leave it out of its fixture`).toEqual([])
  })

  test('the fixture has at least five near misses', () => {
    expect(fixture.nearMisses.length).toBeGreaterThanOrEqual(5)
  })

  test.each(fixture.nearMisses)('the rule to copy refuses a near miss: $what', async ({ claims, trigger, code }) => {
    expect(await call(rule, claims, trigger)).toBe(code ?? 'workload_forbidden')
  })

  test('the rule to copy refuses the same claims from another issuer', async () => {
    expect(await call(rule, { iss: 'https://issuer.evil.example' })).toBe('issuer_untrusted')
    expect(await call(rule, { iss: `${issuer.claims({})['iss'] as string}/` })).toBe('issuer_untrusted')
  })

  const tenant = /\{(\w+)\}/.exec(table.issuer ?? '')?.[1]
  const hostile = [
    'evil.example/#',
    '../x',
    '*',
    'a*',
    '{ownerId}',
    '{',
    'a b',
    'a/b',
    'a?b',
    'a@b',
    'é',
    '',
    'a.b',
    '%2e',
    'A'.repeat(200),
  ]
  test.each(tenant === undefined ? [] : hostile)('lesson D2: a tenant like %j chooses no issuer', (value) => {
    for (const each of [value, [value], [conditions[tenant as string], value]])
      expect(() => bound({ ...conditions, [tenant as string]: each }, settings)).toThrow(TypeError)
    expect(() => bound({ ...conditions, [tenant as string]: { glob: value } }, settings)).toThrow(TypeError)
  })

  test('a rule needs a tenant', () => {
    expect(() => bound({})).toThrow(tenant === undefined ? 'must pin' : `'${tenant}' is required`)
  })

  const lacking = Object.entries(table.unsupported ?? {})
  test.each(lacking)('the error for an unproven %s says what to write', (field, instead) => {
    expect(() => bound({ ...conditions, [field]: 'main' })).toThrow(instead)
  })

  test.each(table.fixedAudience === undefined ? [] : [table.title])(
    'a rule for %s must acknowledge that the audience proves nothing',
    () => {
      const { audience: own, ...rest } = settings as { audience: string }
      for (const wrong of [undefined, rest, { audience: own }])
        expect(() => createVerifier({ audience, trust: bound(conditions, wrong) })).toThrow(
          "sharedAudience: 'accepted'",
        )
      expect(() => createVerifier({ audience: own, trust: rule })).toThrow('platforms give by default')
    },
  )

  const isDefaulting = table.fixedAudience === undefined && table.defaultAudiences !== undefined
  test.each(isDefaulting ? [table.title] : [])('tokens of %s with a default audience are refused', async () => {
    expect(await call(rule, { aud: fixture.defaultAudience(issuer.claims({})) })).toBe('audience_mismatch')
  })

  const literal = (table.defaultAudiences ?? []).filter((each) => !/[*{]/.test(each))
  test.each(literal)('R3: the default audience %s is refused as the name of an API', (name) => {
    expect(() => createVerifier({ audience: name, trust: rule })).toThrow('platforms give by default')
  })
})
