/** What values look like at the CI systems we know, and which of them go together. Of any other provider nothing is assumed. */

import type { AttackId } from './ids.ts'

/** Facts of one provider's values. */
export interface Shape {
  /** Fields that hold ids of that look. */
  readonly ids: Readonly<Record<string, 'digits' | 'uuid'>>
  /** How many segments a name has, and an example. */
  readonly segments: Readonly<
    Record<string, { readonly least: number; readonly most: number; readonly example: string }>
  >
  /** `repository` is `owner`, a slash and a last segment. */
  readonly ownerIsPrefix: boolean
  /** A run has one of these at most. */
  readonly oneOf: readonly string[]
  /** Events there are. */
  readonly events: readonly string[]
  /** Events of pull requests. */
  readonly pullRequests: readonly string[]
  /** Runs of these events never have the field. */
  readonly eventsWithout: Readonly<Record<string, readonly string[]>>
  /** Only runs of these events have the field. */
  readonly eventsOnly: Readonly<Record<string, readonly string[]>>
  /** Runs of these events have a ref, and neither a branch nor a file that is known. */
  readonly refOnly: readonly string[]
  /** Names of branches that the platform makes itself: the field that tells them instead. */
  readonly madeBranches: Readonly<Record<string, string>>
  /** Fields that hold a file with its ref, and an example. */
  readonly files: readonly string[]
  readonly file?: string
  /** How long tokens live, where that is long. */
  readonly lives?: string
  /** Claims that tell where a job runs, not whose code it runs. */
  readonly places: readonly string[]
  /** What a claim that proves nothing is used for in attacks. */
  readonly attacks: Readonly<Record<string, AttackId>>
}

const pullRequests = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
] as const
const ordinaryAtGitLab = ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'] as const

/** Facts by the id of the provider. */
export const shapes: Readonly<Partial<Record<string, Shape>>> = {
  'github-actions': {
    ids: { ownerId: 'digits', repositoryId: 'digits', enterpriseId: 'digits', runId: 'digits', actorId: 'digits' },
    segments: {
      owner: { least: 1, most: 1, example: 'acme' },
      repository: { least: 2, most: 2, example: 'acme/shop' },
    },
    ownerIsPrefix: true,
    oneOf: ['branch', 'tag', 'pullRequest', 'mergeQueue'],
    events: [
      ...pullRequests,
      ...(['branch_protection_rule', 'check_run', 'check_suite', 'create', 'delete', 'deployment'] as const),
      ...(['deployment_status', 'discussion', 'discussion_comment', 'dynamic', 'fork', 'gollum'] as const),
      ...(['image_version', 'issue_comment', 'issues', 'label', 'merge_group', 'milestone', 'page_build'] as const),
      ...(['project', 'project_card', 'project_column', 'public', 'push', 'registry_package', 'release'] as const),
      ...(['repository_dispatch', 'schedule', 'status', 'watch', 'workflow_call', 'workflow_dispatch'] as const),
      'workflow_run',
    ],
    pullRequests,
    eventsWithout: { branch: [...pullRequests, 'merge_group'], tag: pullRequests },
    eventsOnly: { mergeQueue: ['merge_group'] },
    refOnly: [],
    madeBranches: { 'gh-readonly-queue/': 'mergeQueue' },
    files: ['workflow', 'jobWorkflow'],
    file: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    places: [],
    attacks: { actor: 'C8', actor_id: 'C8', workflow: 'C5' },
  },
  gitlab: {
    ids: { ownerId: 'digits', repositoryId: 'digits', runId: 'digits', jobId: 'digits', actorId: 'digits' },
    segments: {
      owner: { least: 1, most: Infinity, example: 'acme/platform' },
      repository: { least: 2, most: Infinity, example: 'acme/shop' },
    },
    ownerIsPrefix: true,
    oneOf: ['branch', 'tag'],
    events: [
      ...ordinaryAtGitLab,
      ...([
        'merge_request_event',
        'external_pull_request_event',
        'parent_pipeline',
        'external',
        'chat',
        'webide',
      ] as const),
      ...(['ondemand_dast_scan', 'ondemand_dast_validation', 'security_orchestration_policy'] as const),
      'container_registry_push',
    ],
    pullRequests: ['merge_request_event', 'external_pull_request_event'],
    // The definition of a child pipeline is an artifact or a text, and no file of the project.
    eventsWithout: { workflow: ['parent_pipeline'] },
    eventsOnly: { branch: ordinaryAtGitLab, tag: ordinaryAtGitLab },
    refOnly: ['parent_pipeline'],
    madeBranches: {},
    files: ['workflow'],
    file: 'gitlab.com/acme/shop//.gitlab-ci.yml@refs/heads/main',
    lives: 'as long as the job may run, an hour where nothing else is set',
    places: ['job_project_id', 'job_project_path', 'job_namespace_id', 'job_namespace_path'],
    attacks: { user_id: 'C8', user_login: 'C8', user_email: 'C8', deployment_tier: 'C5', environment_action: 'C5' },
  },
  circleci: {
    ids: { ownerId: 'uuid', projectId: 'uuid', pipelineId: 'uuid', runId: 'uuid', jobId: 'uuid', contextIds: 'uuid' },
    segments: { repository: { least: 3, most: Infinity, example: 'github.com/acme/shop' } },
    ownerIsPrefix: false,
    oneOf: ['branch', 'tag', 'pullRequest'],
    events: [],
    pullRequests: [],
    eventsWithout: {},
    eventsOnly: {},
    refOnly: [],
    madeBranches: { 'pull/': 'pullRequest' },
    files: [],
    lives: 'an hour',
    places: [],
    attacks: {},
  },
}
