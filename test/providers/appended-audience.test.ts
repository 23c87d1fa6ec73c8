// R5: a platform may add its default audience to those that a job requests. The default audience of
// the token's tenant does not count as a second one; any other does. Checked for every table with a
// default audience.

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
    issuer = await createTestIssuer(bound)
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

  test(`R5: answers ${both} for its default audience and ours, in either order`, async () => {
    expect(await call([byDefault, ours])).toBe(both)
    expect(await call([ours, byDefault])).toBe(both)
  })

  test('R5: refuses a token without our audience, with or without its default audience', async () => {
    for (const aud of [byDefault, [byDefault], [byDefault, other], other])
      expect(await call(aud)).toBe('audience_mismatch')
  })

  test('R5: refuses a third audience, which could replay the token', async () => {
    for (const aud of [
      [byDefault, ours, other],
      [other, byDefault, ours],
      [ours, other],
    ])
      expect(await call(aud)).toBe('audience_multiple')
  })

  test("R5: refuses another tenant's default audience, which the platform does not add", async () => {
    for (const foreign of [`${byDefault}x`, byDefault.slice(0, -1)])
      expect(await call([foreign, ours])).toBe('audience_multiple')
  })

  test('R5: refuses several audiences for a rule with the default one, unless it allows several', async () => {
    expect(await call([byDefault, other], { audience: byDefault })).toBe('audience_multiple')
    expect(await call([byDefault, other], { audience: byDefault, multipleAudiences: true })).toBe(byDefault)
    expect(await call([byDefault], { audience: byDefault })).toBe(byDefault)
  })
})

test('R5: the platforms that add their default audience are those with a documented or observed source', () => {
  const adding = presets.filter(({ provider }) => provider.table.appendedAudience !== undefined)
  expect(adding.map(({ provider }) => provider.id)).toEqual(['bitbucket-pipelines'])
})
