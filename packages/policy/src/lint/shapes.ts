/**
 * Which values go together at known CI systems. Nothing is assumed about
 * other providers.
 */

import type { AttackId } from './ids.ts'

/** Facts of one provider's values. */
export interface Shape {
  /** Whether `repository` is `owner`, a slash and a last segment. */
  readonly ownerIsPrefix: boolean
  /** Fields of which a run has at most one. */
  readonly oneOf: readonly string[]
  /** All known events. */
  readonly events: readonly string[]
  /** Events of pull requests. */
  readonly pullRequests: readonly string[]
  /** By field: events whose runs never have it. */
  readonly eventsWithout: Readonly<Record<string, readonly string[]>>
  /** By field: the only events whose runs have it. */
  readonly eventsOnly: Readonly<Record<string, readonly string[]>>
  /** Events whose runs have a ref, but no branch and no known workflow file. */
  readonly refOnly: readonly string[]
  /** A form of the subject that the platform has withdrawn, since names can imitate it. */
  readonly withdrawnSubject?: RegExp
  /** Lifetime of tokens, for a message, if it is long. */
  readonly lives?: string
  /** Claims that say where a job runs, not whose code it runs. */
  readonly places: readonly string[]
  /** Attacks that use a claim which proves nothing, by claim. */
  readonly attacks: Readonly<Record<string, AttackId>>
}

const pullRequests = [
  'pull_request',
  'pull_request_target',
  'pull_request_review',
  'pull_request_review_comment',
] as const
const ordinaryAtGitLab = ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline'] as const

/** Facts by provider id. */
export const shapes: Readonly<Partial<Record<string, Shape>>> = {
  'github-actions': {
    ownerIsPrefix: true,
    // The first form with ids joined name and id by a hyphen.
    withdrawnSubject: /^repo:[^/:@]+-\d+\/[^/:@]+-\d+(?::|$)/,
    oneOf: ['branch', 'tag', 'pullRequest', 'mergeQueue'],
    events: [
      ...pullRequests,
      'branch_protection_rule',
      'check_run',
      'check_suite',
      'create',
      'delete',
      'deployment',
      'deployment_status',
      'discussion',
      'discussion_comment',
      'dynamic',
      'fork',
      'gollum',
      'image_version',
      'issue_comment',
      'issues',
      'label',
      'merge_group',
      'milestone',
      'page_build',
      'project',
      'project_card',
      'project_column',
      'public',
      'push',
      'registry_package',
      'release',
      'repository_dispatch',
      'schedule',
      'status',
      'watch',
      'workflow_call',
      'workflow_dispatch',
      'workflow_run',
    ],
    pullRequests,
    eventsWithout: { branch: [...pullRequests, 'merge_group'], tag: pullRequests },
    eventsOnly: { mergeQueue: ['merge_group'] },
    refOnly: [],
    places: [],
    attacks: { actor: 'C8', actor_id: 'C8', workflow: 'C5' },
  },
  gitlab: {
    ownerIsPrefix: true,
    oneOf: ['branch', 'tag'],
    events: [
      ...ordinaryAtGitLab,
      'merge_request_event',
      'external_pull_request_event',
      'parent_pipeline',
      'external',
      'chat',
      'webide',
      'ondemand_dast_scan',
      'ondemand_dast_validation',
      'security_orchestration_policy',
      'container_registry_push',
    ],
    pullRequests: ['merge_request_event', 'external_pull_request_event'],
    // A child pipeline is defined by an artifact or text, not by a file of the project.
    eventsWithout: { workflow: ['parent_pipeline'] },
    eventsOnly: { branch: ordinaryAtGitLab, tag: ordinaryAtGitLab },
    refOnly: ['parent_pipeline'],
    lives: 'as long as the job may run, by default an hour',
    places: ['job_project_id', 'job_project_path', 'job_namespace_id', 'job_namespace_path'],
    attacks: { user_id: 'C8', user_login: 'C8', user_email: 'C8', deployment_tier: 'C5', environment_action: 'C5' },
  },
  circleci: {
    ownerIsPrefix: false,
    oneOf: ['branch', 'tag', 'pullRequest'],
    events: [],
    pullRequests: [],
    eventsWithout: {},
    eventsOnly: {},
    refOnly: [],
    lives: 'an hour',
    places: [],
    attacks: {},
  },
}
