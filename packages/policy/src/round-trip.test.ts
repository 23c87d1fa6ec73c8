// Lesson F14: rules are data. A rule that is written as JSON and read back, by core or as a
// document in JSON or YAML, decides as before.

import type { AnyWorkload, ProviderLike, TrustRule } from '@jobpass/core'
import { anyEvent, circleci, createVerifier, decide, githubActions, gitlab, not, parseRule } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { rulesFor } from '../test/arbitraries.ts'
import { loadPolicy, parsePolicy } from './load-policy.ts'
import { shapesOf } from './shape.ts'

const audience = 'https://api.acme.dev'
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const other = '11111111-2222-4333-8444-555555555555'
const providers = [githubActions, gitlab, circleci] as const

/** A rule of each provider that admits some of the jobs; of the random rules, perhaps none does. */
const admitting: Readonly<Record<string, TrustRule<AnyWorkload>>> = {
  'github-actions': githubActions({ ownerId: '1234567' }),
  gitlab: gitlab({ ownerId: ['99', '1234567'] }),
  circleci: circleci({ ownerId: organization }),
}

type Claims = Readonly<Record<string, unknown>>
type Jobs = fc.Arbitrary<readonly [trigger: string, claims: Claims]>

const one = (...values: readonly unknown[]): fc.Arbitrary<unknown> => fc.constantFrom(...values)
const jobs = (triggers: readonly string[], claims: Readonly<Record<string, fc.Arbitrary<unknown>>>): Jobs =>
  fc.tuple(fc.constantFrom(...triggers), fc.record(claims, { requiredKeys: [] }))
const circle = (name: string): string => `oidc.circleci.com/${name}`

const githubJobs = jobs(
  ['push', 'tag', 'pull_request', 'pull_request_target', 'schedule', 'merge_group', 'environment', 'release'],
  {
    repository: one('acme/shop', 'ACME/shop', 'acme/docs', 'globex/shop'),
    ref: one('refs/heads/main', 'refs/heads/release/1.0', 'refs/tags/v5.0.1', 'refs/heads/Main'),
    environment: one('production', 'Production', 'preview', ''),
    repository_id: one('74205118', '20'),
    actor: one('mara-holt', 'quill-otter'),
    runner_environment: one('github-hosted', 'self-hosted'),
    ref_protected: one('true', 'false'),
    repo_property_tier: one('main', 'x'),
  },
)
const gitlabJobs = jobs(['push', 'tag', 'merge_request', 'schedule', 'web', 'environment'], {
  project_path: one('acme/shop', 'acme/platform/shop', 'globex/shop'),
  ref: one('main', 'release/1.0', 'Main'),
  environment: one('production', 'preview'),
  environment_protected: one('true', 'false'),
  ref_protected: one('true', 'false'),
  project_id: one('20', '74205118'),
  namespace_id: one('99', '1234567'),
  runner_id: one(0, 3, 5),
})
const circleJobs = jobs(['push', 'tag', 'fork', 'ssh_rerun', 'webhook'], {
  [circle('org-id')]: one(organization, other),
  [circle('vcs-origin')]: one('github.com/acme/shop', 'github.com/globex/shop'),
  [circle('vcs-ref')]: one('refs/heads/main', 'refs/heads/release/1.0', 'refs/tags/v5.0.1'),
})

const organizations = circleci({ ownerId: [organization, other] })
const unusual = circleci({ ownerId: [organization, other], pullRequest: not('0'), sshRerun: [true, false] })

/** Verified identities of random jobs of one provider. */
async function identitiesOf(
  provider: Parameters<typeof createTestIssuer>[0],
  trust: readonly TrustRule<AnyWorkload>[],
  arbitrary: Jobs,
): Promise<readonly AnyWorkload[]> {
  const issuer = await createTestIssuer(provider)
  const verifier = createVerifier({ audience, trust, fetch: issuer.fetch })
  const known = async ([trigger, claims]: readonly [string, Claims]): Promise<AnyWorkload | undefined> => {
    try {
      const token = await issuer.mint({ aud: audience, ...claims }, { trigger: trigger as never })
      return await verifier.verify(token)
    } catch (error) {
      // Some random jobs are inconsistent, or are refused.
      expect(error).toHaveProperty('code')
      return undefined
    }
  }
  const all = await Promise.all(fc.sample(arbitrary, { numRuns: 60, seed: 3 }).map(known))
  return all.filter((identity) => identity !== undefined)
}

let identities: Readonly<Record<string, readonly AnyWorkload[]>>
beforeAll(async () => {
  const [github, lab, circle] = await Promise.all([
    identitiesOf(githubActions, [githubActions({ owner: ['acme', 'globex'], event: anyEvent() })], githubJobs),
    identitiesOf(gitlab, [gitlab({ ownerId: ['99', '1234567'], event: anyEvent() })], gitlabJobs),
    identitiesOf(circleci, [organizations, unusual], circleJobs),
  ])
  identities = { 'github-actions': github, gitlab: lab, circleci: circle }
})

const verdictsOf = (rule: unknown, id: string): readonly string[] =>
  (identities[id] ?? []).map((identity) => {
    const { allowed, reason, rules, fingerprint } = decide(rule as TrustRule<AnyWorkload>, identity)
    // The age of a token depends on the time of the check.
    const checks = rules[0]?.checks.map((check) => ({
      ...check,
      actual: check.field === 'tokenAge' ? 0 : check.actual,
    }))
    return JSON.stringify([allowed, reason, checks, fingerprint])
  })

describe.each(providers.map((provider) => [provider.title, provider] as const))(
  'round trip: %s',
  (_, provider: ProviderLike) => {
    const call = provider as unknown as (conditions: unknown, settings?: unknown) => TrustRule<AnyWorkload>

    const made = fc
      .oneof(...Array.from(shapesOf([provider]).values(), rulesFor))
      .map(({ issuer, settings, ...given }) => {
        const conditions = Object.fromEntries(Object.entries(given).filter(([key]) => key !== 'provider'))
        const at =
          issuer === undefined ? call : (provider as unknown as { at(issuer: unknown): typeof call }).at(issuer)
        try {
          return settings === undefined ? at(conditions) : at(conditions, settings)
        } catch {
          return undefined
        }
      })

    test('there are jobs to decide on', () => {
      expect(identities[provider.id]?.length).toBeGreaterThan(20)
    })

    test('random rules decide as before on random jobs', () => {
      let sound = 0
      const allowed = new Set<boolean>()
      fc.assert(
        fc.property(made, (rule) => {
          if (rule === undefined) return
          sound++
          const text = JSON.stringify(rule)
          const before = verdictsOf(rule, provider.id)
          before.forEach((verdict) => allowed.add(verdict.startsWith('[true')))
          const document = { rules: { deploy: JSON.parse(text) as unknown } }
          for (const back of [
            parseRule(JSON.parse(text), providers),
            loadPolicy(document, { providers }).entries['deploy']?.[0],
            parsePolicy(JSON.stringify(document), { providers, format: 'json' }).entries['deploy']?.[0],
            parsePolicy(stringify(document), { providers }).entries['deploy']?.[0],
          ]) {
            expect(JSON.stringify(back)).toBe(text)
            expect(verdictsOf(back, provider.id)).toEqual(before)
          }
        }),
        { numRuns: 150, examples: [[admitting[provider.id]]] },
      )
      expect(sound).toBeGreaterThan(40)
      expect(allowed).toEqual(new Set([true, false]))
    })

    test('random rules decide as before if the issuer is omitted because it follows from the rule', () => {
      let sound = 0
      fc.assert(
        fc.property(made, (rule) => {
          if (rule === undefined) return
          const { issuer, ...json } = rule.toJSON()
          if ([issuer].flat().includes('https://ci.acme.dev/_services/token')) return
          sound++
          const back = loadPolicy({ rules: { deploy: json } }, { providers }).entries['deploy']?.[0]
          expect(JSON.stringify(back)).toBe(JSON.stringify(rule))
        }),
        { numRuns: 150 },
      )
      expect(sound).toBeGreaterThan(20)
    })
  },
)
