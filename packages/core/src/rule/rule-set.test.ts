import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import { createAuthenticator, createGuard } from '../adapter.ts'
import type { RuleSnapshot } from './rule-set.ts'
import { makeRuleSet } from './rule-set.ts'
import { createVerifier } from '../request/verifier.ts'
import { githubActions } from '../index.ts'
import { reportOnly } from './report-only.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const verifier = createVerifier({ audience, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch })
const token = `Bearer ${await issuer.mint({ aud: audience })}`
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const next = githubActions({ repository: 'acme/shop', branch: 'next' })

/** A source whose version can be changed, and a request that passed the verifier. */
async function setUp(): Promise<{ source: { version: RuleSnapshot; current(): RuleSnapshot }; request: object }> {
  const source = { version: new Map([['deploy', [main]]]) as RuleSnapshot, current: () => source.version }
  const request = {}
  expect(await createAuthenticator(verifier).authenticate(request, [token])).toBeUndefined()
  return { source, request }
}

test('a handle means the current rules of its name', async () => {
  const { source, request } = await setUp()
  expect({ ...makeRuleSet(source, 'deploy') }).toEqual({ effect: 'set', name: 'deploy' })
  const guard = createGuard([makeRuleSet(source, 'deploy')])

  expect(await guard(request, undefined)).toBeUndefined()
  const later = {}
  await createAuthenticator(verifier).authenticate(later, [token])
  source.version = new Map([['deploy', [next]]])
  expect((await guard(later, undefined))?.status).toBe(403)
})

test('lesson L5: one request uses one version throughout', async () => {
  const { source, request } = await setUp()
  const guard = createGuard([makeRuleSet(source, 'deploy')])

  expect(await guard(request, undefined)).toBeUndefined()
  source.version = new Map([['deploy', [next]]])
  expect(await guard(request, undefined)).toBeUndefined()
})

test('a set may hold report-only rules, and be one of several rules', async () => {
  const { source, request } = await setUp()
  source.version = new Map([['deploy', [reportOnly(next)]]])

  expect(await createGuard([makeRuleSet(source, 'deploy')])(request, undefined)).toBeUndefined()
  expect(await createGuard([makeRuleSet(source, 'deploy'), main])(request, undefined)).toBeUndefined()
})

test('a set without rules admits no caller', async () => {
  const { source, request } = await setUp()
  const guard = createGuard([makeRuleSet(source, 'deploy')])
  source.version = new Map()

  expect((await guard(request, undefined))?.status).toBe(403)
})

test('makeRuleSet refuses an unknown name, and lists the known ones', async () => {
  const { source } = await setUp()

  expect(() => makeRuleSet(source, 'depoly')).toThrow("The policy has no rules 'depoly'. It has: deploy")
})

test('an object that only looks like a handle is refused as a rule', () => {
  expect(() => createGuard([{ effect: 'set', name: 'deploy' }])).toThrow(
    'requireWorkload() takes rules made by calling a provider',
  )
})

test('makeRuleSet refuses a name in a policy without rules', () => {
  expect(() => makeRuleSet({ current: () => new Map() as RuleSnapshot }, 'deploy')).toThrow(
    new TypeError("The policy has no rules 'deploy'. It has: none"),
  )
})

test('a request uses the version of each source that it saw first, regardless of other sources', async () => {
  const [one, two] = [await setUp(), await setUp()]
  const guard = createGuard([makeRuleSet(one.source, 'deploy'), makeRuleSet(two.source, 'deploy')])

  expect(await guard(one.request, undefined)).toBeUndefined()
  one.source.version = new Map([['deploy', [next]]])
  expect(await guard(one.request, undefined)).toBeUndefined()
  two.source.version = new Map([['deploy', [next]]])
  expect((await guard(two.request, undefined))?.status).toBe(403)
})
