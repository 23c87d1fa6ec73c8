/** Properties of lint for any rules: it never throws, and its claims are true for every job. */

import type { AnyWorkload, DenyRule, TrustRule } from '@jobpass/core'
import {
  absent,
  anyEvent,
  circleci,
  createVerifier,
  decide,
  githubActions,
  gitlab,
  glob,
  not,
  present,
} from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { covers } from './cover.ts'
import { lintRules } from './lint-rules.ts'
import type { LintInput } from './subject.ts'

// Hundreds of cases each, also on slow machines.
vi.setConfig({ testTimeout: 60_000 })

type Rule = TrustRule<AnyWorkload>
type Make = ((conditions: object, settings?: object) => Rule) & {
  readonly deny: (conditions: object) => DenyRule<AnyWorkload>
}

const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const project = '71c2d3e4-f506-4718-a29b-3c4d5e6f7081'
const audience = 'https://api.acme.dev'
const now = Date.now()
const clock = { now: () => now, after: () => () => {} }

const names = ['acme/shop', 'Acme/Shop', 'acme/shop-two', 'other/shop']
const refs = ['refs/heads/main', 'refs/tags/v1.4.0', 'refs/heads/release/1', 'refs/pull/731/merge', 'main']
const ends = ['main', 'release/1', 'v1.4.0', 'next', 'refs/heads/main']
const files = names.flatMap((name) => refs.map((ref) => `${name}/.github/workflows/ci.yml@${ref}`)).slice(0, 6)
const patterns = [
  '*',
  '**',
  'ma*',
  '*/*',
  'release/*',
  '**/main',
  'refs/**',
  'refs/heads/*',
  'acme/*',
  'acme/s*',
  'v?.*',
]

/** Fields of a provider, with values to try, and whether they accept patterns. */
type Fields = Readonly<Record<string, { readonly values: readonly unknown[]; readonly exact?: true }>>

interface Tried {
  readonly name: string
  readonly make: Make
  readonly pins: readonly object[]
  readonly fields: Fields
  readonly claims: Fields
}

const providers: readonly Tried[] = [
  {
    name: 'GitHub Actions',
    make: githubActions,
    pins: [
      { ownerId: '1234567' },
      { repositoryId: '74205118' },
      { owner: 'acme' },
      { repository: ['acme/shop', 'other/shop'] },
      { repository: glob('acme/*') },
    ],
    fields: {
      ownerId: { values: ['1234567', '2'], exact: true },
      repositoryId: { values: ['74205118', '3'], exact: true },
      repository: { values: names },
      ref: { values: refs },
      branch: { values: ends },
      tag: { values: ends },
      pullRequest: { values: ['731', '1'] },
      mergeQueue: { values: ['main', 'next'] },
      refProtected: { values: [true, false], exact: true },
      environment: { values: ['production', 'Production', 'preview'] },
      event: { values: ['push', 'pull_request', 'pull_request_target', 'merge_group', 'workflow_run', 'release'] },
      workflow: { values: files },
      subject: { values: ['repo:acme/shop:ref:refs/heads/main', 'repo:acme-1/shop-2:pull_request'], exact: true },
    },
    claims: {
      actor: { values: ['mara-holt', 'quill-otter'] },
      ref_protected: { values: ['true', 'false'] },
      repository: { values: names },
      event_name: { values: ['push', 'pull_request'] },
      repository_visibility: { values: ['private'] },
    },
  },
  {
    name: 'GitLab CI',
    make: gitlab,
    pins: [{ ownerId: '99' }, { repositoryId: '48120077' }, { owner: 'acme' }, { repository: glob('acme/**') }],
    fields: {
      owner: { values: ['acme', 'quillotter'] },
      repository: { values: names },
      ref: { values: refs },
      branch: { values: ends },
      tag: { values: ends },
      refProtected: { values: [true, false], exact: true },
      environmentProtected: { values: [true, false], exact: true },
      event: { values: ['push', 'merge_request_event', 'parent_pipeline', 'web'] },
    },
    claims: {
      user_login: { values: ['ines.vale'] },
      runner_id: { values: [12_270_852, 1], exact: true },
      job_project_id: { values: ['48120077'], exact: true },
    },
  },
  {
    name: 'CircleCI',
    make: circleci as Make,
    pins: [
      { ownerId: org, repository: ['github.com/acme/shop', 'github.com/quill-otter/shop'] },
      { ownerId: org, repository: glob('github.com/*/shop') },
    ],
    fields: {
      projectId: { values: [project, 'shop'], exact: true },
      ref: { values: refs },
      branch: { values: ends },
      tag: { values: ['v5.0.1', 'v1.4.0'] },
      pullRequest: { values: ['418', '7'] },
      sshRerun: { values: [true, false], exact: true },
      contextIds: { values: ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f', org], exact: true },
    },
    claims: {
      'oidc.circleci.com/vcs-ref': { values: refs },
      'oidc.circleci.com/ssh-rerun': { values: [true, false], exact: true },
    },
  },
]

function condition({ values, exact }: Fields[string]): fc.Arbitrary<unknown> {
  const value = fc.constantFrom(...values)
  const list = fc.uniqueArray(value, { minLength: 1, maxLength: 3 })
  const pattern = fc.constantFrom(...patterns).map(glob)
  const positive = exact === true ? fc.oneof(value, list) : fc.oneof(value, list, pattern)
  return fc.oneof(
    { weight: 6, arbitrary: positive },
    { weight: 2, arbitrary: positive.map((inner) => not(inner as string)) },
    { weight: 1, arbitrary: fc.constantFrom(present(), absent()) },
  )
}

const settings = fc.option(
  fc.record(
    {
      audience: fc.constantFrom(audience, 'sigstore'),
      maxTokenAge: fc.constantFrom(1, 600),
      maxLifetime: fc.constantFrom(60, 3600, 604_800),
      multipleAudiences: fc.constant(true),
    },
    { requiredKeys: [] },
  ),
  { nil: undefined, freq: 4 },
)

/** Typical conditions: a pin and a few more. Invalid rules are left out. */
function conditions({ pins, fields, claims }: Tried): fc.Arbitrary<object> {
  const some = (of: Fields): fc.Arbitrary<object> =>
    fc
      .subarray(Object.entries(of), { maxLength: Math.min(3, Object.keys(of).length) })
      .chain((entries) => fc.record(Object.fromEntries(entries.map(([key, field]) => [key, condition(field)]))))
  return fc
    .tuple(fc.constantFrom(...pins), some(fields), fc.option(some(claims), { nil: {}, freq: 3 }))
    .map(([pin, more, raw]) => ({ ...more, ...pin, ...(Object.keys(raw).length > 0 ? { claims: raw } : {}) }))
}

const constructed = <T>(make: () => T): T | undefined => {
  try {
    return make()
  } catch {
    return undefined
  }
}

function rules(provider: Tried): fc.Arbitrary<Rule> {
  const { make } = provider
  return fc
    .tuple(conditions(provider), settings)
    .map(([given, more]) => constructed(() => (more === undefined ? make(given) : make(given, more))))
    .filter((rule) => rule !== undefined)
}

function denials(provider: Tried): fc.Arbitrary<DenyRule<AnyWorkload>> {
  return conditions(provider)
    .map((given) => constructed(() => provider.make.deny(given)))
    .filter((rule) => rule !== undefined)
}

/** Jobs of every trigger, with other refs, names and protection flags mixed in. */
const jobs = new Map<string, readonly AnyWorkload[]>()

beforeAll(async () => {
  const [github, lab, circle] = await Promise.all([
    createTestIssuer(githubActions, { clock }),
    createTestIssuer(gitlab, { clock }),
    createTestIssuer(circleci, { clock }),
  ])
  const common = { audience, clock }
  const ofGitHub = createVerifier({
    ...common,
    fetch: github.fetch,
    trust: ['1234567', '2'].map((ownerId) => githubActions({ ownerId, event: anyEvent() })),
  })
  const ofGitLab = createVerifier({
    ...common,
    fetch: lab.fetch,
    trust: ['99', '33019922'].map((ownerId) => gitlab({ ownerId, event: anyEvent() })),
  })
  const ofCircle = createVerifier({
    ...common,
    fetch: circle.fetch,
    trust: [{}, { pullRequest: present() }, { sshRerun: true }, { pullRequest: present(), sshRerun: true }].map(
      (more) => circleci({ ownerId: org, ...more }),
    ),
  })
  const triggers = {
    github: [
      'push',
      'tag',
      'pull_request',
      'pull_request_target',
      'workflow_run',
      'issue_comment',
      'release',
      'merge_group',
      'environment',
      'reusable',
    ],
    lab: ['push', 'tag', 'web', 'merge_request', 'fork_merge_request', 'child', 'environment'],
    circle: ['push', 'tag', 'fork', 'ssh_rerun', 'webhook'],
  } as const
  const github0 = [
    {},
    { repository: 'Other/Shop', repository_owner: 'Other', repository_owner_id: '2' },
    { ref: 'refs/heads/release/1' },
    { ref: 'refs/tags/v1.4.0' },
    { ref: '' },
    { environment: 'Production' },
  ]
  const lab0 = [
    {},
    { ref: 'release/1', ref_path: 'refs/heads/release/1', ref_protected: 'true' },
    { environment: 'production', environment_protected: 'false' },
    { project_path: 'acme/shop-two', project_id: '3', namespace_path: 'acme', namespace_id: '99' },
  ]
  const circle0 = [
    {},
    { 'oidc.circleci.com/vcs-ref': 'refs/heads/release/1' },
    { 'oidc.circleci.com/ssh-rerun': true },
    { 'oidc.circleci.com/context-ids': [org, project] },
  ]
  const sub = 'custom:subject'
  const issuedAt = (index: number): number => Math.floor(now / 1000) - (index % 2) * 100
  jobs.set(
    'GitHub Actions',
    await Promise.all(
      triggers.github.flatMap((trigger) =>
        github0.map(async (claims, index) =>
          ofGitHub.verify(await github.mint({ aud: audience, sub, ...claims }, { trigger, issuedAt: issuedAt(index) })),
        ),
      ),
    ),
  )
  jobs.set(
    'GitLab CI',
    await Promise.all(
      triggers.lab.flatMap((trigger) =>
        lab0.map(async (claims, index) =>
          ofGitLab.verify(await lab.mint({ aud: audience, ...claims }, { trigger, issuedAt: issuedAt(index) })),
        ),
      ),
    ),
  )
  jobs.set(
    'CircleCI',
    await Promise.all(
      triggers.circle.flatMap((trigger) =>
        circle0.map(async (claims, index) =>
          ofCircle.verify(await circle.mint({ aud: audience, ...claims }, { trigger, issuedAt: issuedAt(index) })),
        ),
      ),
    ),
  )
})

const matching = (rule: Rule | DenyRule<AnyWorkload>, name: string): readonly AnyWorkload[] =>
  (jobs.get(name) ?? []).filter((job) => {
    const { allowed, reason } = decide(rule, job)
    return allowed || reason === 'denied'
  })

describe.each(providers)('$name', (provider) => {
  const { name, make, pins } = provider

  test('there are jobs to try rules on, and rules that match some of them', () => {
    expect(jobs.get(name)?.length).toBeGreaterThan(15)
    for (const pin of pins) expect(matching(make(pin), name).length).toBeGreaterThan(0)
  })

  test('lint never throws, and is deterministic', () => {
    const list = fc.array(rules(provider), { maxLength: 4 })
    const input = fc.record<LintInput>(
      {
        audience: fc.constantFrom(audience, 'sigstore'),
        trust: list,
        deny: fc.array(denials(provider), { maxLength: 2 }),
        strict: fc.boolean(),
        maxTokenAge: fc.integer({ min: 1, max: 86_400 }),
        routes: fc.dictionary(fc.string(), list, { maxKeys: 3 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(input, (given) => {
        const findings = lintRules(given)
        expect(lintRules(given)).toEqual(findings)
        for (const finding of findings) {
          expect(finding.where).not.toContain('undefined')
          expect(finding.message + finding.fix).not.toMatch(/undefined|\[object/)
        }
      }),
      { numRuns: 150 },
    )
  })

  test('L070: a rule that can never match matches no job', () => {
    claimed(fc.oneof(rules(provider), denials(provider)), (rule) => {
      const found = lintRules([rule]).some(({ id }) => id === 'L070')
      if (found) expect(matching(rule, name)).toEqual([])
      return found
    })
  })

  test('L071, L072: a route whose callers trust refuses admits no job', () => {
    claimed(fc.tuple(rules(provider), rules(provider)), ([trust, deploy]) => {
      const found = lintRules({ trust, routes: { deploy } }).some(({ id }) => id === 'L071' || id === 'L072')
      if (found) expect(matching(trust, name).filter((job) => decide(deploy, job).allowed)).toEqual([])
      return found
    })
  })

  test('L073: every job that a shadowed rule admits, the broader one admits too', () => {
    claimed(narrowed(provider, make), ([narrow, wide]) => {
      const found = lintRules([narrow, wide]).filter(({ id }) => id === 'L073')
      return found.some(({ where }) => {
        const [inner, outer] = where === 'rules[0]' ? [narrow, wide] : [wide, narrow]
        expect(matching(inner, name).filter((job) => !matching(outer, name).includes(job))).toEqual([])
        return matching(inner, name).length > 0
      })
    })
  })

  test('L074: routes with the same rules admit the same jobs', () => {
    claimed(narrowed(provider, make), ([narrow, wide]) => {
      const found = lintRules({ routes: { a: [narrow, wide], b: wide } }).some(({ id }) => id === 'L074')
      if (found)
        for (const job of jobs.get(name) ?? [])
          expect(decide([narrow, wide], job).allowed).toBe(decide(wide, job).allowed)
      return found
    })
  })

  test('L075: every job that an overridden rule would admit is denied', () => {
    claimed(narrowed(provider, make.deny), ([rule, deny]) => {
      const found = lintRules([rule, deny]).some(({ id }) => id === 'L075')
      if (found) for (const job of matching(rule, name)) expect(decide([rule, deny], job).reason).toBe('denied')
      return found && matching(rule, name).length > 0
    })
  })
})

/**
 * Runs a check that returns whether there was a claim to check; without any, the test would show
 * nothing.
 */
function claimed<T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => boolean): void {
  let claims = 0
  fc.assert(
    fc.property(arbitrary, (value) => {
      if (check(value)) claims++
    }),
    { numRuns: 400, endOnFailure: true },
  )
  expect(claims).toBeGreaterThan(0)
}

/**
 * Two rules, of which the first often has the conditions of the second, or narrower ones, and some
 * more.
 */
function narrowed<R>(
  provider: Tried,
  makeWide: (conditions: object, settings?: object) => R,
): fc.Arbitrary<readonly [Rule, R]> {
  return fc
    .tuple(
      conditions(provider),
      conditions(provider),
      fc.constantFrom('same', 'listed', 'unrelated'),
      settings,
      settings,
    )
    .map(([wide, more, how, ...both]) =>
      constructed(() => {
        const widen = how === 'listed' && provider.name !== 'CircleCI'
        const wider = Object.entries(wide).map(([key, value]) => [
          key,
          widen && typeof value === 'string' ? [value, 'x'] : value,
        ])
        const [own, others] = how === 'same' ? [both[0], both[0]] : both
        const narrow = provider.make(how === 'unrelated' ? more : { ...more, ...wide }, own)
        return [narrow, makeWide(Object.fromEntries(wider) as object, others)] as const
      }),
    )
    .filter((pair) => pair !== undefined)
}

describe('patterns', () => {
  const segment = fc.oneof(
    fc.constantFrom('*', '**', 'a', 'ab', '?', 'a*', '*b', 'a?', ''),
    fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 }),
  )
  const pattern = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => segments.map((each) => (each === '**' ? each : each.replaceAll('**', '*'))).join('/'))
  const free = fc
    .array(fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 3 }), { minLength: 1, maxLength: 4 })
    .map((segments) => segments.join('/'))
  /** A value that matches a pattern, or nearly does. */
  const fitting = fc
    .tuple(pattern, fc.constantFrom('', 'a', 'ab', 'a/b', '*'), fc.constantFrom('', 'b', '?'))
    .map(([text, run, one]) => text.replaceAll('**', run).replaceAll('*', run).replaceAll('?', one))

  /** Core as the reference: a rule with the pattern, and a job with the value. */
  test('a value is covered exactly when core matches it', async () => {
    const issuer = await createTestIssuer(githubActions, { clock })
    const verifier = createVerifier({
      audience,
      clock,
      fetch: issuer.fetch,
      trust: githubActions({ ownerId: '1234567' }),
    })
    await fc.assert(
      fc.asyncProperty(
        pattern,
        free,
        fc.constantFrom('', 'a', 'ab', 'a/b', '*'),
        fc.boolean(),
        async (text, other, run, related) => {
          const ref = related ? text.replaceAll('**', run).replaceAll('*', run).replaceAll('?', 'b') : other
          const job = await verifier.verify(await issuer.mint({ aud: audience, workflow: `x/${ref}` }))
          const rule = githubActions({ ownerId: '1234567', claims: { workflow: glob(`x/${text}`) } })
          expect(covers(`x/${text}`, `x/${ref}`, true)).toBe(decide(rule, job).allowed)
        },
      ),
      { numRuns: 250 },
    )
  })

  test('a pattern that covers another covers all of its values', () => {
    fc.assert(
      fc.property(pattern, pattern, fc.oneof(free, fitting), (wide, narrow, text) => {
        if (covers(wide, narrow) && covers(narrow, text, true)) expect(covers(wide, text, true)).toBe(true)
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['**', '**/main', true],
    ['acme/**', 'acme/*', true],
    ['acme/*', 'acme/**', false],
    ['release/*', 'release/1.*', true],
    ['a?', 'a*', false],
    ['*', '*', true],
    ['**/x', 'a/**/x', true],
    ['a/**', 'a', false],
    ['a/*', 'a/', false],
    ['a/**', 'a/', false],
    ['a/**', 'a/**', true],
    ['**/main', '**', false],
  ])('the pattern %s covers %s: %s', (wide, narrow, answer) => {
    expect(covers(wide, narrow)).toBe(answer)
  })
})
