// R5: a platform may add its default audience to the ones that a job asks for. What it adds for the tenant of the token does
// not count as a second one; anything else does. Asked of every table that has a default audience.

import { createVerifier, WorkloadAuthError } from '@jobpass/core'
import type { AnyWorkload } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import type { TestIssuer } from '@jobpass/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Preset } from './presets.ts'
import { presets } from './presets.ts'

const ours = 'https://api.acme.dev'
const other = 'https://registry.acme.dev'
const defaulting = presets.filter(
  ({ provider: { table } }) => table.defaultAudiences !== undefined && table.fixedAudience === undefined,
)

describe.each(defaulting)('$provider.title', ({ provider, bound, fixture }: Preset) => {
  const appends = provider.table.appendedAudience !== undefined
  const { conditions, settings = {} } = fixture.rule
  let issuer: TestIssuer<AnyWorkload>
  let byDefault: string
  beforeAll(async () => {
    issuer = (await createTestIssuer(bound)) as unknown as TestIssuer<AnyWorkload>
    byDefault = fixture.defaultAudience(issuer.claims({}))
  })
  const call = async (aud: unknown, more: object = {}): Promise<string> => {
    const trust = bound(conditions, { ...settings, ...more })
    const verifier = createVerifier({ audience: ours, trust, fetch: issuer.fetch })
    return verifier.verify(await issuer.mint({ aud: aud as string })).then(
      ({ audience }) => audience,
      (error: unknown) => (error instanceof WorkloadAuthError ? error.code : Promise.reject(error as Error)),
    )
  }
  const both = appends ? ours : 'audience_multiple'

  test(`answers ${both} for its default audience and ours, in either order`, async () => {
    expect(await call([byDefault, ours])).toBe(both)
    expect(await call([ours, byDefault])).toBe(both)
  })

  test('refuses what does not name us, with its default audience or without', async () => {
    for (const aud of [byDefault, [byDefault], [byDefault, other], other])
      expect(await call(aud)).toBe('audience_mismatch')
  })

  test('refuses a third audience, which could replay the token', async () => {
    for (const aud of [
      [byDefault, ours, other],
      [other, byDefault, ours],
      [ours, other],
    ])
      expect(await call(aud)).toBe('audience_multiple')
  })

  test("refuses another tenant's default audience, which is not the one that is added", async () => {
    for (const foreign of [`${byDefault}x`, byDefault.slice(0, -1)])
      expect(await call([foreign, ours])).toBe('audience_multiple')
  })

  test('refuses several audiences where a rule takes the default one, unless it takes several', async () => {
    expect(await call([byDefault, other], { audience: byDefault })).toBe('audience_multiple')
    expect(await call([byDefault, other], { audience: byDefault, multipleAudiences: true })).toBe(byDefault)
    expect(await call([byDefault], { audience: byDefault })).toBe(byDefault)
  })
})

test('the platforms that add their default audience are those whose documents or users say so', () => {
  const adding = presets.filter(({ provider }) => provider.table.appendedAudience !== undefined)
  expect(adding.map(({ provider }) => provider.id)).toEqual(['bitbucket-pipelines'])
})
