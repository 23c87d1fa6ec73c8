import { createVerifier, decide, githubActions } from '@jobpass/core'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { expect, test } from 'vitest'
import type { Scenario } from '../test/scenarios.ts'
import { scenarioAudience as audience, scenarios } from '../test/scenarios.ts'
import { issuerFor, mintClaims } from '@jobpass/cli/claims'
import { claimsOf, jobsOf, sampleRule } from './jobs.ts'
import type { AnyProvider } from '@jobpass/policy/built-in'
import { providerById, providerOfIssuer, providers, tenantOf } from '@jobpass/policy/built-in'
import { readRule } from './read-rule.ts'
import type { Outcome, Trial } from './run.ts'
import { run } from './run.ts'
import { suggest } from './suggest.ts'
import { writeRules } from './write-rule.ts'

const forbidden = 'workload_forbidden'
const github = providerById('github-actions') as AnyProvider

async function outcomeOf(trial: Partial<Trial> & Pick<Trial, 'claims' | 'rules'>): Promise<Outcome> {
  const outcome = await run({ provider: github, audience, checkedAt: 0, ...trial })
  if ('fault' in outcome) throw new Error(outcome.fault)
  return outcome
}

/** The identity that a verifier of its own makes of these claims: it trusts every job. */
async function identityOf(claims: Trial['claims'], provider: AnyProvider): Promise<AnyWorkload> {
  const iss = claims['iss'] as string
  const { fetch } = await issuerFor(iss, provider)
  const tenant = tenantOf(provider, iss)
  let workload: AnyWorkload | undefined
  const verifier = createVerifier({
    audience,
    trust: tenant === undefined ? provider.lookup(() => []) : provider(Object.fromEntries([tenant])),
    fetch,
    onVerdict: (event) => (workload = event.workload),
  })
  await verifier.authorize(`Bearer ${await mintClaims(claims, iss, provider)}`).catch(() => undefined)
  return workload as AnyWorkload
}

const claimsIn = async ({ platform, job, claims }: Scenario): Promise<Trial['claims']> => ({
  ...(await claimsOf(providerById(platform) as AnyProvider, job, audience)),
  ...claims,
})

test.each(scenarios.filter(({ fault }) => fault === undefined))(
  'decides the scenario "$name" as the real verifier does',
  async (scenario) => {
    const { rule, language = 'typescript', checkedAt = 0, code, status, failed } = scenario
    const { rules } = (await readRule(rule, language)) as { readonly rules: readonly TrustRule[] }
    const outcome = await outcomeOf({ claims: await claimsIn(scenario), rules, checkedAt })
    expect(outcome.allowed).toBe(code === undefined)
    expect(outcome.code).toBe(code)
    expect(outcome.answer?.status).toBe(status)
    const checks = outcome.verdict?.nearest?.checks.filter(({ passed }) => !passed)
    expect(checks?.map(({ field }) => field)).toEqual(failed)
  },
)

const byRules = scenarios.filter(({ code, fault }) => fault === undefined && (code ?? forbidden) === forbidden)

test.each(byRules)('gives the scenario "$name" the verdict of decide()', async (scenario) => {
  const { rules } = (await readRule(scenario.rule, scenario.language ?? 'typescript')) as {
    readonly rules: readonly TrustRule[]
  }
  const claims = await claimsIn(scenario)
  const { verdict } = await outcomeOf({ claims, rules })
  const decided = decide(rules, await identityOf(claims, providerById(scenario.platform) as AnyProvider))
  expect(verdict?.allowed).toBe(decided.allowed)
  expect(verdict?.reason).toBe(decided.reason)
  // The verifier's own checks of audience and lifetime come after those of the rule.
  expect(verdict?.rules.map(({ checks }) => checks.slice(0, decided.rules[0]?.checks.length))).toEqual(
    decided.rules.map(({ checks }) => checks),
  )
})

test('reports the place of the fault in broken YAML', async () => {
  const broken = scenarios.find(({ fault }) => fault !== undefined) as Scenario
  const read = await readRule(broken.rule, 'yaml')
  expect('faults' in read && read.faults[0]).toMatchObject({ line: 4, column: 5, path: 'rules.deploy.branches' })
})

test.each(providers.flatMap((provider) => jobsOf(provider).map((job) => ({ provider, job, name: provider.title }))))(
  'a $job job of $name is read, and its suggested rule admits it',
  async ({ provider, job }) => {
    const claims = await claimsOf(provider, job, audience)
    const rule = sampleRule(provider)
    const { rules } = (await readRule(writeRules([rule], 'typescript'), 'typescript')) as {
      readonly rules: readonly TrustRule[]
    }
    const outcome = await outcomeOf({ claims, rules, provider })
    if (job === jobsOf(provider)[0]) expect(outcome.code).toBeUndefined()
    const suggestion = await suggest({ claims, rules, provider, audience, checkedAt: 0 }, outcome)
    // Some tokens are of no job, or of one that nothing pins.
    if (suggestion === undefined || suggestion.fault !== undefined) {
      expect(outcome.allowed).toBe(false)
      return
    }
    const read = await readRule(writeRules([suggestion.rule], 'yaml'), 'yaml')
    const again = await outcomeOf({ claims, rules: (read as { readonly rules: readonly TrustRule[] }).rules, provider })
    expect(again.code).toBeUndefined()
  },
)

test('finds the platform by the issuer, also for tenants and servers', () => {
  const found = (issuer: unknown): string | undefined => providerOfIssuer(issuer)?.id
  expect(found('https://token.actions.githubusercontent.com')).toBe('github-actions')
  expect(found('https://oidc.circleci.com/org/3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22')).toBe('circleci')
  expect(found('https://github.acme.dev/_services/token')).toBe('github-actions')
  expect(found('https://gitlab.acme.dev')).toBeUndefined()
  expect(found(7)).toBeUndefined()
})

test('signs claims exactly as pasted, with unlisted and misspelt ones', async () => {
  const claims = JSON.parse('{"__proto__":{"a":1},"branch":"x","ref_protectd":"true"}') as Trial['claims']
  const token = await mintClaims(claims, 'https://token.actions.githubusercontent.com', github)
  const payload = Buffer.from(token.split('.')[1] as string, 'base64url').toString()
  expect(payload).toBe('{"__proto__":{"a":1},"branch":"x","ref_protectd":"true"}')
})

test('takes the platform of the rule for an issuer that fits no table', async () => {
  const gitlab = providerById('gitlab') as AnyProvider
  const claims = { ...(await claimsOf(gitlab, 'push', audience)), iss: 'https://gitlab.acme.dev' }
  const rules = [gitlab.at('https://gitlab.acme.dev')({ ownerId: '99', branch: 'main' })]
  expect((await outcomeOf({ claims, rules })).allowed).toBe(true)
  const suggestion = await suggest({ claims, rules: [], provider: gitlab, audience, checkedAt: 0 })
  expect(suggestion?.rule).toMatchObject({ issuer: 'https://gitlab.acme.dev', repositoryId: '48120077' })
})

test('explains a token of an issuer that no rule names, and still suggests a rule', async () => {
  const claims = await claimsOf(providerById('gitlab') as AnyProvider, 'push', audience)
  const rules = [githubActions({ repository: 'acme/shop' })]
  const outcome = await outcomeOf({ claims, rules })
  expect(outcome.code).toBe('issuer_untrusted')
  const suggestion = await suggest({ claims, rules, provider: github, audience, checkedAt: 0 }, outcome)
  expect(suggestion?.rule).toMatchObject({ provider: 'gitlab', branch: 'main' })
})

test('offers the ids of a rule by names that admits the job', async () => {
  const claims = await claimsOf(github, 'push', audience)
  const rules = [githubActions({ repository: 'acme/shop', branch: 'main' })]
  const trial = { claims, rules, provider: github, audience, checkedAt: 0 } as const
  expect((await suggest(trial, await outcomeOf(trial)))?.pinned).toEqual({
    provider: 'github-actions',
    issuer: 'https://token.actions.githubusercontent.com',
    repositoryId: '74205118',
    branch: 'main',
  })
})

test('reports a configuration that the verifier refuses', async () => {
  const claims = await claimsOf(github, 'push', audience)
  const rules = [githubActions({ repository: 'acme/shop' })]
  const outcome = await run({ claims, rules, provider: github, audience: 'https://github.com/acme', checkedAt: 0 })
  expect(outcome).toEqual({
    fault: expect.stringContaining('is one that platforms give by default'),
  })
})

test('checks claims without dates, without an issuer, and with hostile members', async () => {
  const rules = [githubActions({ repository: 'acme/shop' })]
  const codeOf = async (json: string): Promise<string | undefined> =>
    (await outcomeOf({ claims: JSON.parse(json) as Trial['claims'], rules })).code
  expect(await codeOf('{}')).toBe('token_malformed')
  expect(await codeOf('{"iss":"https://token.actions.githubusercontent.com"}')).toBe('claims_invalid')
  expect(await codeOf('{"iss":"https://evil.example","__proto__":{"iss":1}}')).toBe('issuer_untrusted')
  expect(await codeOf('{"iss":"https://token.actions.githubusercontent.com","iat":"now","exp":1e300}')).toBe(
    'token_malformed',
  )
  expect(await codeOf('{"iss":"\\ud800","sub":"\\udfff"}')).toBe('issuer_untrusted')
})
