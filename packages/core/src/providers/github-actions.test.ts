import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import { anyEvent, createVerifier, decide, githubActions, glob } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { claimsWith, clockAt, codeOf, fetchKeys, githubPush, refusalOf, signToken } from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'

const server = githubActions.at('https://git.northpier.example/_services/token')
const enterprise = githubActions.at('https://token.actions.githubusercontent.com/aurora-holdings')
const dataResidency = githubActions.at('https://token.actions.aurora.ghe.com')
const owners = ['1234567', '48213377', '65']

const verifier = createVerifier({
  audience: ['https://api.acme.dev', 'https://registry.kelp.example', 'https://rotate.northpier.example'],
  trust: [githubActions, server, enterprise, dataResidency].map((at) => at({ ownerId: owners, event: anyEvent() })),
  fetch: fetchKeys(),
  // Late enough for every sample, and early enough for the shortest lifetime.
  clock: clockAt(1_795_166_150),
})
const identityOf = (claims: Claims): Promise<GitHubActionsWorkload> => verifier.verify(signToken(claims))

const tag = claimsWith(githubPush, {
  jti: 'd8a1c7c2-63f9-4a44-93b2-0c9a4be7a9a2',
  sub: 'repo:lumen-forge/kelp-cli:ref:refs/tags/v2.3.0',
  aud: 'https://registry.kelp.example',
  ref: 'refs/tags/v2.3.0',
  sha: 'a94d3c1f07e2b65890cd1e7f4b3a2d5c6e8f9012',
  repository: 'lumen-forge/kelp-cli',
  repository_owner: 'lumen-forge',
  repository_id: '611204957',
  repository_owner_id: '48213377',
  repository_visibility: 'public',
  enterprise: 'aurora-holdings',
  enterprise_id: '9127',
  run_id: '19870011223',
  run_number: '88',
  run_attempt: '2',
  actor: 'tomas-reyes',
  actor_id: '2290145',
  workflow: 'Release',
  ref_type: 'tag',
  workflow_ref: 'lumen-forge/kelp-cli/.github/workflows/release.yml@refs/tags/v2.3.0',
  workflow_sha: 'a94d3c1f07e2b65890cd1e7f4b3a2d5c6e8f9012',
  job_workflow_ref: 'lumen-forge/kelp-cli/.github/workflows/release.yml@refs/tags/v2.3.0',
  job_workflow_sha: 'a94d3c1f07e2b65890cd1e7f4b3a2d5c6e8f9012',
  check_run_id: '55100000017',
})

const pull = claimsWith(githubPush, {
  sub: 'repo:acme@1234567/shop@74205118:pull_request',
  ref: 'refs/pull/731/merge',
  sha: '1c2d3e4f5a6b7c8d9e0f11223344556677889900',
  run_number: '413',
  actor: 'jules-okafor',
  actor_id: '8814420',
  head_ref: 'feature/rate-limits',
  base_ref: 'main',
  event_name: 'pull_request',
  ref_protected: 'false',
  workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/pull/731/merge',
  job_workflow_ref: 'acme/shop/.github/workflows/ci.yml@refs/pull/731/merge',
})

const pullTarget = claimsWith(githubPush, {
  sub: 'repo:acme/shop:ref:refs/heads/main',
  actor: 'quill-otter',
  actor_id: '77120954',
  workflow: 'Label PRs',
  head_ref: 'main',
  base_ref: 'main',
  event_name: 'pull_request_target',
  workflow_ref: 'acme/shop/.github/workflows/label.yml@refs/heads/main',
  job_workflow_ref: 'acme/shop/.github/workflows/label.yml@refs/heads/main',
})

const deployment = claimsWith(githubPush, {
  sub: 'repo:acme@1234567/shop@74205118:environment:production',
  environment: 'production',
  enterprise: 'aurora-holdings',
  enterprise_id: '9127',
  workflow: 'Deploy',
  event_name: 'workflow_dispatch',
  workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
  job_workflow_ref: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4',
  job_workflow_sha: '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567',
  runner_environment: 'self-hosted',
  repo_property_tier: 'gold',
  repo_property_regions: 'eu-north-2,us-east',
  repo_property_pci: 'true',
})

const enterpriseServer: Claims = {
  jti: '91d0c2b4-1d42-4c0f-9d0e-1c63b0a6d001',
  sub: 'repo:ops/rotator:ref:refs/heads/main',
  aud: 'https://rotate.northpier.example',
  ref: 'refs/heads/main',
  sha: 'c0ffee00112233445566778899aabbccddeeff00',
  repository: 'ops/rotator',
  repository_owner: 'ops',
  repository_id: '74',
  repository_owner_id: '65',
  repository_visibility: 'internal',
  run_id: '9041',
  run_number: '3',
  run_attempt: '1',
  actor: 'svc-rel',
  actor_id: '12',
  workflow: 'rotate',
  head_ref: '',
  base_ref: '',
  event_name: 'schedule',
  ref_type: 'branch',
  workflow_ref: 'ops/rotator/.github/workflows/rotate.yml@refs/heads/main',
  workflow_sha: 'c0ffee00112233445566778899aabbccddeeff00',
  job_workflow_ref: 'ops/rotator/.github/workflows/rotate.yml@refs/heads/main',
  job_workflow_sha: 'c0ffee00112233445566778899aabbccddeeff00',
  runner_environment: 'self-hosted',
  iss: 'https://git.northpier.example/_services/token',
  nbf: 1_795_165_500,
  iat: 1_795_166_100,
  exp: 1_795_166_400,
}

const customSubject = claimsWith(githubPush, {
  sub: 'environment:production%3Aeu:repository_owner:acme',
  environment: 'production:eu',
  enterprise: 'aurora-holdings',
  enterprise_id: '9127',
  iss: 'https://token.actions.githubusercontent.com/aurora-holdings',
})

/** The identity without its claims, in full: fields that are not listed are absent. */
async function fieldsOf(claims: Claims): Promise<Record<string, unknown>> {
  const { claims: raw, ...fields } = await identityOf(claims)
  expect({ ...raw }).toEqual({ ...claims })
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

describe('documented GitHub Actions tokens', () => {
  test('a GitHub push to the default branch, with ids in its subject, is read', async () => {
    expect(await fieldsOf(githubPush)).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main',
      audience: 'https://api.acme.dev',
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_166_400,
      tokenId: '7d0c8f52-1f0e-4c55-9d3c-1de2b7f1a001',
      owner: 'acme',
      ownerId: '1234567',
      ownerKey: 'https://token.actions.githubusercontent.com#1234567',
      repository: 'acme/shop',
      repositoryId: '74205118',
      repositoryKey: 'https://token.actions.githubusercontent.com#74205118',
      ref: 'refs/heads/main',
      branch: 'main',
      refProtected: true,
      commit: '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310',
      event: 'push',
      workflow: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
      jobWorkflow: 'acme/shop/.github/workflows/ci.yml@refs/heads/main',
      workflowFile: '.github/workflows/ci.yml',
      jobWorkflowFile: '.github/workflows/ci.yml',
      runId: '19872285394',
      runAttempt: '1',
      runUrl: 'https://github.com/acme/shop/actions/runs/19872285394',
      jobId: '55102938475',
      actor: 'mara-holt',
      actorId: '5127733',
      runner: 'hosted',
    })
  })

  test('a GitHub push of a tag, with names in its subject, of an enterprise, is read', async () => {
    expect(await fieldsOf(tag)).toEqual({
      provider: 'github-actions',
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:lumen-forge/kelp-cli:ref:refs/tags/v2.3.0',
      audience: 'https://registry.kelp.example',
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_166_400,
      tokenId: 'd8a1c7c2-63f9-4a44-93b2-0c9a4be7a9a2',
      owner: 'lumen-forge',
      ownerId: '48213377',
      ownerKey: 'https://token.actions.githubusercontent.com#48213377',
      repository: 'lumen-forge/kelp-cli',
      repositoryId: '611204957',
      repositoryKey: 'https://token.actions.githubusercontent.com#611204957',
      enterprise: 'aurora-holdings',
      enterpriseId: '9127',
      ref: 'refs/tags/v2.3.0',
      tag: 'v2.3.0',
      refProtected: true,
      commit: 'a94d3c1f07e2b65890cd1e7f4b3a2d5c6e8f9012',
      event: 'push',
      workflow: 'lumen-forge/kelp-cli/.github/workflows/release.yml@refs/tags/v2.3.0',
      jobWorkflow: 'lumen-forge/kelp-cli/.github/workflows/release.yml@refs/tags/v2.3.0',
      workflowFile: '.github/workflows/release.yml',
      jobWorkflowFile: '.github/workflows/release.yml',
      runId: '19870011223',
      runAttempt: '2',
      runUrl: 'https://github.com/lumen-forge/kelp-cli/actions/runs/19870011223',
      jobId: '55100000017',
      actor: 'tomas-reyes',
      actorId: '2290145',
      runner: 'hosted',
    })
  })

  test('a GitHub pull request from a branch of the same repository is read', async () => {
    const fields = await fieldsOf(pull)
    expect(fields).toMatchObject({
      event: 'pull_request',
      ref: 'refs/pull/731/merge',
      pullRequest: '731',
      refProtected: false,
    })
    for (const name of ['branch', 'tag', 'mergeQueue']) expect(fields).not.toHaveProperty(name)
  })

  test('a GitHub pull_request_target, opened by an outsider, is read', async () => {
    const fields = await fieldsOf(pullTarget)
    expect(fields).toMatchObject({ event: 'pull_request_target', ref: 'refs/heads/main', actor: 'quill-otter' })
    for (const name of ['branch', 'tag', 'mergeQueue']) expect(fields).not.toHaveProperty(name)
  })

  test('a GitHub deployment to an environment by a shared workflow, with properties, is read', async () => {
    expect(await fieldsOf(deployment)).toMatchObject({
      environment: 'production',
      branch: 'main',
      event: 'workflow_dispatch',
      workflow: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
      jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4',
      runner: 'self-hosted',
      enterprise: 'aurora-holdings',
      enterpriseId: '9127',
    })
  })

  test('a token of GitHub Enterprise Server, without the newer claims, is read', async () => {
    const fields = await fieldsOf(enterpriseServer)
    expect(fields).toMatchObject({
      issuer: 'https://git.northpier.example/_services/token',
      ownerKey: 'https://git.northpier.example/_services/token#65',
      repositoryKey: 'https://git.northpier.example/_services/token#74',
      branch: 'main',
      event: 'schedule',
      runUrl: 'https://git.northpier.example/ops/rotator/actions/runs/9041',
    })
    for (const name of ['jobId', 'refProtected', 'environment']) expect(fields).not.toHaveProperty(name)
  })

  test('a token of an enterprise’s own GitHub issuer, with a subject template, is read', async () => {
    expect(await fieldsOf(customSubject)).toMatchObject({
      subject: 'environment:production%3Aeu:repository_owner:acme',
      environment: 'production:eu',
      runUrl: 'https://github.com/acme/shop/actions/runs/19872285394',
    })
  })

  test('a token of GitHub with data residency is read', async () => {
    expect(await fieldsOf(claimsWith(githubPush, { iss: 'https://token.actions.aurora.ghe.com' }))).toMatchObject({
      runUrl: 'https://aurora.ghe.com/acme/shop/actions/runs/19872285394',
    })
  })
})

describe('GitHub branch, tag, merge queue and pull request are present only where they are true', () => {
  const sha = '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310'
  const queue = `refs/heads/gh-readonly-queue/main/pr-731-${sha}`

  // event, ref, whether the event is trusted, the expected fields
  test.each<[string, string, boolean, Record<string, string>]>([
    ['push', 'refs/heads/main', true, { branch: 'main' }],
    ['push', 'refs/heads/feature/main', true, { branch: 'feature/main' }],
    ['push', 'refs/heads/refs/heads/main', true, { branch: 'refs/heads/main' }],
    ['push', 'refs/tags/v1', true, { tag: 'v1' }],
    ['push', 'refs/tags/refs/heads/main', true, { tag: 'refs/heads/main' }],
    ['push', 'refs/heads/v1.0.0', true, { branch: 'v1.0.0' }],
    ['push', queue, true, {}],
    ['pull_request', 'refs/pull/7/merge', false, { pullRequest: '7' }],
    ['pull_request', 'refs/heads/main', false, {}], // closed by merge: the ref is the base branch
    ['pull_request', 'refs/tags/v1', false, {}],
    ['pull_request_review', 'refs/pull/7/merge', false, { pullRequest: '7' }],
    ['pull_request_review_comment', 'refs/pull/7/merge', false, { pullRequest: '7' }],
    ['pull_request_target', 'refs/heads/main', false, {}],
    ['workflow_run', 'refs/heads/main', false, { branch: 'main' }],
    ['issue_comment', 'refs/heads/main', false, { branch: 'main' }],
    ['issues', 'refs/heads/main', false, { branch: 'main' }],
    ['discussion', 'refs/heads/main', false, { branch: 'main' }],
    ['fork', 'refs/heads/main', false, { branch: 'main' }],
    ['watch', 'refs/heads/main', false, { branch: 'main' }],
    ['gollum', 'refs/heads/main', false, { branch: 'main' }],
    ['label', 'refs/heads/main', false, { branch: 'main' }],
    ['dynamic', 'refs/heads/main', false, { branch: 'main' }],
    ['deployment_status', 'refs/heads/main', false, { branch: 'main' }],
    ['invented_tomorrow', 'refs/heads/main', false, { branch: 'main' }],
    ['PUSH', 'refs/heads/main', false, { branch: 'main' }],
    ['push ', 'refs/heads/main', false, { branch: 'main' }],
    ['merge_group', queue, true, { mergeQueue: 'main' }],
    ['merge_group', `refs/heads/gh-readonly-queue/release/v2/pr-1-${sha}`, true, { mergeQueue: 'release/v2' }],
    ['merge_group', 'refs/heads/main', true, {}],
    ['merge_group', 'refs/heads/gh-readonly-queue/main', true, {}],
    ['release', 'refs/tags/v1', true, { tag: 'v1' }],
    ['schedule', 'refs/heads/main', true, { branch: 'main' }],
    ['workflow_dispatch', 'refs/heads/poc', true, { branch: 'poc' }],
    ['workflow_dispatch', 'refs/tags/v1', true, { tag: 'v1' }],
    ['repository_dispatch', 'refs/heads/main', true, { branch: 'main' }],
    ['create', 'refs/heads/new', true, { branch: 'new' }],
    ['deployment', 'refs/heads/main', true, { branch: 'main' }],
    ['deployment', '', true, {}], // made from a bare commit
    ['push', 'refs/heads/', true, {}],
    ['push', 'refs/tags/', true, {}],
    ['push', 'main', true, {}],
    ['push', 'refs/pull/', true, {}],
    ['push', 'refs/remotes/origin/main', true, {}],
  ])('lesson G6: GitHub event %s on %j (trusted: %s)', async (event, ref, trusted, expected) => {
    const workload = await identityOf(claimsWith(githubPush, { event_name: event, ref, sub: 'custom:subject' }))
    const { branch, tag: name, mergeQueue, pullRequest } = workload
    const found = Object.fromEntries(
      Object.entries({ branch, tag: name, mergeQueue, pullRequest }).filter(([, value]) => value !== undefined),
    )
    expect(found).toEqual(expected)
    expect(workload.ref).toBe(ref === '' ? undefined : ref)
    expect(decide(githubActions({ ownerId: '1234567' }), workload).allowed).toBe(trusted)
    expect(decide(githubActions({ ownerId: '1234567', event }), workload).allowed).toBe(true)
  })
})

describe('GitHub near misses', () => {
  const rule = githubActions({ repository: 'acme/shop', branch: 'main' })
  const matches = async (changes: Claims, wanted = rule): Promise<boolean> =>
    decide(wanted, await identityOf(claimsWith(githubPush, { sub: 'custom:subject', ...changes }))).allowed

  test.each<[string, Claims, boolean]>([
    ['the same', {}, true],
    ['lesson F10: other letter case of the name', { repository: 'Acme/SHOP' }, true],
    ['attack B6: other letter case of the branch', { ref: 'refs/heads/Main' }, false],
    ['attack B2: a sibling', { repository: 'acme/shop-playground' }, false],
    ['a beginning', { repository: 'acme/sho' }, false],
    ['attack B1: a look-alike owner', { repository: 'acme-evil/shop', repository_owner: 'acme-evil' }, false],
    ['an owner in front', { repository: 'x/acme/shop' }, false],
    ['attack C6: the end of a branch', { ref: 'refs/heads/feature/main' }, false],
    ['attack C6: a tag of that name', { ref: 'refs/tags/main', ref_type: 'tag' }, false],
    ['a longer branch', { ref: 'refs/heads/main2' }, false],
    ['a letter that folds by Unicode only', { repository: 'acme/\u017Fhop' }, false],
    ['a trailing space', { repository: 'acme/shop ' }, false],
    ['no ref', { ref: '' }, false],
    ['attack C7: a fork’s branch of that name', { ...pull, sub: 'x', head_ref: 'main' }, false],
  ])('%s: a GitHub rule does not admit %j', async (_, changes, expected) => {
    expect(await matches(changes)).toBe(expected)
  })

  test('attack B3: a GitHub name that was taken over has another id', async () => {
    const byId = githubActions({ repositoryId: '74205118' })
    expect(await matches({ repository_id: '99999999' }, byId)).toBe(false)
    expect(await matches({ repository: 'acme/renamed' }, byId)).toBe(true)
  })

  test('attack B5: one GitHub rule by id takes both forms of the subject', async () => {
    const byId = githubActions({ repositoryId: '74205118', branch: 'main' })
    for (const sub of [githubPush['sub'], 'repo:acme/shop:ref:refs/heads/main'])
      expect(await matches({ sub }, byId)).toBe(true)
  })

  test('attack E5: a GitHub property is compared whole, not by its beginning', async () => {
    const region = (value: string): Promise<boolean> =>
      matches(
        { repo_property_region: value },
        githubActions({ ownerId: '1234567', claims: { repo_property_region: 'eu-north' } }),
      )
    expect(await region('eu-north')).toBe(true)
    expect(await region('eu-north-2')).toBe(false)
    expect(await region('eu-north,us-east')).toBe(false)
  })

  test('GitHub environments compare without letter case, and absent ones never match', async () => {
    const production = githubActions({ ownerId: '1234567', environment: 'production' })
    expect(await matches({ environment: 'Production' }, production)).toBe(true)
    expect(await matches({}, production)).toBe(false)
    expect(await matches({ environment: '' }, githubActions({ ownerId: '1234567', environment: glob('**') }))).toBe(
      false,
    )
  })
})

describe('lesson G3: a GitHub subject with ids must agree with the claims', () => {
  test.each([
    ['the owner', { sub: 'repo:acme@666/shop@74205118:ref:refs/heads/main' }],
    ['the repository', { sub: 'repo:acme@1234567/shop@666:ref:refs/heads/main' }],
    ['both', { sub: 'repo:acme@666/shop@667:pull_request' }],
    ['the claims', { repository_id: '666' }],
    ['the owner’s claim', { repository_owner_id: '48213377' }],
    ['a subject that ends behind the ids', { sub: 'repo:acme@666/shop@74205118' }],
    ['ids with a leading zero', { sub: 'repo:acme@01234567/shop@74205118:x' }],
  ])('lesson G3: a GitHub token in which %s differs is refused', async (_, changes) => {
    const error = await refusalOf(verifier.verify(signToken(claimsWith(githubPush, changes))))
    expect(error).toMatchObject({ code: 'claims_invalid', problem: { claim: 'sub' } })
  })

  test.each([
    'repo:acme/shop:ref:refs/heads/main',
    'repo:acme@1234567/shop@74205118:environment:production',
    'repo:acme-1234567/shop-74205118:ref:refs/heads/main', // lesson G2: names, with dashes and digits
    'repository_id:74205118',
    'job_workflow_ref:acme/ci-kit/.github/workflows/release.yml@refs/tags/v4',
    'environment:repo%3Aacme@666/shop@667%3Aref:repository_owner:acme',
    'anything',
  ])('lesson G2: a GitHub subject like %s is not interpreted', async (sub) => {
    expect(await codeOf(verifier.verify(signToken(claimsWith(githubPush, { sub }))))).toBe('allowed')
  })
})

describe('lesson G11: the required claims of GitHub', () => {
  test.each(['repository', 'repository_id', 'repository_owner', 'repository_owner_id', 'event_name', 'run_id'])(
    'lesson G11: a GitHub token without %s, or in which it is not text, is refused',
    async (claim) => {
      for (const value of [undefined, '', null, 7, ['x'], {}, true]) {
        const error = await refusalOf(verifier.verify(signToken(claimsWith(githubPush, { [claim]: value }))))
        expect(error).toMatchObject({ code: 'claims_invalid', problem: { claim } })
      }
    },
  )

  test.each([
    'ref',
    'sha',
    'environment',
    'job_workflow_ref',
    'check_run_id',
    'ref_protected',
    'enterprise',
    'head_ref',
    'repo_property_x',
  ])('a GitHub token without %s is taken, and one in which it has another type is refused', async (claim) => {
    for (const value of [undefined, '', null]) {
      expect(await codeOf(verifier.verify(signToken(claimsWith(githubPush, { [claim]: value }))))).toBe('allowed')
    }
    for (const value of [7, true, {}, [], ['x']]) {
      expect(await codeOf(verifier.verify(signToken(claimsWith(githubPush, { [claim]: value }))))).toBe(
        'claims_invalid',
      )
    }
  })

  test('unknown claims of GitHub are kept', async () => {
    const { claims } = await identityOf(claimsWith(githubPush, { new_in_2027: { a: [1] } }))
    expect((claims as unknown as Record<string, unknown>)['new_in_2027']).toEqual({ a: [1] })
  })
})
