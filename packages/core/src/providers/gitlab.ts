import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import { fileAtOwnRef } from '../provider/workflow-file.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  namespace_id: 'id',
  namespace_path: 'name',
  project_id: 'id', // of the source project in a fork's merge-request pipeline
  project_path: 'name',
  job_namespace_id: 'id',
  job_namespace_path: 'name',
  job_project_id: 'id', // of the project where the job runs; from 18.4
  job_project_path: 'name',
  user_id: 'id',
  user_login: 'text|null',
  user_email: 'text|null',
  user_access_level: 'text|null',
  user_identities: [{ provider: 'text', extern_uid: 'text' }], // where the user shares them
  groups_direct: 'name[]',
  pipeline_id: 'id', // a person's login token of the same issuer has neither this nor a job
  job_id: 'id',
  pipeline_source: [
    'push',
    'web',
    'schedule',
    'api',
    'trigger',
    'pipeline',
    'merge_request_event',
    'parent_pipeline',
    '*',
  ],
  job_source: 'text',
  ref: 'text',
  ref_type: ['branch', 'tag'],
  ref_path: 'text',
  ref_protected: 'flag',
  sha: 'id',
  environment: 'text',
  environment_protected: 'flag',
  deployment_tier: 'text',
  environment_action: 'text',
  runner_id: 'number',
  runner_environment: ['gitlab-hosted', 'self-hosted'],
  project_visibility: ['private', 'internal', 'public'],
  ci_config_ref_uri: 'text|null', // null when the definition is not a file of the project
  ci_config_sha: 'id|null',
  target_audience: 'text|null',
} as const
const requiredClaims = {
  namespace_id: 'rules pin it, and handlers store it',
  namespace_path: 'rules pin it, and handlers store it',
  project_id: 'rules pin it, and handlers store it',
  project_path: 'rules pin it, and handlers store it',
  pipeline_id: "a person's login token of the same issuer has none",
  job_id: "a person's login token of the same issuer has none",
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

/** Sources that run a ref of the project itself. A child pipeline may belong to a merge request. */
const trusted = ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'] as const

const fullRef = (kind: string | undefined, ref: string | undefined): string | undefined =>
  ref === undefined ? undefined : kind === 'tag' ? `refs/tags/${ref}` : `refs/heads/${ref}`

const ownRef = (kind: 'branch' | 'tag', claims: Claims): string | undefined => {
  const { pipeline_source: source, job_project_id: project, ref_type: type, ref_path: path, ref } = claims
  const proven = trusted.some((each) => each === source) && (project === undefined || project === claims.project_id)
  return proven && type === kind && (path ?? fullRef(kind, ref)) === fullRef(kind, ref) ? ref : undefined
}

const identity = {
  tokenId: 'jti',
  owner: 'namespace_path',
  ownerId: 'namespace_id',
  repository: 'project_path',
  repositoryId: 'project_id',
  ref: ({ ref_path: path, ref_type: type, ref }: Claims): string | undefined => path ?? fullRef(type, ref),
  branch: (claims: Claims): string | undefined => ownRef('branch', claims),
  tag: (claims: Claims): string | undefined => ownRef('tag', claims),
  refProtected: 'ref_protected',
  commit: 'sha',
  environment: 'environment',
  environmentProtected: 'environment_protected',
  event: 'pipeline_source',
  workflow: 'ci_config_ref_uri',
  // A merge request can change its own file.
  workflowFile: (claims: Claims & { readonly iss: string }): string | undefined => {
    const { ci_config_ref_uri: file, iss, project_path: project, sha } = claims
    const branch = ownRef('branch', claims)
    const ref = branch === undefined ? fullRef('tag', ownRef('tag', claims)) : fullRef('branch', branch)
    const repository = `${iss.replace('https://', '')}/${project}//`
    return ref === undefined ? undefined : fileAtOwnRef(file, { repository, ref, sha })
  },
  runId: 'pipeline_id',
  runUrl: ({ iss, project_path: path, pipeline_id: run }: Claims & { readonly iss: string }): string | undefined =>
    `${iss}/${path}/-/pipelines/${run}`,
  jobId: 'job_id',
  actor: 'user_login',
  actorId: 'user_id',
  runner: ({ runner_environment: runner }: Claims): 'hosted' | 'self-hosted' | undefined =>
    runner === 'gitlab-hosted' ? 'hosted' : runner === 'self-hosted' ? 'self-hosted' : undefined,
} as const

/** A GitLab CI job. `repository` is its project, `owner` the project's group or user. */
export interface GitLabWorkload extends WorkloadOf<'gitlab', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * GitLab CI on gitlab.com; `.at(issuer)` for GitLab Self-Managed and GitLab Dedicated.
 *
 * Source: https://docs.gitlab.com/ci/secrets/id_token_authentication
 *
 * @example
 * ```ts
 * gitlab({ repository: 'acme/platform/shop', branch: 'main', refProtected: true })
 * gitlab.at('https://gitlab.acme.dev')({
 *   repositoryId: '20', environment: 'production', environmentProtected: true,
 * })
 * ```
 */
export const gitlab: Provider<GitLabWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'gitlab',
  title: 'GitLab CI',
  issuer: 'https://gitlab.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  shapes: {
    owner: shape.group,
    ownerId: shape.digits,
    repository: shape.groupName,
    repositoryId: shape.digits,
    commit: shape.commit,
    workflow: shape.configFile,
    runId: shape.digits,
    jobId: shape.digits,
  },
  pins: ['owner', 'ownerId', 'repository', 'repositoryId'],
  trustedEvents: ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'],
  attackerControlled: ['user_id', 'user_login', 'user_email', 'deployment_tier', 'environment_action'],
  requires: { environment: ['environmentProtected', 'ref', 'branch', 'tag'] },
  defaultAudiences: ['https://gitlab.com', '{origin}', '{issuer}'],
  subjectForms: [/^project_path:(?<repository>[^:]+):ref_type:(?:branch:ref:(?<branch>.+)|tag:ref:(?<tag>.+))$/],
  otherTokens: [
    {
      claim: 'pipeline_id',
      hint: 'The token is of a person who signed in with GitLab, and names no job. Let the job request one, by id_tokens.',
    },
  ],
  minimumVersion: {
    version: 'GitLab 18.2.2, 18.1.4 or 18.0.6',
    reason:
      "The merge request of a fork can get a token that names the parent project, and the fork's branch as its own.",
    advisory: 'https://gitlab.com/gitlab-org/gitlab/-/issues/548165',
  },
})
