import type { GitLabWorkload } from '@jobpass/core/internal'
import { createVerifier, decide, gitlab } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import {
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  gitlabPush,
  now,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
import type { Claims } from '@jobpass/testing/internal'

const selfManaged = gitlab.at('https://git.ferry.example')
const sources = [
  'push',
  'web',
  'schedule',
  'api',
  'trigger',
  'pipeline',
  'merge_request_event',
  'parent_pipeline',
  'external',
  'external_pull_request_event',
  'chat',
  'webide',
  'ondemand_dast_scan',
  'security_orchestration_policy',
  'unknown',
]
const open = { ownerId: ['99', '33019922', '72'], event: sources }

const verifier = createVerifier({
  audience: 'https://api.acme.dev',
  trust: [gitlab(open, { multipleAudiences: true }), selfManaged(open)],
  fetch: fetchKeys(),
  clock: clockAt(now),
})
const identityOf = (claims: Claims): Promise<GitLabWorkload> => verifier.verify(signToken(claims))

const tag = claimsWith(gitlabPush, {
  pipeline_id: '1790023399',
  job_id: '9911223501',
  ref: 'v3.1.0',
  ref_type: 'tag',
  ref_path: 'refs/tags/v3.1.0',
  sha: '77aa0c1b2a3e4d5c6b7a8899aabbccddeeff7788',
  ci_config_ref_uri: 'gitlab.com/acme/platform/shop//.gitlab-ci.yml@refs/tags/v3.1.0',
  ci_config_sha: '77aa0c1b2a3e4d5c6b7a8899aabbccddeeff7788',
  jti: '6a2bb6ce-9a43-43f3-9d9d-3b8b2f9f1d10',
  sub: 'project_id:48120077:ref_type:tag:ref:v3.1.0',
  aud: ['https://api.acme.dev', 'https://registry.acme.dev'],
})

const mergeRequest = claimsWith(gitlabPush, {
  user_id: '2100456',
  user_login: 'odd.lind',
  user_access_level: 'developer',
  pipeline_source: 'merge_request_event',
  ref: 'retry-budget',
  ref_path: 'refs/heads/retry-budget',
  ref_protected: 'false',
  job_source: 'merge_request_event',
  sub: 'project_path:acme/platform/shop:ref_type:branch:ref:retry-budget',
})

/**
 * An outsider's fork with a branch called main, whose pipeline a member started in the parent
 * project.
 */
const fork = claimsWith(gitlabPush, {
  namespace_id: '33019922',
  namespace_path: 'quillotter',
  project_id: '60771234',
  project_path: 'quillotter/shop',
  user_id: '2100456',
  user_login: 'odd.lind',
  user_access_level: null,
  pipeline_source: 'merge_request_event',
  ref_protected: 'false',
  sha: 'feedface0123456789abcdef0123456789abcdef',
  job_source: 'merge_request_event',
  sub: 'project_path:quillotter/shop:ref_type:branch:ref:main',
})

const deployment: Claims = {
  namespace_id: '72',
  namespace_path: 'ferry',
  project_id: '20',
  project_path: 'ferry/booking',
  job_namespace_id: '72',
  job_namespace_path: 'ferry',
  job_project_id: '20',
  job_project_path: 'ferry/booking',
  user_id: '41',
  user_login: 'release-bot',
  user_email: 'bot@ferry.example',
  user_access_level: 'maintainer',
  pipeline_id: '5741',
  pipeline_source: 'web',
  job_id: '30298',
  ref: 'main',
  ref_type: 'branch',
  ref_path: 'refs/heads/main',
  ref_protected: 'true',
  environment: 'production/eu',
  environment_protected: 'true',
  deployment_tier: 'production',
  environment_action: 'start',
  runner_id: 7,
  runner_environment: 'self-hosted',
  sha: '99aa88bb77cc66dd55ee44ff33aa22bb11cc00dd',
  project_visibility: 'internal',
  ci_config_ref_uri: 'git.ferry.example/ferry/booking//.gitlab-ci.yml@refs/heads/main',
  ci_config_sha: '99aa88bb77cc66dd55ee44ff33aa22bb11cc00dd',
  job_source: 'web',
  jti: '1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9',
  iss: 'https://git.ferry.example',
  iat: 1_795_166_100,
  nbf: 1_795_166_095,
  exp: 1_795_173_300,
  sub: 'project_path:ferry/booking:ref_type:branch:ref:main',
  aud: 'https://api.acme.dev',
}

const child = claimsWith(gitlabPush, {
  pipeline_source: 'parent_pipeline',
  ci_config_ref_uri: null,
  ci_config_sha: null,
  job_source: 'parent_pipeline',
})

const injected = claimsWith(gitlabPush, {
  job_source: 'pipeline_execution_policy',
  job_config: { url: 'https://gitlab.com/acme/guardrails/-/blob/4d1f70c8/policy.yml', sha: '4d1f70c8' },
})

async function fieldsOf(claims: Claims): Promise<Record<string, unknown>> {
  const { claims: raw, ...fields } = await identityOf(claims)
  expect(JSON.parse(JSON.stringify(raw))).toEqual(claims)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

describe('documented GitLab tokens', () => {
  test('a GitLab push to protected main is read', async () => {
    expect(await fieldsOf(gitlabPush)).toEqual({
      provider: 'gitlab',
      issuer: 'https://gitlab.com',
      subject: 'project_path:acme/platform/shop:ref_type:branch:ref:main',
      audience: 'https://api.acme.dev',
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_169_700,
      tokenId: '0f3b0a1e-2f5b-4f3c-8a6f-1d2e3c4b5a69',
      owner: 'acme/platform',
      ownerId: '99',
      ownerKey: 'https://gitlab.com#99',
      repository: 'acme/platform/shop',
      repositoryId: '48120077',
      repositoryKey: 'https://gitlab.com#48120077',
      ref: 'refs/heads/main',
      branch: 'main',
      refProtected: true,
      commit: '5d9f0c1b2a3e4d5c6b7a8899aabbccddeeff0011',
      event: 'push',
      workflow: 'gitlab.com/acme/platform/shop//.gitlab-ci.yml@refs/heads/main',
      workflowFile: '.gitlab-ci.yml',
      runId: '1790023311',
      runUrl: 'https://gitlab.com/acme/platform/shop/-/pipelines/1790023311',
      jobId: '9911223344',
      actor: 'ines.vale',
      actorId: '1209844',
      runner: 'hosted',
    })
  })

  test('a GitLab tag run, with its subject by id and two audiences, is read', async () => {
    const fields = await fieldsOf(tag)
    expect(fields).toMatchObject({
      audience: 'https://api.acme.dev',
      subject: 'project_id:48120077:ref_type:tag:ref:v3.1.0',
      ref: 'refs/tags/v3.1.0',
      tag: 'v3.1.0',
    })
    expect(fields).not.toHaveProperty('branch')
  })

  test('a GitLab merge request within the project is read', async () => {
    const fields = await fieldsOf(mergeRequest)
    expect(fields).toMatchObject({ event: 'merge_request_event', ref: 'refs/heads/retry-budget', refProtected: false })
    expect(fields).not.toHaveProperty('branch')
    expect(fields).not.toHaveProperty('tag')
  })

  test('a GitLab merge request of a fork, run in the parent project, is read', async () => {
    const fields = await fieldsOf(fork)
    expect(fields).toMatchObject({ repository: 'quillotter/shop', repositoryId: '60771234', owner: 'quillotter' })
    expect(fields).not.toHaveProperty('branch')
  })

  test('a deployment to a protected environment of a self-managed GitLab server is read', async () => {
    expect(await fieldsOf(deployment)).toEqual({
      provider: 'gitlab',
      issuer: 'https://git.ferry.example',
      subject: 'project_path:ferry/booking:ref_type:branch:ref:main',
      audience: 'https://api.acme.dev',
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_173_300,
      tokenId: '1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9',
      owner: 'ferry',
      ownerId: '72',
      ownerKey: 'https://git.ferry.example#72',
      repository: 'ferry/booking',
      repositoryId: '20',
      repositoryKey: 'https://git.ferry.example#20',
      ref: 'refs/heads/main',
      branch: 'main',
      refProtected: true,
      commit: '99aa88bb77cc66dd55ee44ff33aa22bb11cc00dd',
      environment: 'production/eu',
      environmentProtected: true,
      event: 'web',
      workflow: 'git.ferry.example/ferry/booking//.gitlab-ci.yml@refs/heads/main',
      workflowFile: '.gitlab-ci.yml',
      runId: '5741',
      runUrl: 'https://git.ferry.example/ferry/booking/-/pipelines/5741',
      jobId: '30298',
      actor: 'release-bot',
      actorId: '41',
      runner: 'self-hosted',
    })
  })

  test('a GitLab child pipeline, whose definition is not a file of the project, is read', async () => {
    const fields = await fieldsOf(child)
    expect(fields).toMatchObject({ event: 'parent_pipeline' })
    expect(fields).not.toHaveProperty('workflow')
    expect(fields).not.toHaveProperty('branch') // its parent may be a merge request's
  })

  test('a GitLab job that a policy added is read', async () => {
    expect(await fieldsOf(injected)).toMatchObject({ branch: 'main' })
  })
})

describe('lesson G6: GitLab pipeline sources', () => {
  test.each<[string, boolean]>([
    ['push', true],
    ['web', true],
    ['schedule', true],
    ['api', true],
    ['trigger', true],
    ['pipeline', true],
    ['merge_request_event', false],
    ['parent_pipeline', false],
    ['external', false],
    ['external_pull_request_event', false],
    ['chat', false],
    ['webide', false],
    ['ondemand_dast_scan', false],
    ['security_orchestration_policy', false],
    ['unknown', false],
  ])('lesson G6: the GitLab source %s is trusted: %s', async (source, trusted) => {
    const workload = await identityOf(claimsWith(gitlabPush, { pipeline_source: source }))
    expect(workload.branch).toBe(trusted ? 'main' : undefined)
    expect(workload.ref).toBe('refs/heads/main')
    expect(decide(gitlab({ ownerId: '99' }), workload).allowed).toBe(trusted)
    expect(decide(gitlab({ ownerId: '99', event: source }), workload).allowed).toBe(true)
  })
})

describe('GitLab branch and tag are present only where they are true', () => {
  test.each<[string, Claims, string | undefined, string | undefined]>([
    ['a branch', {}, 'main', undefined],
    ['a branch of an older server', { ref_path: undefined, job_project_id: undefined }, 'main', undefined],
    ['a tag of an older server', { ref: 'v1', ref_type: 'tag', ref_path: undefined }, undefined, 'v1'],
    ['attack C6: a branch named like a tag', { ref: 'v1.0.0', ref_path: 'refs/heads/v1.0.0' }, 'v1.0.0', undefined],
    ['a branch with slashes', { ref: 'a/b', ref_path: 'refs/heads/a/b' }, 'a/b', undefined],
    ['a ref that contradicts its path', { ref: 'main', ref_path: 'refs/heads/evil' }, undefined, undefined],
    ['a branch whose path is a tag’s', { ref_path: 'refs/tags/main' }, undefined, undefined],
    ['a merge request’s ref', { ref_path: 'refs/merge-requests/7/head' }, undefined, undefined],
    ['a third type of ref', { ref_type: 'merge_request', ref_path: undefined }, undefined, undefined],
    ['attack D2: another project’s code', { job_project_id: '1' }, undefined, undefined],
  ])('GitLab branch and tag: %s', async (_, changes, branch, name) => {
    const workload = await identityOf(claimsWith(gitlabPush, changes))
    expect([workload.branch, workload.tag]).toEqual([branch, name])
  })

  test('the GitLab ref is always complete', async () => {
    expect((await identityOf(claimsWith(gitlabPush, { ref_path: undefined }))).ref).toBe('refs/heads/main')
    expect((await identityOf(claimsWith(tag, { ref_path: undefined }))).ref).toBe('refs/tags/v3.1.0')
  })
})

describe('GitLab near misses', () => {
  const matches = async (rule: Parameters<typeof decide>[0], claims: Claims): Promise<boolean> =>
    decide(rule, await identityOf(claims)).allowed

  test('lesson G9: a GitLab group is compared whole, with its sub-groups', async () => {
    expect(await matches(gitlab({ owner: 'acme/platform' }), gitlabPush)).toBe(true)
    expect(await matches(gitlab({ owner: 'ACME/Platform' }), gitlabPush)).toBe(true)
    expect(await matches(gitlab({ owner: 'acme' }), gitlabPush)).toBe(false)
    expect(await matches(gitlab({ owner: 'platform' }), gitlabPush)).toBe(false)
  })

  test('attack E4: GitLab protection is the boolean of the text "true"', async () => {
    const rule = gitlab({ ownerId: '99', branch: 'main', refProtected: true })
    expect(await matches(rule, gitlabPush)).toBe(true)
    expect(await matches(rule, claimsWith(gitlabPush, { ref_protected: 'false' }))).toBe(false)
    expect(await matches(rule, claimsWith(gitlabPush, { ref_protected: '' }))).toBe(false)
    expect(await matches(rule, claimsWith(gitlabPush, { ref_protected: undefined }))).toBe(false)
    for (const value of [true, 1, 'True', 'yes']) {
      const error = await refusalOf(verifier.verify(signToken(claimsWith(gitlabPush, { ref_protected: value }))))
      expect(error).toMatchObject({ code: 'claims_invalid', problem: { claim: 'ref_protected' } })
    }
  })

  test('attack C4: a protected environment of GitLab', async () => {
    const rule = selfManaged({ repositoryId: '20', environment: 'production/eu', environmentProtected: true })
    expect(await matches(rule, deployment)).toBe(true)
    expect(await matches(rule, claimsWith(deployment, { environment_protected: 'false' }))).toBe(false)
    expect(await matches(rule, claimsWith(deployment, { environment_protected: undefined }))).toBe(false)
    expect(await matches(rule, claimsWith(deployment, { environment: 'production' }))).toBe(false)
    expect(await matches(rule, claimsWith(deployment, { pipeline_source: 'merge_request_event' }))).toBe(false)
  })

  test('attack D1: a GitLab fork’s merge request as servers below 18.2.2 described it', async () => {
    const old = claimsWith(gitlabPush, {
      pipeline_source: 'merge_request_event',
      ref_protected: 'false',
      job_project_id: undefined,
    })
    expect(await matches(gitlab({ repositoryId: '48120077', ref: 'refs/heads/main' }), old)).toBe(false)
    expect(await matches(gitlab({ repositoryId: '48120077', branch: 'main' }), old)).toBe(false)
  })

  test('a GitLab group of a person is compared whole', async () => {
    const rule = gitlab({ ownerId: '99', claims: { groups_direct: 'acme/ops' } })
    expect(await matches(rule, claimsWith(gitlabPush, { groups_direct: ['acme/dev', 'Acme/Ops'] }))).toBe(true)
    expect(await matches(rule, claimsWith(gitlabPush, { groups_direct: ['acme/ops-guests'] }))).toBe(false)
    expect(await matches(rule, claimsWith(gitlabPush, { groups_direct: [] }))).toBe(false)
    expect(await matches(rule, gitlabPush)).toBe(false)
  })

  test('lesson F4: the number of a GitLab runner is a number', async () => {
    expect(await matches(gitlab({ ownerId: '99', claims: { runner_id: 12_270_852 } }), gitlabPush)).toBe(true)
    const error = await refusalOf(verifier.verify(signToken(claimsWith(gitlabPush, { runner_id: '12270852' }))))
    expect(error.problem.claim).toBe('runner_id')
  })
})

describe('lesson G11: the required claims of GitLab', () => {
  test.each(['job_id', 'pipeline_id', 'project_id', 'project_path', 'namespace_id'])(
    'lesson G11: a GitLab token without %s is refused',
    async (claim) => {
      for (const value of [undefined, '', null, 7]) {
        const error = await refusalOf(verifier.verify(signToken(claimsWith(gitlabPush, { [claim]: value }))))
        expect(error).toMatchObject({ code: 'claims_invalid', problem: { claim } })
      }
    },
  )

  test('attack A5: a person’s login token of the same GitLab issuer is not a job’s', async () => {
    const login = {
      iss: 'https://gitlab.com',
      sub: '1209844',
      aud: 'https://api.acme.dev',
      iat: now,
      exp: now + 120,
      auth_time: now,
      sub_legacy: 'abc',
      name: 'Ines Vale',
      nickname: 'ines.vale',
      groups_direct: ['acme/platform'],
    }
    expect(await codeOf(verifier.verify(signToken(login)))).toBe('claims_invalid')
  })

  test('GitLab tokens of old generations are refused', async () => {
    expect(await codeOf(verifier.verify(signToken(claimsWith(gitlabPush, { iss: 'gitlab.com', sub: 'job_1' }))))).toBe(
      'issuer_untrusted',
    )
    expect(await codeOf(verifier.verify(signToken(claimsWith(gitlabPush, { aud: undefined }))))).toBe(
      'audience_mismatch',
    )
  })
})
