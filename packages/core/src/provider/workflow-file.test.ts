// The file of a run, as PyPI, crates.io and RubyGems compare it: repository, path, and the run's
// own ref or commit (https://docs.pypi.org/trusted-publishers/internals, and their sources).

import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { anyEvent } from '../rule/condition.ts'
import { createVerifier } from '../request/verifier.ts'
import { githubActions, gitlab } from '../providers/index.ts'

const audience = 'https://api.acme.dev'
const sha = '6f0c2d9b1e7a4c58d3b29f11a0c4e8d7b6a59310'
const other = '0a1b2c3d4e5f60718293a4b5c6d7e8f901234567'
const folder = 'acme/shop/.github/workflows'

const issuer = await createTestIssuer(githubActions)
const verifier = createVerifier({
  audience,
  trust: githubActions({ owner: 'acme', event: anyEvent() }),
  fetch: issuer.fetch,
})

interface Given {
  readonly workflow_ref?: string
  readonly job_workflow_ref?: string
  readonly ref?: string
  readonly event_name?: string
}

const filesOf = async (claims: Given): Promise<readonly [string | undefined, string | undefined]> => {
  const given = { repository: 'acme/shop', sha, ref: 'refs/heads/main', ...claims }
  const { workflowFile, jobWorkflowFile } = await verifier.verify(await issuer.mint({ aud: audience, ...given }))
  return [workflowFile, jobWorkflowFile]
}

const release = '.github/workflows/release.yml'

describe('the file of a run', () => {
  test.each<[string, string, string, string | undefined]>([
    ['of the run’s branch', `${folder}/release.yml@refs/heads/main`, 'refs/heads/main', release],
    ['of the run’s tag', `${folder}/release.yml@refs/tags/v1.4.0`, 'refs/tags/v1.4.0', release],
    ['of the run’s commit', `${folder}/release.yml@${sha}`, 'refs/heads/main', release],
    ['of the run’s commit, without a ref', `${folder}/release.yml@${sha}`, '', release],
    ['in a folder', `${folder}/ci/release.yml@refs/heads/main`, 'refs/heads/main', '.github/workflows/ci/release.yml'],
    [
      'with another ending',
      `${folder}/release.yaml@refs/heads/main`,
      'refs/heads/main',
      '.github/workflows/release.yaml',
    ],
    ['in other letters', `${folder}/Release.yml@refs/heads/main`, 'refs/heads/main', '.github/workflows/Release.yml'],
    ['of another branch', `${folder}/release.yml@refs/heads/dev`, 'refs/heads/main', undefined],
    ['of a longer branch', `${folder}/release.yml@refs/heads/main2`, 'refs/heads/main', undefined],
    ['of the tag called as the branch', `${folder}/release.yml@refs/tags/main`, 'refs/heads/main', undefined],
    ['of another commit', `${folder}/release.yml@${other}`, 'refs/heads/main', undefined],
    ['of a short commit', `${folder}/release.yml@${sha.slice(0, 7)}`, 'refs/heads/main', undefined],
    ['of no ref', `${folder}/release.yml`, 'refs/heads/main', undefined],
    ['of an empty ref', `${folder}/release.yml@`, '', undefined],
    ['of another repository', 'acme/docs/.github/workflows/release.yml@refs/heads/main', 'refs/heads/main', undefined],
    [
      'of a longer repository',
      'acme/shop2/.github/workflows/release.yml@refs/heads/main',
      'refs/heads/main',
      undefined,
    ],
    ['of another owner', 'evil/shop/.github/workflows/release.yml@refs/heads/main', 'refs/heads/main', undefined],
    [
      'of a repository in other letters',
      'Acme/Shop/.github/workflows/release.yml@refs/heads/main',
      'refs/heads/main',
      undefined,
    ],
    ['outside of the folder', 'acme/shop/release.yml@refs/heads/main', 'refs/heads/main', undefined],
    ['of an agent', 'acme/shop/dynamic/copilot-swe-agent/copilot@refs/heads/main', 'refs/heads/main', undefined],
    ['of a pull request', `${folder}/release.yml@refs/pull/7/merge`, 'refs/pull/7/merge', undefined],
    ['that is a folder', `${folder}/@refs/heads/main`, 'refs/heads/main', undefined],
    // Look-alikes: file names and refs may contain `@`.
    [
      'whose name contains the ref',
      `${folder}/release.yml@refs/heads/main.yml@refs/heads/x`,
      'refs/heads/x',
      '.github/workflows/release.yml@refs/heads/main.yml',
    ],
    [
      'of a branch whose name ends in the ref',
      `${folder}/release.yml@refs/heads/x@refs/heads/main`,
      'refs/heads/x@refs/heads/main',
      release,
    ],
    [
      'whose name contains a ref, of the branch at its end',
      `${folder}/release.yml@refs/heads/x@refs/heads/main`,
      'refs/heads/main',
      '.github/workflows/release.yml@refs/heads/x',
    ],
    ['of a branch that is called as a commit', `${folder}/release.yml@${sha}`, `refs/heads/${sha}`, release],
    ['of a branch with a slash', `${folder}/release.yml@refs/heads/release/1.x`, 'refs/heads/release/1.x', release],
  ])('%s', async (_, workflow, ref, path) => {
    const [workflowFile] = await filesOf({ workflow_ref: workflow, ref })
    expect(workflowFile).toBe(path)
    const [, jobWorkflowFile] = await filesOf({ job_workflow_ref: workflow, ref })
    // A file of another repository, on a branch or tag there, may be a reusable workflow.
    const reusable = /^[^/@]+\/[^/@]+\/\.github\/workflows\/[^/@]+(?=@refs\/(?:heads|tags)\/[^@]+$)/.exec(workflow)?.[0]
    expect(jobWorkflowFile).toBe(path ?? reusable)
  })

  test('a run without the claim has no file', async () => {
    const claims = { workflow_ref: undefined, job_workflow_ref: undefined } as unknown as Given
    expect(await filesOf(claims)).toEqual([undefined, undefined])
  })
})

describe('the file of a job in a reusable workflow', () => {
  test.each<[string, string, string | undefined]>([
    ['on a tag', 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4', 'acme/ci-kit/.github/workflows/release.yml'],
    [
      'on a branch',
      'acme/ci-kit/.github/workflows/release.yml@refs/heads/main',
      'acme/ci-kit/.github/workflows/release.yml',
    ],
    ['of the own repository on another tag', `${folder}/release.yml@refs/tags/v4`, `${folder}/release.yml`],
    // GitHub finds commits of forks in the parent repository.
    ['by a commit, which may be of a fork', `acme/ci-kit/.github/workflows/release.yml@${other}`, undefined],
    ['of a pull request', 'acme/ci-kit/.github/workflows/release.yml@refs/pull/7/merge', undefined],
    ['whose name contains a ref', 'acme/ci-kit/.github/workflows/a.yml@refs/heads/b.yml@refs/tags/v1', undefined],
    ['in no folder of workflows', 'acme/ci-kit/release.yml@refs/tags/v4', undefined],
    ['without its owner', 'ci-kit/.github/workflows/release.yml@refs/tags/v4', undefined],
  ])('%s', async (_, job, path) => {
    const [, jobWorkflowFile] = await filesOf({ job_workflow_ref: job })
    expect(jobWorkflowFile).toBe(path)
  })
})

describe('a rule on the file of a run, as a registry of packages has it', () => {
  const rule = githubActions({ repository: 'acme/shop', workflowFile: release })
  const allows = async (claims: Given): Promise<unknown> => {
    const token = await issuer.mint({ aud: audience, repository: 'acme/shop', sha, ref: 'refs/heads/main', ...claims })
    return verifier
      .guard(rule)(`Bearer ${token}`)
      .then(
        () => 'allowed',
        (error: { readonly code?: unknown }) => error.code,
      )
  }

  test.each<[string, Given, string]>([
    ['a push to main', { workflow_ref: `${folder}/release.yml@refs/heads/main` }, 'allowed'],
    ['a tag', { workflow_ref: `${folder}/release.yml@refs/tags/v1`, ref: 'refs/tags/v1' }, 'allowed'],
    [
      'a deployment by commit',
      { workflow_ref: `${folder}/release.yml@${sha}`, ref: '', event_name: 'deployment' },
      'allowed',
    ],
    [
      'a reusable workflow called by it',
      {
        workflow_ref: `${folder}/release.yml@refs/heads/main`,
        job_workflow_ref: `acme/ci-kit/.github/workflows/x.yml@${other}`,
      },
      'allowed',
    ],
    ['another file', { workflow_ref: `${folder}/test.yml@refs/heads/main` }, 'workload_forbidden'],
    ['the file of another branch', { workflow_ref: `${folder}/release.yml@refs/heads/x` }, 'workload_forbidden'],
    [
      'a pull request of a fork',
      { workflow_ref: `${folder}/release.yml@refs/pull/7/merge`, ref: 'refs/pull/7/merge', event_name: 'pull_request' },
      'workload_forbidden',
    ],
    [
      'pull_request_target, which strangers start',
      { workflow_ref: `${folder}/release.yml@refs/heads/main`, event_name: 'pull_request_target' },
      'workload_forbidden',
    ],
    [
      'a workflow that runs after another',
      { workflow_ref: `${folder}/release.yml@refs/heads/main`, event_name: 'workflow_run' },
      'workload_forbidden',
    ],
  ])('%s: %3$s', async (_, claims, outcome) => {
    expect(await allows(claims)).toBe(outcome)
  })
})

describe('the file of a pipeline at GitLab', async () => {
  const lab = await createTestIssuer(gitlab)
  const verifying = createVerifier({
    audience,
    trust: gitlab({ owner: 'acme', event: anyEvent() }),
    fetch: lab.fetch,
  })

  test.each<[string, Readonly<Record<string, unknown>>, string | undefined]>([
    ['of the branch', {}, '.gitlab-ci.yml'],
    ['in a folder', { ci_config_ref_uri: 'gitlab.com/acme/shop//ci/release.yml@refs/heads/main' }, 'ci/release.yml'],
    ['of another ref', { ci_config_ref_uri: 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/dev' }, undefined],
    ['of another project', { ci_config_ref_uri: 'gitlab.com/acme/docs//.gitlab-ci.yml@refs/heads/main' }, undefined],
    [
      'of another server',
      { ci_config_ref_uri: 'gitlab.evil.example/acme/shop//.gitlab-ci.yml@refs/heads/main' },
      undefined,
    ],
    ['of no file', { ci_config_ref_uri: null, ci_config_sha: null }, undefined],
    ['of a merge request', { pipeline_source: 'merge_request_event' }, undefined],
  ])('%s', async (_, claims, path) => {
    const given = { project_path: 'acme/shop', ref: 'main', ref_type: 'branch', ref_path: 'refs/heads/main', ...claims }
    expect((await verifying.verify(await lab.mint({ aud: audience, ...given }))).workflowFile).toBe(path)
  })
})
