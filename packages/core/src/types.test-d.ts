import type { CircleCIWorkload, GitHubActionsWorkload, GitLabWorkload } from '@jobpass/core/internal'
import {
  absent,
  allOf,
  anyEvent,
  circleci,
  createVerifier,
  decide,
  defineProvider,
  githubActions,
  gitlab,
  glob,
  not,
  parseRule,
  present,
  semver,
} from '@jobpass/core'
import type { DenyRule, TrustLookup, TrustRule, Verifier, WorkloadFrom, WorkloadIdentity } from '@jobpass/core'
import { describe, expectTypeOf, test } from 'vitest'

const org = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const audience = 'https://api.acme.dev'

// Nothing here runs. Lines that must not compile follow @ts-expect-error, which is itself an error
// where the line compiles.

describe('conditions have the shape of the workload', () => {
  test('conditions take fields, claims and operators', () => {
    githubActions({ repository: 'acme/shop', branch: 'main' })
    githubActions({ ownerId: ['1', '2'], branch: glob('release/*'), environment: not(['a', 'b']), tag: absent() })
    githubActions({ ownerId: '1', refProtected: true, runner: 'hosted', event: anyEvent(), enterpriseId: '7' })
    githubActions({
      ownerId: '1',
      claims: { sha: 'x', repo_property_tier: glob('g*'), event_name: 'push', workflow: present() },
    })
    githubActions({ ownerId: '1', where: (workload) => workload.branch === 'main' })
    gitlab({ ownerId: '1', environment: 'production', environmentProtected: true, claims: { runner_id: 7 } })
    circleci({ ownerId: org, contextIds: 'x', sshRerun: false, claims: { 'oidc.circleci.com/context-ids': ['x'] } })
    circleci({ ownerId: [org], repository: 'github.com/acme/shop', branch: 'main' })
  })

  test('conditions refuse misspelt fields', () => {
    // @ts-expect-error repository
    githubActions({ repostory: 'acme/shop' })
    // @ts-expect-error branch
    githubActions({ ownerId: '1', Branch: 'main' })
    // @ts-expect-error the raw name of a claim is not a field
    githubActions({ repository_id: '7' })
    // @ts-expect-error misspelt, after a valid condition
    gitlab({ ownerId: '1', refProtectd: true })
  })

  test('conditions refuse claims that have their own field or setting', () => {
    // @ts-expect-error registered claims have their own fields
    githubActions({ ownerId: '1', claims: { iss: 'https://x.example' } })
    // @ts-expect-error the audience is not a condition
    githubActions({ ownerId: '1', claims: { aud: 'x' } })
    // A claim that no table lists yet takes JSON values.
    circleci({ ownerId: org, claims: { 'oidc.circleci.com/vcs-sha': ['6f0c2d9b', 'a1b2c3d4'], attempt: 2 } })
    // @ts-expect-error not JSON
    circleci({ ownerId: org, claims: { 'oidc.circleci.com/vcs-sha': new Date() } })
    // @ts-expect-error null, for a claim that no table lists
    circleci({ ownerId: org, claims: { 'oidc.circleci.com/vcs-sha': null } })
  })

  test('conditions refuse values of the wrong type', () => {
    // @ts-expect-error ids are text
    githubActions({ ownerId: 1_234_567 })
    // @ts-expect-error in lists too
    githubActions({ ownerId: ['1', 2] })
    // @ts-expect-error flags are booleans
    githubActions({ ownerId: '1', refProtected: 'true' })
    // @ts-expect-error raw flags are text
    githubActions({ ownerId: '1', claims: { ref_protected: true } })
    // @ts-expect-error raw numbers are numbers
    gitlab({ ownerId: '1', claims: { runner_id: '7' } })
    // @ts-expect-error no regular expressions
    githubActions({ ownerId: '1', branch: /main/ })
    // @ts-expect-error a fixed set of values
    githubActions({ ownerId: '1', runner: 'github-hosted' })
    // @ts-expect-error where returns true or false
    githubActions({ ownerId: '1', where: () => 'yes' })
    // @ts-expect-error where must be synchronous
    githubActions({ ownerId: '1', where: async () => true })
  })

  test('conditions refuse missing values', () => {
    // @ts-expect-error undefined
    githubActions({ repositoryId: undefined })
    // @ts-expect-error null
    githubActions({ ownerId: null })
    // @ts-expect-error undefined in a list
    githubActions({ ownerId: '1', branch: [undefined] })
    // @ts-expect-error null for a claim
    githubActions({ ownerId: '1', claims: { sha: null } })
    // @ts-expect-error no conditions
    githubActions()
  })

  test('conditions refuse patterns where exact values are required', () => {
    // @ts-expect-error ids
    githubActions({ ownerId: glob('1*') })
    // @ts-expect-error ids
    githubActions({ ownerId: '1', repositoryId: not(glob('7*')) })
    // @ts-expect-error the subject
    githubActions({ ownerId: '1', subject: glob('repo:acme/*') })
    // @ts-expect-error a commit
    gitlab({ ownerId: '1', commit: glob('a*') })
    // @ts-expect-error the project of CircleCI
    circleci({ ownerId: org, projectId: glob('*') })
    // @ts-expect-error a flag
    githubActions({ ownerId: '1', refProtected: glob('t*') })
  })

  test('conditions take lists of values and patterns, several conditions, and versions', () => {
    githubActions({ ownerId: '1', branch: ['main', glob('release/*')] })
    githubActions({ ownerId: '1', branch: allOf(glob('release/*'), not(['release/next', glob('release/x*')])) })
    githubActions({ ownerId: allOf(['1', '2'], not('2')), tag: semver({ prerelease: true }) })
    githubActions({ ownerId: '1', workflowFile: '.github/workflows/release.yml' })
    // @ts-expect-error a pattern for an id
    githubActions({ ownerId: ['1', glob('2*')] })
    // @ts-expect-error a pattern for an id, in allOf()
    githubActions({ ownerId: '1', repositoryId: allOf(glob('7*'), not('71')) })
    // @ts-expect-error a version of an id
    githubActions({ ownerId: '1', repositoryId: semver() })
    // @ts-expect-error one condition
    allOf('main')
    // @ts-expect-error not() in a list
    githubActions({ ownerId: '1', branch: ['main', not('next')] })
  })

  test('conditions refuse operators in the wrong place', () => {
    // @ts-expect-error anyEvent() is only for `event`
    githubActions({ ownerId: '1', branch: anyEvent() })
    // @ts-expect-error not() in not()
    githubActions({ ownerId: '1', branch: not(not('main')) })
    // @ts-expect-error present() in not()
    githubActions({ ownerId: '1', branch: not(present()) })
    // @ts-expect-error an unknown operator
    githubActions({ ownerId: '1', branch: { startsWith: 'm' } })
  })

  test('conditions refuse fields that can only be read', () => {
    // @ts-expect-error a person
    githubActions({ ownerId: '1', actor: 'mara' })
    // @ts-expect-error a person's id
    githubActions({ ownerId: '1', actorId: '7' })
    // @ts-expect-error the issuer is the provider's
    githubActions({ ownerId: '1', issuer: 'https://x.example' })
    // @ts-expect-error the audience is the verifier's
    githubActions({ ownerId: '1', audience: 'x' })
    // @ts-expect-error derived
    githubActions({ ownerId: '1', repositoryKey: 'x' })
    // @ts-expect-error a time
    githubActions({ ownerId: '1', expiresAt: 1 })
  })

  test('conditions refuse fields that the provider never has', () => {
    // @ts-expect-error CircleCI has no environment
    circleci({ ownerId: org, environment: 'production' })
    // @ts-expect-error CircleCI has no event
    circleci({ ownerId: org, event: 'push' })
    // @ts-expect-error GitLab has no merge queue
    gitlab({ ownerId: '1', mergeQueue: 'main' })
    // @ts-expect-error GitLab has no enterprise
    gitlab({ enterprise: 'acme-inc' })
    // @ts-expect-error GitHub does not state whether environments are protected
    githubActions({ ownerId: '1', environmentProtected: true })
  })

  test('conditions refuse a workload', () => {
    const fromCaller = (workload: GitHubActionsWorkload): unknown =>
      // @ts-expect-error it would always match
      githubActions(workload)
    expectTypeOf(fromCaller).toBeFunction()
  })
})

describe('tenants of per-tenant issuers', () => {
  test('the tenant of CircleCI is required and exact', () => {
    // @ts-expect-error no owner
    circleci({ repository: 'github.com/acme/shop', branch: 'main' })
    // @ts-expect-error a pattern
    circleci({ ownerId: glob('*') })
    // @ts-expect-error a negation
    circleci({ ownerId: not(org) })
    // @ts-expect-error the shared issuer needs it too
    circleci.at('https://oidc.circleci.com')({ projectId: 'x' })
    // @ts-expect-error no look-ups where each tenant has an issuer
    circleci.lookup(() => undefined)
    circleci.deny({ sshRerun: true })
    circleci.at('https://oidc.circleci.com').lookup(() => undefined)
  })

  test('a bound provider cannot be bound again', () => {
    // @ts-expect-error .at() of .at()
    gitlab.at('https://a.example').at('https://b.example')
    // @ts-expect-error a secret is no option of an issuer
    gitlab.at('https://a.example', { secret: 'x' })
    // @ts-expect-error false is the default
    gitlab.at('https://a.example', { insecureLoopback: false })
  })
})

describe('options of a verifier', () => {
  const trust = githubActions({ ownerId: '1' })

  test('verifier options that are unknown, missing or misplaced are refused', () => {
    // @ts-expect-error no audience
    createVerifier({ trust })
    // @ts-expect-error no trust
    createVerifier({ audience })
    // @ts-expect-error a typo
    createVerifier({ audience, trust, clockTolerence: 5 })
    // @ts-expect-error no algorithm is chosen here
    createVerifier({ audience, trust, algorithms: ['HS256'] })
    // @ts-expect-error a provider that was not called
    createVerifier({ audience, trust: githubActions })
    // @ts-expect-error a deny rule does not trust
    createVerifier({ audience, trust: githubActions.deny({ ownerId: '1' }) })
    // @ts-expect-error a deny rule in a list
    createVerifier({ audience, trust: [trust, githubActions.deny({ ownerId: '1' })] })
    // @ts-expect-error a trust rule does not deny
    createVerifier({ audience, trust, deny: trust })
    // @ts-expect-error a look-up does not deny
    createVerifier({ audience, trust, deny: [githubActions.lookup(() => undefined)] })
    // @ts-expect-error a forged rule
    createVerifier({ audience, trust: { effect: 'allow' } })
    // @ts-expect-error another level
    createVerifier({ audience, trust, explain: 'all' })
    // @ts-expect-error undefined is not the same as leaving it out
    createVerifier({ audience: undefined, trust })
  })

  test('settings of rules are checked', () => {
    githubActions({ ownerId: '1' }, { audience: ['a'], multipleAudiences: true, maxTokenAge: 60, maxLifetime: 600 })
    // @ts-expect-error a typo
    githubActions({ ownerId: '1' }, { maxAge: 60 })
    // @ts-expect-error false is the default
    githubActions({ ownerId: '1' }, { multipleAudiences: false })
    // @ts-expect-error settings are not for deny rules
    githubActions.deny({ ownerId: '1' }, { maxTokenAge: 60 })
  })
})

describe('types of results', () => {
  test('the type of a rule has its workload', () => {
    expectTypeOf(githubActions({ ownerId: '1' })).toEqualTypeOf<TrustRule<GitHubActionsWorkload, undefined>>()
    expectTypeOf(gitlab.at('https://gitlab.acme.dev')({ ownerId: '1' })).toEqualTypeOf<
      TrustRule<GitLabWorkload, undefined>
    >()
    expectTypeOf(circleci.deny({ sshRerun: true })).toEqualTypeOf<DenyRule<CircleCIWorkload>>()
    expectTypeOf(githubActions.lookup(() => undefined)).toEqualTypeOf<TrustLookup<GitHubActionsWorkload>>()
    expectTypeOf<WorkloadFrom<typeof gitlab>>().toEqualTypeOf<GitLabWorkload>()
  })

  test('a verifier returns the workload of its rules', () => {
    const one = createVerifier({ audience, trust: githubActions({ ownerId: '1' }) })
    expectTypeOf(one).toEqualTypeOf<Verifier<GitHubActionsWorkload>>()
    const two = createVerifier({ audience, trust: [githubActions({ ownerId: '1' }), gitlab.lookup(() => undefined)] })
    expectTypeOf<typeof two.verify>().returns.resolves.toEqualTypeOf<GitHubActionsWorkload | GitLabWorkload>()
    const open = createVerifier({ audience, trust: gitlab({ ownerId: '1' }), optional: true })
    expectTypeOf<typeof open.authorize>().returns.resolves.toEqualTypeOf<GitLabWorkload | undefined>()
    expectTypeOf<typeof open.verify>().returns.resolves.toEqualTypeOf<GitLabWorkload>()
  })

  test('a workload is a union by provider', () => {
    const workload = {} as WorkloadIdentity
    expectTypeOf(workload.branch).toEqualTypeOf<string | undefined>()
    // @ts-expect-error not every provider has contexts
    void workload.contextIds
    if (workload.provider === 'circleci') {
      expectTypeOf(workload.contextIds).toEqualTypeOf<readonly string[] | undefined>()
      expectTypeOf(workload.environment).toEqualTypeOf<undefined>()
      expectTypeOf(workload.ownerId).toEqualTypeOf<string>()
      expectTypeOf(workload.claims['oidc.circleci.com/ssh-rerun']).toEqualTypeOf<boolean>()
    }
    if (workload.provider === 'github-actions') {
      expectTypeOf(workload.repositoryId).toEqualTypeOf<string>()
      expectTypeOf(workload.refProtected).toEqualTypeOf<boolean | undefined>()
      expectTypeOf(workload.claims.repository_owner_id).toEqualTypeOf<string>()
      expectTypeOf(workload.claims.sub).toEqualTypeOf<string>()
      // @ts-expect-error a claim that is not in the table is not there for types
      void workload.claims.repository_ownr
    }
  })

  test('a workload is read-only', () => {
    const workload = {} as GitHubActionsWorkload
    // @ts-expect-error read-only
    workload.branch = 'main'
    // @ts-expect-error read-only
    workload.claims.sha = 'x'
  })

  test('parseRule returns a rule of the given providers', () => {
    expectTypeOf(parseRule({}, [githubActions, gitlab])).toEqualTypeOf<
      TrustRule<GitHubActionsWorkload | GitLabWorkload>
    >()
  })

  test('decide takes rules and identities', () => {
    // @ts-expect-error a provider that was not called
    decide(githubActions, {} as WorkloadIdentity)
    // @ts-expect-error a copy of an identity
    decide(githubActions({ ownerId: '1' }), { provider: 'github-actions', repository: 'acme/shop' })
  })
})

describe('a provider with its own table', () => {
  const acme = defineProvider({
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://{team}.ci.acme.dev',
    shapes: { team: 'dns-label' },
    algorithms: ['ES256'],
    claims: {
      team: 'name',
      repo: 'name',
      ref: 'text',
      level: 'number',
      scopes: 'id[]',
      run: { uid: 'id', queue: 'text' },
    },
    requiredClaims: {
      team: 'the issuer is compared with it',
      repo: 'handlers store records under it',
      level: 'handlers rely on it',
      scopes: 'handlers rely on it',
      run: { uid: 'handlers store records under it' },
    },
    identity: {
      team: 'team',
      repository: 'repo',
      ref: 'ref',
      level: 'level',
      scopes: 'scopes',
      runId: ['run', 'uid'],
      branch: (claims) => {
        expectTypeOf(claims.repo).toEqualTypeOf<string>()
        expectTypeOf(claims.ref).toEqualTypeOf<string | undefined>()
        expectTypeOf(claims.sub).toEqualTypeOf<string>()
        return claims.ref
      },
    },
    pins: ['team'],
  })
  type Acme = WorkloadFrom<typeof acme>

  test('such a provider has its own fields, typed by its claims', () => {
    expectTypeOf<Acme['provider']>().toEqualTypeOf<'acme-ci'>()
    expectTypeOf<Acme['team']>().toEqualTypeOf<string>()
    expectTypeOf<Acme['level']>().toEqualTypeOf<string>()
    expectTypeOf<Acme['scopes']>().toEqualTypeOf<readonly string[]>()
    expectTypeOf<Acme['runId']>().toEqualTypeOf<string>()
    expectTypeOf<Acme['environment']>().toEqualTypeOf<undefined>()
    expectTypeOf<Acme['claims']['level']>().toEqualTypeOf<number>()
    acme({ team: 'blue', repository: glob('acme/*'), claims: { run: { uid: 'x' }, level: 3 } })
    // @ts-expect-error the template's tenant is required
    acme({ repository: 'acme/shop' })
    // @ts-expect-error nested claims are typed to the leaf
    acme({ team: 'blue', claims: { run: { uid: 7 } } })
    // @ts-expect-error a field it does not have
    acme({ team: 'blue', environment: 'x' })
  })

  test('without an issuer in the table, only .at() binds the provider', () => {
    const cluster = defineProvider({
      id: 'cluster',
      title: 'Cluster',
      algorithms: ['RS256'],
      claims: { 'kubernetes.io': { namespace: 'name' } },
      identity: { owner: ['kubernetes.io', 'namespace'] },
      pins: [],
    })
    cluster.at('https://k8s.acme.dev')({})
    cluster.at('https://k8s.acme.dev')({ claims: { 'kubernetes.io': { namespace: 'ci' } } })
    // @ts-expect-error an unbound provider is not callable
    cluster({ owner: 'ci' })
  })

  test('a table is checked against its own claims', () => {
    const rest = {
      id: 'x',
      title: 'X',
      issuer: 'https://x.example',
      algorithms: ['RS256'],
      claims: { a: 'id' },
    } as const
    // @ts-expect-error an unknown word
    defineProvider({ ...rest, claims: { a: 'string' }, identity: {}, pins: [] })
    // @ts-expect-error a field of a missing claim
    defineProvider({ ...rest, identity: { ownerId: 'b' }, pins: ['ownerId'] })
    // @ts-expect-error a pin that is not a field
    defineProvider({ ...rest, identity: { ownerId: 'a' }, pins: ['owner'] })
    // @ts-expect-error a reserved name
    defineProvider({ ...rest, identity: { ownerId: 'a', issuer: 'a' }, pins: ['ownerId'] })
    // @ts-expect-error an unknown key
    defineProvider({ ...rest, identity: { ownerId: 'a' }, pins: ['ownerId'], ordinay: [] })
    // @ts-expect-error a field function that does not return text
    defineProvider({ ...rest, identity: { ownerId: 'a', level: () => 7 }, pins: ['ownerId'] })
  })
})
