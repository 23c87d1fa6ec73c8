// A verdict is "allowed" exactly if a separate evaluator says so. It shares no code with core, is
// written from the documentation, and is simple and slow.

import type { AnyWorkload, RuleJson, TrustRule } from '@jobpass/core'
import { anyEvent, createVerifier, decide, githubActions, gitlab, parseRule } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const audience = 'https://api.acme.dev'
const [github, lab] = await Promise.all([createTestIssuer(githubActions), createTestIssuer(gitlab)])
const verifier = createVerifier({
  audience,
  trust: [
    githubActions({ owner: ['acme', 'evil'], event: anyEvent() }),
    gitlab({ owner: ['acme', 'evil'], event: anyEvent() }),
  ],
  fetch: (input, init) => ((input as string).includes('gitlab') ? lab : github).fetch(input, init),
})

type Claims = Readonly<Record<string, unknown>>
type Facts = Readonly<Record<string, unknown>>

/** The fields of a GitHub job, from its claims. */
function githubFacts(claims: Claims): Facts {
  const ref = String(claims['ref'] ?? '')
  const event = String(claims['event_name'])
  const pull = event.indexOf('pull_request') === 0
  const queued = event === 'merge_group'
  const temporary = ref.indexOf('refs/heads/gh-readonly-queue/') === 0
  return {
    repositoryId: claims['repository_id'],
    repository: claims['repository'],
    owner: claims['repository_owner'],
    event,
    environment: claims['environment'],
    ref,
    refProtected: claims['ref_protected'] === undefined ? undefined : claims['ref_protected'] === 'true',
    branch: ref.indexOf('refs/heads/') === 0 && !pull && !queued && !temporary ? ref.substring(11) : undefined,
    tag: ref.indexOf('refs/tags/') === 0 && !pull ? ref.substring(10) : undefined,
    workflowFile: fileOf(String(claims['workflow_ref']), String(claims['repository']), ref, String(claims['sha'])),
  }
}

/** The file between `OWNER/REPOSITORY/` and `@` with the ref or commit of the run. */
function fileOf(workflow: string, repository: string, ref: string, sha: string): string | undefined {
  for (const end of [ref, sha]) {
    const rest = workflow.split('@')
    // Every way to cut the text at one of its `@`.
    for (let parts = 1; parts < rest.length; parts++) {
      const [file, at] = [rest.slice(0, parts).join('@'), rest.slice(parts).join('@')]
      const isOwn = file.indexOf(`${repository}/.github/workflows/`) === 0
      if (isOwn && at === end && end !== '' && ref.indexOf('refs/pull/') !== 0)
        return file.substring(repository.length + 1)
    }
  }
  return undefined
}

/** The fields of a GitLab job. */
function gitlabFacts(claims: Claims): Facts {
  const source = String(claims['pipeline_source'])
  const own = ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'].indexOf(source) >= 0
  const name = String(claims['ref'])
  return {
    repositoryId: claims['project_id'],
    repository: claims['project_path'],
    owner: claims['namespace_path'],
    event: source,
    environment: claims['environment'],
    ref: claims['ref_path'],
    refProtected: claims['ref_protected'] === 'true',
    branch: own && claims['ref_type'] === 'branch' ? name : undefined,
    tag: own && claims['ref_type'] === 'tag' ? name : undefined,
    workflowFile: own ? '.gitlab-ci.yml' : undefined,
  }
}

const systems = {
  'github-actions': {
    facts: githubFacts,
    trustedEvents: [
      'push',
      'workflow_dispatch',
      'repository_dispatch',
      'schedule',
      'release',
      'create',
      'deployment',
      'merge_group',
    ],
    caseless: ['repository', 'owner', 'environment'],
  },
  gitlab: {
    facts: gitlabFacts,
    trustedEvents: ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'],
    caseless: ['repository', 'owner'],
  },
} as const

/**
 * The naive evaluator: every condition must hold, and an event that is not trusted must be named.
 */
function allowed(rule: RuleJson, provider: keyof typeof systems, claims: Claims): boolean {
  if (rule.provider !== provider) return false
  const { facts, trustedEvents, caseless } = systems[provider]
  const known = facts(claims)
  const named = typeof rule['event'] === 'string' || Array.isArray(rule['event'])
  if (!named && !(trustedEvents as readonly unknown[]).includes(known['event'])) return false
  return Object.entries(rule)
    .filter(([key]) => key !== 'provider' && key !== 'issuer')
    .every(([field, condition]) => holds(known[field], condition, (caseless as readonly string[]).includes(field)))
}

function holds(actual: unknown, condition: unknown, caseless: boolean): boolean {
  const there = actual !== undefined && actual !== ''
  const same = (a: unknown, b: unknown): boolean =>
    caseless && typeof a === 'string' && typeof b === 'string' ? a.toLowerCase() === b.toLowerCase() : a === b
  if (Array.isArray(condition)) return condition.some((value) => holds(actual, value, caseless))
  if (typeof condition !== 'object' || condition === null) return there && same(actual, condition)
  const { present, not, glob, allOf, semver } = condition as Written
  if (allOf !== undefined) return allOf.every((each) => holds(actual, each, caseless))
  if (semver !== undefined) return there && isRelease(String(actual), semver.prefix ?? 'v', semver.prerelease ?? false)
  if (present !== undefined) return there === present
  if (not !== undefined) return there && !holds(actual, not, caseless)
  const lower = (text: string): string => (caseless ? text.toLowerCase() : text)
  return there && matches(lower(String(glob)).split('/'), lower(String(actual)).split('/'))
}

interface Written {
  readonly present?: boolean
  readonly not?: unknown
  readonly glob?: string
  readonly allOf?: readonly unknown[]
  readonly semver?: { readonly prefix?: string; readonly prerelease?: boolean }
}

/** By the rules of https://semver.org, item by item. */
function isRelease(text: string, prefix: string, prerelease: boolean): boolean {
  if (text.indexOf(prefix) !== 0) return false
  const version = text.substring(prefix.length)
  const dash = version.indexOf('-')
  const [core, rest] = dash < 0 ? [version, undefined] : [version.substring(0, dash), version.substring(dash + 1)]
  const isNumber = (part: string): boolean => part !== '' && String(BigInt(/\D/.test(part) ? -1 : part)) === part
  const numbers = core.split('.')
  if (numbers.length !== 3 || !numbers.every(isNumber)) return false
  if (rest === undefined) return true
  const isIdentifier = (part: string): boolean => isNumber(part) || (/^[0-9A-Za-z-]+$/.test(part) && /\D/.test(part))
  return prerelease && rest.split('.').every(isIdentifier)
}

/** Compares segments; `**` tries every number of whole segments. */
function matches(pattern: readonly string[], value: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return value.length === 0
  if (first === '**') {
    const least = rest.length === 0 ? 1 : 0
    return value.some((_, count) => fits(rest, value, count, least)) || fits(rest, value, value.length, least)
  }
  const [head, ...others] = value
  return head !== undefined && segment(first, head) && matches(rest, others)
}

function fits(rest: readonly string[], value: readonly string[], count: number, least: number): boolean {
  return count >= least && value.slice(0, count).every((part) => part !== '') && matches(rest, value.slice(count))
}

function segment(pattern: string, value: string): boolean {
  if (pattern === '*') return value !== ''
  if (pattern === '') return value === ''
  if (pattern[0] === '*') return segment2(pattern.slice(1), value) || (value !== '' && segment(pattern, value.slice(1)))
  return value !== '' && (pattern[0] === '?' || pattern[0] === value[0]) && segment2(pattern.slice(1), value.slice(1))
}

// After the first character a single `*` may match nothing: only a segment of just `*` may not.
function segment2(pattern: string, value: string): boolean {
  return pattern === '*' ? true : segment(pattern, value)
}

const branches = ['main', 'Main', 'dev', 'release/1', 'release/1/2', 'release/', 'gh-readonly-queue/main/pr-1-ab']
const events = ['push', 'schedule', 'pull_request', 'pull_request_target', 'merge_group', 'issue_comment', 'release']
const sources = ['push', 'web', 'merge_request_event', 'parent_pipeline', 'schedule']
const repositories = ['acme/shop', 'ACME/Shop', 'acme/shop2', 'evil/shop']

const githubClaims = fc
  .record({
    repository: fc.constantFrom(...repositories),
    repository_id: fc.constantFrom('1', '2'),
    event_name: fc.constantFrom(...events),
    ref: fc.oneof(
      fc.constantFrom(...branches).map((name) => `refs/heads/${name}`),
      fc.constantFrom('refs/tags/v1', 'refs/tags/v1.4.0', 'refs/tags/v1.4.0-rc.1', 'refs/tags/v1.04.0'),
      fc.constantFrom('refs/tags/main', 'refs/pull/7/merge', 'refs/heads/x@refs/heads/main', ''),
    ),
    ref_protected: fc.constantFrom('true', 'false', undefined),
    environment: fc.constantFrom('production', 'Production', 'staging', '', undefined),
    sha: fc.constantFrom('a'.repeat(40), 'b'.repeat(40)),
    file: fc.constantFrom('.github/workflows/deploy.yml', '.github/workflows/deploy.yml@refs/heads/main', 'dynamic/x'),
    from: fc.constantFrom('own', 'own', 'own', 'evil/shop'),
    at: fc.constantFrom('ref', 'ref', 'sha', 'refs/heads/main', 'refs/tags/v1', 'c'.repeat(40)),
  })
  .map(({ file, from, at, ...claims }) => ({
    ...claims,
    repository_owner: claims.repository.split('/')[0] ?? '',
    workflow_ref: `${from === 'own' ? claims.repository : from}/${file}@${at === 'ref' || at === 'sha' ? claims[at] : at}`,
  }))

const gitlabClaims = fc
  .record({
    project_path: fc.constantFrom(...repositories),
    project_id: fc.constantFrom('1', '2'),
    pipeline_source: fc.constantFrom(...sources),
    ref: fc.constantFrom(...branches, 'v1'),
    ref_type: fc.constantFrom('branch', 'tag'),
    ref_protected: fc.constantFrom('true', 'false'),
    environment: fc.constantFrom('production', 'Production', undefined),
  })
  .map((claims) => ({ ...claims, namespace_path: claims.project_path.split('/')[0] ?? '' }))

const words = [
  ...branches,
  'v1',
  'v1.4.0',
  '.gitlab-ci.yml',
  'production',
  'staging',
  'acme',
  'evil',
  ...repositories,
  'refs/heads/main',
  'refs/tags/v1',
]
const patterns = [
  '*',
  '**',
  'release/*',
  'release/**',
  '**/1',
  '*/shop',
  'acme/*',
  'm?in',
  '*ain*',
  're*/*',
  'refs/**/main',
  'refs/*/v*',
]
const one = fc.oneof(
  fc.constantFrom(...words),
  fc.constantFrom(...patterns).map((glob) => ({ glob })),
)
const value = fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 3 }))
const version = fc.record(
  { prefix: fc.constantFrom('v', '', 'release/'), prerelease: fc.boolean() },
  { requiredKeys: [] },
)
const single = fc.oneof(
  { weight: 4, arbitrary: value },
  { weight: 2, arbitrary: value.map((not) => ({ not })) },
  fc.boolean().map((present) => ({ present })),
  version.map((semver) => ({ semver })),
)
const condition = fc.oneof(
  { weight: 4, arbitrary: single },
  fc.array(single, { minLength: 2, maxLength: 3 }).map((allOf) => ({ allOf })),
)
const file = fc.constantFrom('.github/workflows/deploy.yml', '.github/workflows/deploy.yml@refs/heads/main')
const eventCondition = fc.oneof(
  fc.constantFrom(...events, ...sources),
  fc.array(fc.constantFrom(...events, ...sources), { minLength: 1, maxLength: 3 }),
  fc.constantFrom('push', 'schedule').map((not) => ({ not })),
)
const conditions = {
  repository: condition,
  owner: condition,
  event: eventCondition,
  environment: condition,
  ref: condition,
  branch: condition,
  tag: condition,
  refProtected: fc.boolean(),
  workflowFile: fc.oneof(file, fc.array(file, { minLength: 1, maxLength: 2 }), condition),
} as const
// Few conditions per rule: with many, one nearly always fails.
const rules = fc
  .tuple(
    fc.constantFrom('github-actions' as const, 'gitlab' as const),
    fc.constantFrom('1', '2', ['1', '2']),
    fc.subarray(Object.keys(conditions) as (keyof typeof conditions)[], { maxLength: 2 }),
  )
  .chain(([provider, repositoryId, names]) =>
    fc
      .record(Object.fromEntries(names.map((name) => [name, conditions[name] as fc.Arbitrary<unknown>])))
      .map((chosen) => ({ provider, repositoryId, ...chosen })),
  )

const issuers = { 'github-actions': 'https://token.actions.githubusercontent.com', gitlab: 'https://gitlab.com' }

describe('a verdict is allowed exactly if the naive evaluator says so', () => {
  test.each([
    ['github-actions' as const, githubClaims, (claims: Claims) => github.mint({ aud: audience, ...claims })],
    ['gitlab' as const, gitlabClaims, (claims: Claims) => lab.mint({ aud: audience, ...claims })],
  ])('%s', async (provider, jobs, mint) => {
    let admitted = 0
    let impossible = 0
    await fc.assert(
      fc.asyncProperty(jobs, fc.array(rules, { minLength: 20, maxLength: 40 }), async (claims, list) => {
        const workload = (await verifier.verify(await mint(claims))) as AnyWorkload
        // All claims as issued: those of the fixture and the generated ones.
        const issued = workload.claims as Claims
        for (const given of list) {
          const json = { ...given, issuer: issuers[given.provider] } as unknown as RuleJson
          const rule = constructible(json)
          const expected = allowed(json, provider, issued)
          if (rule === 'impossible' && isPlain(given)) {
            impossible++
            expect({ json, allowed: expected }).toEqual({ json, allowed: false })
          }
          if (typeof rule !== 'object') continue
          if (expected) admitted++
          expect({ json, allowed: decide(rule, workload).allowed }).toEqual({ json, allowed: expected })
          // The JSON of a rule means the same as the rule.
          const again = parseRule(JSON.parse(JSON.stringify(rule)), [githubActions, gitlab])
          expect(decide(again, workload).allowed).toBe(expected)
        }
      }),
      { numRuns: 150, seed: 20_261_120 },
    )
    // Without any admitted job, the generators would prove nothing.
    expect(admitted).toBeGreaterThan(50)
    expect(impossible).toBeGreaterThan(40)
  })
})

/**
 * Invalid rules throw. Those on values that no job has are impossible; the others say nothing about
 * jobs.
 */
function constructible(json: RuleJson): TrustRule<AnyWorkload> | 'impossible' | undefined {
  try {
    return parseRule(json, [githubActions, gitlab])
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    if (/, not "|never matches|never begins/.test(error.message)) return 'impossible'
    if (/proves nothing|pattern|matched/.test(error.message)) return undefined
    throw error
  }
}

/** Whether each condition is a value or a pattern, of which none may be impossible. */
function isPlain(rule: object): boolean {
  return Object.values(rule).every((condition) => typeof condition !== 'object' || Object.hasOwn(condition, 'glob'))
}
