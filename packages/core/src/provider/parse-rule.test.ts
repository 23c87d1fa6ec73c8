import {
  absent,
  anyEvent,
  circleci,
  defineProvider,
  githubActions,
  gitlab,
  glob,
  not,
  parseRule,
  present,
} from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { circleciOrganization as org, publicJwk } from '@jobpass/testing/internal'
import { compiledRule } from '../rule/make-rule.ts'

const all = [githubActions, gitlab, circleci] as const
const other = '11111111-2222-4333-8444-555555555555'
const github = 'https://token.actions.githubusercontent.com'

describe('lesson F14: JSON reads back as the same rule', () => {
  test.each<[{ toJSON(): unknown }]>([
    [githubActions({ ownerId: '1' })],
    [githubActions({ ownerId: '1', event: anyEvent() })],
    [
      githubActions({
        repository: glob('acme/*'),
        branch: ['main', 'next'],
        environment: not(['a', 'b']),
        tag: absent(),
      }),
    ],
    [githubActions({ ownerId: '1', refProtected: true, claims: { repo_property_tier: present() } })],
    [
      githubActions(
        { ownerId: '1' },
        { audience: ['https://a.example'], multipleAudiences: true, maxTokenAge: 60, maxLifetime: 300 },
      ),
    ],
    [githubActions({ ownerId: '1' }, { data: { projectId: 7, tags: ['a', null], live: true } })],
    [gitlab.at('https://gitlab.acme.dev')({ repositoryId: '7', environment: 'p', environmentProtected: true })],
    [circleci({ ownerId: org, repository: 'github.com/acme/shop', branch: 'main', sshRerun: false })],
    [circleci({ ownerId: [org, other] })],
    [circleci.at('https://oidc.circleci.com')({ ownerId: org })],
  ])('lesson F14: the rule %j survives JSON', (rule) => {
    const json = JSON.stringify(rule)
    const back = parseRule(JSON.parse(json), all)
    expect(JSON.stringify(back)).toBe(json)
    expect(
      compiledRule(back)?.checks.map(({ field, operator, expected, pin }) => [field, operator, expected, pin]),
    ).toEqual(compiledRule(rule)?.checks.map(({ field, operator, expected, pin }) => [field, operator, expected, pin]))
  })

  test('a rule from JSON has the keys and fetch of the given provider', () => {
    const issuer = 'https://git.acme.dev/_services/token'
    const bound = githubActions.at(issuer, { keys: [publicJwk] })
    const rule = parseRule({ provider: 'github-actions', issuer, ownerId: '1' }, [githubActions, bound])
    expect(compiledRule(rule)?.source?.keys).toHaveLength(1)
  })

  test('parseRule reads a rule of a provider without an issuer of its own', () => {
    const cluster = defineProvider({
      id: 'cluster',
      title: 'Cluster',
      algorithms: ['RS256'],
      claims: { ns: 'name' },
      identity: { owner: 'ns' },
      pins: [],
    })
    const json = { provider: 'cluster', issuer: 'https://k8s.acme.dev', owner: 'ci' }
    expect(parseRule(json, [cluster]).toJSON()).toEqual(json)
  })
})

describe('parseRule refuses', () => {
  test.each([
    ['nothing', undefined, 'is an object, not undefined'],
    ['null', null, 'is an object'],
    ['text', '{}', 'is an object'],
    ['a list', [], 'is an object'],
    ['no provider', { issuer: github, ownerId: '1' }, 'names the provider undefined'],
    [
      'an unknown provider',
      { provider: 'gitlabs', issuer: 'https://gitlab.com', ownerId: '1' },
      "did you mean 'gitlab'?",
    ],
    [
      'a provider that is a list',
      { provider: ['gitlab'], issuer: 'https://gitlab.com', ownerId: '1' },
      'names the provider',
    ],
    ['a deny rule', { provider: 'gitlab', issuer: 'https://gitlab.com', deny: true, ownerId: '1' }, 'is no trust rule'],
    ['deny: false too', { provider: 'gitlab', issuer: 'https://gitlab.com', deny: false, ownerId: '1' }, 'deny'],
    ['no issuer', { provider: 'gitlab', ownerId: '1' }, 'needs its issuer'],
    ['a null issuer', { provider: 'gitlab', issuer: null, ownerId: '1' }, 'issuer'],
    [
      'two issuers where there are no tenants',
      { provider: 'gitlab', issuer: ['https://gitlab.acme.dev', 'https://gitlab.other.dev'], ownerId: '1' },
      'needs its issuer, spelled as in iss',
    ],
    ['an empty list of issuers', { provider: 'gitlab', issuer: [], ownerId: '1' }, 'issuer'],
    [
      'two issuers for one',
      { provider: 'gitlab', issuer: ['https://gitlab.com', 'https://gitlab.com'], ownerId: '1' },
      'issuer',
    ],
    [
      'an issuer with a query',
      { provider: 'gitlab', issuer: 'https://gitlab.com?x', ownerId: '1' },
      '"https://gitlab.com"',
    ],
    ['an http issuer', { provider: 'gitlab', issuer: 'http://127.0.0.1:1', ownerId: '1' }, 'must be https:'],
    ['no pin', { provider: 'gitlab', issuer: 'https://gitlab.com', branch: 'main' }, 'must pin'],
    ['a null condition', { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: null }, "'ownerId' is null"],
    [
      'a null and a pin',
      { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1', branch: null },
      "'branch' is null",
    ],
    [
      'null in a list',
      { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: ['1', null] },
      'has null for a value',
    ],
    ['a number', { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: 1 }, "quote it, '1'"],
    [
      'where as text',
      { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1', where: 'true' },
      'where must be a function',
    ],
    ['null settings', { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1', settings: null }, 'settings'],
    [
      'unknown settings',
      { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1', settings: { x: 1 } },
      "has no 'x'",
    ],
    [
      'settings among the conditions',
      { provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1', audience: 'x' },
      "'audience'",
    ],
    [
      'a missing tenant',
      { provider: 'circleci', issuer: `https://oidc.circleci.com/org/${org}` },
      "'ownerId' is required",
    ],
    [
      'another tenant’s issuer',
      { provider: 'circleci', issuer: `https://oidc.circleci.com/org/${org}`, ownerId: other },
      'its conditions yield',
    ],
    [
      'a tenant too many',
      { provider: 'circleci', issuer: `https://oidc.circleci.com/org/${org}`, ownerId: [org, other] },
      'its conditions yield',
    ],
    [
      'a tenant too few',
      {
        provider: 'circleci',
        issuer: [`https://oidc.circleci.com/org/${org}`, `https://oidc.circleci.com/org/${other}`],
        ownerId: org,
      },
      'its conditions yield',
    ],
    [
      'one tenant in place of another',
      {
        provider: 'circleci',
        issuer: [`https://oidc.circleci.com/org/${org}`, `https://oidc.circleci.com/org/${other}`],
        ownerId: [org, '22222222-2222-4333-8444-555555555555'],
      },
      'its conditions yield',
    ],
    [
      'a tenant with dot segments',
      { provider: 'circleci', issuer: 'https://oidc.circleci.com/org/../x', ownerId: '../x' },
      'issuer',
    ],
  ])('parseRule refuses %s', (_, json, message) => {
    expect(() => parseRule(json, all)).toThrow(TypeError)
    expect(() => parseRule(json, all)).toThrow(message)
  })

  test('parseRule refuses an own member called __proto__ as an unknown condition', () => {
    const json: unknown = JSON.parse(
      `{"provider":"gitlab","issuer":"https://gitlab.com","ownerId":"1","__proto__":{"x":1}}`,
    )
    expect(() => parseRule(json, all)).toThrow("has no '__proto__'")
  })

  test('parseRule refuses an issuer to which none of the given providers is bound', () => {
    const bound = gitlab.at('https://gitlab.acme.dev')
    expect(() => parseRule({ provider: 'gitlab', issuer: 'https://gitlab.com', ownerId: '1' }, [bound])).toThrow(
      'but the given providers have: https://gitlab.acme.dev',
    )
  })

  test('parseRule ignores inherited members', () => {
    const json = Object.assign(
      Object.create(Object.assign(Object.create(null) as object, { ownerId: '1' })) as object,
      {
        provider: 'gitlab',
        issuer: 'https://gitlab.com',
      },
    )
    expect(() => parseRule(json, all)).toThrow(TypeError)
  })
})
