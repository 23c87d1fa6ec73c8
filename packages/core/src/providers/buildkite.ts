import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  organization_slug: 'name',
  pipeline_slug: 'name',
  build_number: 'number',
  build_branch: 'text', // for a fork's pull request: the fork's branch
  build_tag: 'text',
  build_commit: 'text',
  step_key: 'text|null',
  job_id: 'id',
  agent_id: 'id',
  build_source: ['ui', 'api', 'webhook', 'trigger_job', 'schedule', '*'],
  runner_environment: ['self-hosted', 'buildkite-hosted'],
  organization_id: 'id', // this and the rest only where the job asks for them
  pipeline_id: 'id',
  build_id: 'id',
  cluster_id: 'id',
  queue_id: 'id',
  cluster_name: 'text',
  queue_key: 'text',
  'agent_tag:*': 'text',
  // Tags that the job asks for, with the values of other claims.
  'https://aws.amazon.com/tags': { principal_tags: { '*': 'text[]' }, transitive_tag_keys: 'text[]' },
} as const
const requiredClaims = {
  organization_slug: 'rules pin it, and handlers store it',
  pipeline_slug: 'rules pin it, and handlers store it',
}

/** A git object id. A manual build may state `HEAD` instead, which names no commit. */
const objectId = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

const identity = {
  owner: 'organization_slug',
  ownerId: 'organization_id',
  pipeline: 'pipeline_slug',
  pipelineId: 'pipeline_id',
  commit: ({ build_commit: commit = '' }: { readonly build_commit?: string }): string | undefined =>
    objectId.test(commit) ? commit : undefined,
  runId: 'build_id',
  jobId: 'job_id',
  runner: ({
    runner_environment: runner,
  }: {
    readonly runner_environment?: string
  }): 'hosted' | 'self-hosted' | undefined =>
    runner === 'buildkite-hosted' ? 'hosted' : runner === 'self-hosted' ? 'self-hosted' : undefined,
  step: 'step_key',
} as const

/** A Buildkite job. */
export interface BuildkiteWorkload extends WorkloadOf<
  'buildkite',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Buildkite, with hosted and self-hosted agents. The immutable ids are in the token only where the
 * job asks for them: `buildkite-agent oidc request-token --claim organization_id,pipeline_id`.
 *
 * Source: https://buildkite.com/docs/agent/cli/reference/oidc
 *
 * @example
 * ```ts
 * buildkite({
 *   ownerId: '0188d2f4-1111-4222-8333-444455556666',
 *   pipelineId: '0188d2f4-7777-4888-9999-aaaabbbbcccc',
 * })
 * ```
 */
export const buildkite: Provider<BuildkiteWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'buildkite',
  title: 'Buildkite',
  issuer: 'https://agent.buildkite.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['owner', 'ownerId', 'pipelineId'],
  shapes: { ownerId: shape.uuid, pipelineId: shape.uuid },
  attackerControlled: ['build_branch', 'build_commit', 'step_key', 'https://aws.amazon.com/tags'],
  requires: { pipeline: ['owner', 'ownerId'] },
  defaultAudiences: ['https://buildkite.com/*'],
  lifetime: { usual: 300 },
  optInClaims: {
    ownerId: 'buildkite-agent oidc request-token --claim organization_id,pipeline_id',
    pipelineId: 'buildkite-agent oidc request-token --claim organization_id,pipeline_id',
    runId: 'buildkite-agent oidc request-token --claim build_id',
  },
  unsupported: {
    branch:
      "a fork's pull request has the fork's branch name in its token. Write claims: { build_branch: 'main' }, and turn on 'Prefix third-party fork branch names' in the pipeline's settings",
    ref: "a fork's pull request has the fork's branch name in its token. Write claims: { build_branch: 'main' }, and turn on 'Prefix third-party fork branch names' in the pipeline's settings",
    tag: "tokens name a tag in addition to a branch that proves nothing. Write claims: { build_tag: 'v1.0.0' }",
    event: "the source of a build does not show whose code it runs. Write claims: { build_source: 'schedule' }",
    repository: 'no claim names it: pin the pipeline, which has one repository',
  },
})
