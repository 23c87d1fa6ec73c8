import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import { branchOf, mergeQueueOf, pullRequestOf, tagOf } from '../provider/git-refs.ts'
import { calledFile, fileAtOwnRef } from '../provider/workflow-file.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  repository: 'name',
  repository_id: 'id',
  repository_owner: 'name',
  repository_owner_id: 'id',
  repository_visibility: ['public', 'private', 'internal'],
  enterprise: 'name',
  enterprise_id: 'id',
  ref: 'text', // empty for a deployment of a bare commit
  ref_type: ['branch', 'tag'],
  ref_protected: 'flag',
  sha: 'id',
  head_ref: 'text',
  base_ref: 'text',
  event_name: [
    'push',
    'pull_request',
    'pull_request_target',
    'release',
    'schedule',
    'workflow_dispatch',
    'workflow_run',
    'dynamic', // runs that GitHub starts itself: agents, Dependabot updates
    '*',
  ],
  actor: 'name',
  actor_id: 'id',
  workflow: 'text',
  workflow_ref: 'text',
  workflow_sha: 'id',
  job_workflow_ref: 'text', // one published token has none
  job_workflow_sha: 'id',
  environment: 'name',
  environment_node_id: 'id',
  runner_environment: ['github-hosted', 'self-hosted'],
  run_id: 'id',
  run_number: 'id',
  run_attempt: 'id',
  check_run_id: 'id', // absent on older Enterprise Servers
  'repo_property_*': 'text', // several values of one property are joined by commas
} as const
const requiredClaims = {
  repository: 'rules pin it, and handlers store it',
  repository_id: 'rules pin it, and handlers store it',
  repository_owner: 'rules pin it, and handlers store it',
  repository_owner_id: 'rules pin it, and handlers store it',
  event_name: 'pull requests can run with the ref of a branch',
  run_id: 'uses are counted by run, and runs are revoked',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const folder = '.github/workflows/'
/** The end of a subject. */
const context =
  '(?:ref:refs/heads/(?<branch>.+)|ref:refs/tags/(?<tag>.+)|environment:(?<environment>[^:%]+)|(?<event>pull_request))'

/** A pull request can change its own files, and agents of GitHub have none. */
const ownFile = (file: string | undefined, { repository, ref, sha }: Claims): string | undefined => {
  const path = ref?.startsWith('refs/pull/')
    ? undefined
    : fileAtOwnRef(file, { repository: `${repository}/`, ref, sha })
  return path?.startsWith(folder) && path !== folder ? path : undefined
}

const identity = {
  tokenId: 'jti',
  owner: 'repository_owner',
  ownerId: 'repository_owner_id',
  repository: 'repository',
  repositoryId: 'repository_id',
  enterprise: 'enterprise',
  enterpriseId: 'enterprise_id',
  ref: 'ref',
  branch: (claims: Claims): string | undefined => branchOf(claims),
  mergeQueue: (claims: Claims): string | undefined => mergeQueueOf(claims),
  tag: (claims: Claims): string | undefined => tagOf(claims),
  pullRequest: (claims: Claims): string | undefined => pullRequestOf(claims),
  refProtected: 'ref_protected',
  commit: 'sha',
  environment: 'environment',
  event: 'event_name',
  workflow: 'workflow_ref',
  jobWorkflow: 'job_workflow_ref',
  workflowFile: (claims: Claims): string | undefined => ownFile(claims.workflow_ref, claims),
  jobWorkflowFile: (claims: Claims): string | undefined => {
    const { job_workflow_ref: file } = claims
    return ownFile(file, claims) ?? calledFile(file)
  },
  runId: 'run_id',
  runAttempt: 'run_attempt',
  runUrl: ({ iss, repository, run_id: run }: Claims & { readonly iss: string }): string | undefined => {
    // Issuers: https://HOST/_services/token of Enterprise Server, https://token.actions.SUB.ghe.com
    // of GHE.com, https://token.actions.githubusercontent.com of github.com.
    const start = iss.indexOf('//') + 2
    const end = iss.indexOf('/', start)
    const issuing = iss.slice(start, end < 0 ? undefined : end)
    const host = after('token.actions.', issuing) ?? issuing
    return `https://${host === 'githubusercontent.com' ? 'github.com' : host}/${repository}/actions/runs/${run}`
  },
  jobId: 'check_run_id',
  actor: 'actor',
  actorId: 'actor_id',
  runner: ({ runner_environment: runner }: Claims): 'hosted' | 'self-hosted' | undefined =>
    runner === 'github-hosted' ? 'hosted' : runner === 'self-hosted' ? 'self-hosted' : undefined,
} as const

/** A GitHub Actions job. */
export interface GitHubActionsWorkload extends WorkloadOf<
  'github-actions',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * GitHub Actions on github.com; `.at(issuer)` for Enterprise Server, GHE.com and enterprise
 * issuers.
 *
 * Source: https://docs.github.com/en/actions/reference/security/oidc
 *
 * @example
 * ```ts
 * githubActions({ repository: 'acme/shop', branch: 'main' })
 * githubActions.at('https://git.acme.dev/_services/token')({ repositoryId: '74', branch: 'main' })
 * ```
 */
export const githubActions: Provider<GitHubActionsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'github-actions',
  title: 'GitHub Actions',
  issuer: 'https://token.actions.githubusercontent.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  shapes: {
    owner: shape.name,
    ownerId: shape.digits,
    repository: shape.ownerName,
    repositoryId: shape.digits,
    enterpriseId: shape.digits,
    commit: shape.commit,
    workflow: shape.workflow,
    jobWorkflow: shape.calledWorkflow,
    workflowFile: shape.workflowFile,
    jobWorkflowFile: shape.calledFile,
    runId: shape.digits,
    runAttempt: shape.digits,
    jobId: shape.digits,
  },
  temporaryBranches: { 'gh-readonly-queue/': 'mergeQueue' },
  serverIssuer: { pattern: /^https:\/\/token\.actions\.|\/_services\/token$/, path: '/_services/token' },
  pins: ['owner', 'ownerId', 'repository', 'repositoryId', 'enterprise', 'enterpriseId'],
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
  attackerControlled: ['head_ref', 'base_ref', 'actor', 'actor_id', 'workflow'],
  defaultAudiences: ['https://github.com/*', 'https://*.ghe.com/*', '{origin}/*'],
  // With names only, and with ids. GitHub withdrew the form that joined name and id by a hyphen,
  // which names can imitate.
  subjectForms: [
    String.raw`(?![^/@:]+-\d+/[^/@:]+-\d+:)(?<repository>[^/@:]+/[^/@:]+)`,
    String.raw`[^/@:]+@(?<ownerId>\d+)/[^/@:]+@(?<repositoryId>\d+)`,
  ].map((repository) => new RegExp(`^repo:${repository}:${context}$`)),
  // The immutable form of the subject contains both ids. Any other form is a template, and is not
  // interpreted.
  validate: ({ sub, repository_id: repository, repository_owner_id: owner }) => {
    if (!sub.includes('@')) return undefined
    const ids = /^repo:[^/@:]+@(\d+)\/[^/@:]+@(\d+)(?::|$)/.exec(sub)
    return ids === null || (ids[1] === owner && ids[2] === repository) ? undefined : 'sub'
  },
})
