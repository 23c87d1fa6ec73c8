/**
 * Denials as data: the rule, the caller, and the expected explanation. Written manually from the
 * documented claims of each trigger.
 */

import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { absent, anyEvent, circleci, githubActions, gitlab, glob, not, present } from '@jobpass/core'

/** Field, operator, the caller's value, the expected value, and the hint. */
type FailedCheck = readonly [field: string, operator: string, actual: unknown, expected: unknown, hint?: string]

export interface Denial {
  readonly name: string
  readonly rules: readonly [TrustRule<AnyWorkload>, ...TrustRule<AnyWorkload>[]]
  readonly by: 'github' | 'gitlab' | 'circleci'
  readonly trigger?: string
  readonly claims?: Readonly<Record<string, unknown>>
  /** Index of the nearest rule. */
  readonly nearest?: number
  readonly failed: readonly FailedCheck[]
  /**
   * Whether the nearest rule belongs to the caller's tenant, so that the caller may see it. Default
   * `true`.
   */
  readonly own?: boolean
  /** Default `'no-rule-matched'`. */
  readonly reason?: 'no-rule-for-issuer'
}

const id = { repositoryId: '74205118' } as const
const project = { repositoryId: '48120077' } as const
const organization = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
const org = { ownerId: organization } as const
const main = githubActions({ ...id, branch: 'main' })
const claim = (name: string): string => `oidc.circleci.com/${name}`

const event = 'This event admits nobody unless the rule names it.'
const unusual = 'Such a run admits nobody unless the rule names this field.'
const letters = 'The value differs in letter case only.'
const slash = 'The value differs by a slash at the end only.'
const noEnvironment = 'The job names no environment.'
const ofTag = 'The run is of a tag, not of a branch.'
const ofBranch = 'The run is of a branch, not of a tag.'
const ofPull = 'The run is of a pull request, not of a branch.'
const ofQueue = 'The run is of a merge queue, not of a branch: mergeQueue is its base.'
const unproven = 'The run is not provably of a branch: it may be of a pull request, a fork or a merge queue.'
const subjects =
  'Subjects come in several forms, with names, with ids, or by a template of the owner: match separate fields instead.'
const ordinary = [
  'push',
  'workflow_dispatch',
  'repository_dispatch',
  'schedule',
  'release',
  'create',
  'deployment',
  'merge_group',
]
const ordinaryAtGitLab = ['push', 'web', 'schedule', 'api', 'trigger', 'pipeline']
const none = { present: false }

const byGitHub: readonly Omit<Denial, 'by'>[] = [
  {
    name: 'another branch',
    rules: [main],
    claims: { ref: 'refs/heads/dev' },
    failed: [['branch', 'equals', 'dev', 'main']],
  },
  {
    name: 'a branch that ends like it',
    rules: [main],
    claims: { ref: 'refs/heads/feature/main' },
    failed: [['branch', 'equals', 'feature/main', 'main']],
  },
  {
    name: 'a branch in other letters',
    rules: [main],
    claims: { ref: 'refs/heads/MAIN' },
    failed: [['branch', 'equals', 'MAIN', 'main', letters]],
  },
  {
    name: 'a tag in place of a branch',
    rules: [main],
    trigger: 'tag',
    failed: [['branch', 'equals', undefined, 'main', ofTag]],
  },
  {
    name: 'a branch in place of a tag',
    rules: [githubActions({ ...id, tag: 'v1' })],
    failed: [['tag', 'equals', undefined, 'v1', ofBranch]],
  },
  {
    name: 'another tag',
    rules: [githubActions({ ...id, tag: 'v1' })],
    trigger: 'tag',
    failed: [['tag', 'equals', 'v1.4.0', 'v1']],
  },
  {
    name: 'a tag the pattern does not match',
    rules: [githubActions({ ...id, tag: glob('release-*') })],
    trigger: 'tag',
    failed: [['tag', 'glob', 'v1.4.0', { glob: 'release-*' }]],
  },
  {
    name: 'a pull request',
    rules: [main],
    trigger: 'pull_request',
    failed: [
      ['event', 'ordinary', 'pull_request', ordinary, event],
      ['branch', 'equals', undefined, 'main', ofPull],
    ],
  },
  {
    name: 'a stranger’s pull request with the base’s rights',
    rules: [main],
    trigger: 'pull_request_target',
    failed: [
      ['event', 'ordinary', 'pull_request_target', ordinary, event],
      ['branch', 'equals', undefined, 'main', unproven],
    ],
  },
  {
    name: 'a comment',
    rules: [main],
    trigger: 'issue_comment',
    failed: [['event', 'ordinary', 'issue_comment', ordinary, event]],
  },
  {
    name: 'a run after another run',
    rules: [main],
    trigger: 'workflow_run',
    failed: [['event', 'ordinary', 'workflow_run', ordinary, event]],
  },
  {
    name: 'an unknown event',
    rules: [main],
    claims: { event_name: 'telepathy' },
    failed: [['event', 'ordinary', 'telepathy', ordinary, event]],
  },
  {
    name: 'an event that is not among the named ones',
    rules: [githubActions({ ...id, event: ['push', 'release'] })],
    trigger: 'schedule',
    failed: [['event', 'oneOf', 'schedule', ['push', 'release']]],
  },
  {
    name: 'a merge queue',
    rules: [main],
    trigger: 'merge_group',
    failed: [['branch', 'equals', undefined, 'main', ofQueue]],
  },
  {
    name: 'a branch in place of a merge queue',
    rules: [githubActions({ ...id, mergeQueue: 'main' })],
    failed: [['mergeQueue', 'equals', undefined, 'main']],
  },
  {
    name: 'no environment',
    rules: [githubActions({ ...id, environment: 'production' })],
    failed: [['environment', 'equals', undefined, 'production', noEnvironment]],
  },
  {
    name: 'another environment',
    rules: [githubActions({ ...id, environment: 'production' })],
    claims: { environment: 'staging' },
    failed: [['environment', 'equals', 'staging', 'production']],
  },
  {
    name: 'an environment that must not be',
    rules: [githubActions({ ...id, environment: not('preview') })],
    claims: { environment: 'Preview' },
    failed: [['environment', 'not', 'Preview', { not: 'preview' }]],
  },
  {
    name: 'no environment where one must not be another',
    rules: [githubActions({ ...id, environment: not('preview') })],
    failed: [['environment', 'not', undefined, { not: 'preview' }, noEnvironment]],
  },
  {
    name: 'no environment where one must be',
    rules: [githubActions({ ...id, environment: present() })],
    failed: [['environment', 'present', undefined, { present: true }, noEnvironment]],
  },
  {
    name: 'an environment where none may be',
    rules: [githubActions({ ...id, environment: absent() })],
    trigger: 'environment',
    failed: [['environment', 'absent', 'production', none]],
  },
  {
    name: 'branch and environment both wrong',
    rules: [githubActions({ ...id, branch: 'main', environment: 'production' })],
    claims: { ref: 'refs/heads/dev', environment: 'staging' },
    failed: [
      ['branch', 'equals', 'dev', 'main'],
      ['environment', 'equals', 'staging', 'production'],
    ],
  },
  {
    name: 'a tag’s ref in place of a branch’s',
    rules: [githubActions({ ...id, ref: 'refs/heads/main' })],
    trigger: 'tag',
    failed: [['ref', 'equals', 'refs/tags/v1.4.0', 'refs/heads/main']],
  },
  {
    name: 'a ref that is not protected',
    rules: [githubActions({ ...id, refProtected: true })],
    claims: { ref: 'refs/heads/dev' },
    failed: [['refProtected', 'equals', false, true]],
  },
  {
    name: 'a server that does not say whether the ref is protected',
    rules: [githubActions({ ...id, refProtected: true })],
    claims: { ref_protected: undefined },
    failed: [['refProtected', 'equals', undefined, true]],
  },
  {
    name: 'a branch outside the list',
    rules: [githubActions({ ...id, branch: ['main', 'next'] })],
    claims: { ref: 'refs/heads/dev' },
    failed: [['branch', 'oneOf', 'dev', ['main', 'next']]],
  },
  {
    name: 'a branch of the list in other letters',
    rules: [githubActions({ ...id, branch: ['main', 'next'] })],
    claims: { ref: 'refs/heads/Next' },
    failed: [['branch', 'oneOf', 'Next', ['main', 'next'], letters]],
  },
  {
    name: 'a branch one level too deep',
    rules: [githubActions({ ...id, branch: glob('release/*') })],
    claims: { ref: 'refs/heads/release/1/2' },
    failed: [['branch', 'glob', 'release/1/2', { glob: 'release/*' }]],
  },
  {
    name: 'a workflow from another file',
    rules: [githubActions({ ...id, workflow: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main' })],
    failed: [
      [
        'workflow',
        'equals',
        'acme/shop/.github/workflows/ci.yml@refs/heads/main',
        'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
      ],
    ],
  },
  {
    name: 'a reusable workflow at another version',
    rules: [githubActions({ ...id, jobWorkflow: 'acme/ci-kit/.github/workflows/release.yml@refs/tags/v5' })],
    trigger: 'reusable',
    failed: [
      [
        'jobWorkflow',
        'equals',
        'acme/ci-kit/.github/workflows/release.yml@refs/tags/v4',
        'acme/ci-kit/.github/workflows/release.yml@refs/tags/v5',
      ],
    ],
  },
  {
    name: 'a runner of one’s own',
    rules: [githubActions({ ...id, runner: 'hosted' })],
    claims: { runner_environment: 'self-hosted' },
    failed: [['runner', 'equals', 'self-hosted', 'hosted']],
  },
  {
    name: 'a property that is not set',
    rules: [githubActions({ ...id, claims: { repo_property_tier: 'gold' } })],
    failed: [['claims.repo_property_tier', 'equals', undefined, 'gold']],
  },
  {
    name: 'a property with more in it',
    rules: [githubActions({ ...id, claims: { repo_property_regions: 'eu-north' } })],
    claims: { repo_property_regions: 'eu-north-2' },
    failed: [['claims.repo_property_regions', 'equals', 'eu-north-2', 'eu-north']],
  },
  {
    name: 'a subject with ids where names are wanted',
    rules: [githubActions({ ...id, subject: 'repo:acme/shop:ref:refs/heads/main' })],
    claims: { sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main' },
    failed: [
      [
        'subject',
        'equals',
        'repo:acme@1234567/shop@74205118:ref:refs/heads/main',
        'repo:acme/shop:ref:refs/heads/main',
        subjects,
      ],
    ],
  },
  {
    name: 'a subject with names where ids are wanted',
    rules: [githubActions({ ...id, subject: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main' })],
    failed: [
      [
        'subject',
        'equals',
        'repo:acme/shop:ref:refs/heads/main',
        'repo:acme@1234567/shop@74205118:ref:refs/heads/main',
        subjects,
      ],
    ],
  },
  {
    name: 'a subject by a template',
    rules: [githubActions({ ...id, subject: 'repo:acme/shop:ref:refs/heads/main' })],
    claims: { sub: 'repository_id:74205118' },
    failed: [['subject', 'equals', 'repository_id:74205118', 'repo:acme/shop:ref:refs/heads/main', subjects]],
  },
  {
    name: 'a subject of the same form for another ref',
    rules: [githubActions({ ...id, subject: 'repo:acme/shop:ref:refs/heads/main' })],
    claims: { ref: 'refs/heads/dev' },
    failed: [['subject', 'equals', 'repo:acme/shop:ref:refs/heads/dev', 'repo:acme/shop:ref:refs/heads/main']],
  },
  {
    name: 'code that says no',
    rules: [githubActions({ ...id, where: ({ runAttempt }) => runAttempt === '2' })],
    failed: [['where', 'where', false, true]],
  },
  {
    name: 'a token older than the rule takes',
    rules: [githubActions(id, { maxTokenAge: 5 })],
    claims: { iat: 1_795_166_140 },
    failed: [['tokenAge', 'atMost', 60, 5]],
  },
  {
    name: 'an audience with a slash too many in the rule',
    rules: [githubActions(id, { audience: 'https://api.acme.dev/' })],
    failed: [['audience', 'includes', ['https://api.acme.dev'], ['https://api.acme.dev/'], slash]],
  },
  {
    name: 'another repository: a stranger to the rule',
    rules: [main],
    claims: { repository_id: '1' },
    own: false,
    failed: [['repositoryId', 'equals', '1', '74205118']],
  },
  {
    name: 'a sibling that begins like it',
    rules: [githubActions({ repository: 'acme/shop', branch: 'main' })],
    claims: { repository: 'acme/shop-playground' },
    own: false,
    failed: [['repository', 'equals', 'acme/shop-playground', 'acme/shop']],
  },
  {
    name: 'the nearer of two rules',
    rules: [
      githubActions({ ...id, branch: 'next', environment: 'production' }),
      githubActions({ ...id, branch: 'next' }),
    ],
    nearest: 1,
    failed: [['branch', 'equals', 'main', 'next']],
  },
  {
    name: 'the own issuer’s rule before another’s',
    rules: [
      gitlab({ ...project, branch: 'main' }),
      githubActions({ ...id, branch: 'next', environment: 'production', tag: 'v1' }),
    ],
    nearest: 1,
    failed: [
      ['branch', 'equals', 'main', 'next'],
      ['environment', 'equals', undefined, 'production', noEnvironment],
      ['tag', 'equals', undefined, 'v1', ofBranch],
    ],
  },
  {
    name: 'no rule for this issuer',
    rules: [gitlab({ ...project, branch: 'main' })],
    reason: 'no-rule-for-issuer',
    own: false,
    failed: [['provider', 'equals', 'github-actions', 'gitlab']],
  },
]

const byGitLab: readonly Omit<Denial, 'by'>[] = [
  {
    name: 'another branch',
    rules: [gitlab({ ...project, branch: 'main' })],
    claims: { ref: 'dev' },
    failed: [['branch', 'equals', 'dev', 'main']],
  },
  {
    name: 'a merge request',
    rules: [gitlab({ ...project, branch: 'main' })],
    trigger: 'merge_request',
    failed: [
      ['event', 'ordinary', 'merge_request_event', ordinaryAtGitLab, event],
      ['branch', 'equals', undefined, 'main', unproven],
    ],
  },
  {
    name: 'a fork’s merge request',
    rules: [gitlab({ ...project, branch: 'main' })],
    trigger: 'fork_merge_request',
    claims: { namespace_id: '99' },
    own: false,
    failed: [
      ['repositoryId', 'equals', '60771234', '48120077'],
      ['event', 'ordinary', 'merge_request_event', ordinaryAtGitLab, event],
      ['branch', 'equals', undefined, 'main', unproven],
    ],
  },
  {
    name: 'a child pipeline',
    rules: [gitlab({ ...project, event: 'parent_pipeline', branch: 'main' })],
    trigger: 'child',
    failed: [['branch', 'equals', undefined, 'main', unproven]],
  },
  {
    name: 'a branch named like a tag',
    rules: [gitlab({ ...project, tag: 'v3.1.0' })],
    claims: { ref: 'v3.1.0' },
    failed: [['tag', 'equals', undefined, 'v3.1.0', ofBranch]],
  },
  {
    name: 'an environment that is not protected',
    rules: [gitlab({ ...project, environment: 'production', environmentProtected: true })],
    trigger: 'environment',
    claims: { environment_protected: 'false' },
    failed: [['environmentProtected', 'equals', false, true]],
  },
  {
    name: 'no environment',
    rules: [gitlab({ ...project, environment: 'production', environmentProtected: true })],
    failed: [
      ['environment', 'equals', undefined, 'production', noEnvironment],
      ['environmentProtected', 'equals', undefined, true],
    ],
  },
  {
    name: 'an environment in other letters',
    rules: [gitlab({ ...project, environment: 'production', environmentProtected: true })],
    trigger: 'environment',
    claims: { environment: 'Production' },
    failed: [['environment', 'equals', 'Production', 'production', letters]],
  },
  {
    name: 'a branch that is not protected',
    rules: [gitlab({ ...project, branch: 'dev', refProtected: true })],
    claims: { ref: 'dev' },
    failed: [['refProtected', 'equals', false, true]],
  },
  {
    name: 'a definition that is no file of the project',
    rules: [gitlab({ ...project, event: 'parent_pipeline', workflow: present() })],
    trigger: 'child',
    failed: [['workflow', 'present', undefined, { present: true }]],
  },
  {
    name: 'another runner',
    rules: [gitlab({ ...project, claims: { runner_id: 7 } })],
    failed: [['claims.runner_id', 'equals', 12_270_852, 7]],
  },
  {
    name: 'another group’s project',
    rules: [gitlab({ repository: 'acme/platform/shop', branch: 'main' })],
    own: false,
    failed: [['repository', 'equals', 'acme/shop', 'acme/platform/shop']],
  },
]

const byCircleCI: readonly Omit<Denial, 'by'>[] = [
  {
    name: 'a fork’s build',
    rules: [circleci({ ...org, repository: 'github.com/acme/shop', branch: 'main' })],
    trigger: 'fork',
    failed: [
      ['pullRequest', 'ordinary', '418', none, unusual],
      ['repository', 'equals', 'github.com/quill-otter/shop', 'github.com/acme/shop'],
      ['branch', 'equals', undefined, 'main', ofPull],
    ],
  },
  {
    name: 'a rerun with SSH',
    rules: [circleci({ ...org, repository: 'github.com/acme/shop', branch: 'main' })],
    trigger: 'ssh_rerun',
    failed: [['sshRerun', 'ordinary', true, none, unusual]],
  },
  {
    name: 'a webhook',
    rules: [circleci({ ...org, repository: 'github.com/acme/shop', branch: 'main' })],
    trigger: 'webhook',
    failed: [
      ['repository', 'equals', undefined, 'github.com/acme/shop'],
      ['branch', 'equals', undefined, 'main', unproven],
    ],
  },
  {
    name: 'a tag',
    rules: [circleci({ ...org, repository: 'github.com/acme/shop', branch: 'main' })],
    trigger: 'tag',
    failed: [['branch', 'equals', undefined, 'main', ofTag]],
  },
  {
    name: 'another context',
    rules: [circleci({ ...org, contextIds: '00000000-0000-4000-8000-000000000000' })],
    failed: [
      ['contextIds', 'equals', ['b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f'], '00000000-0000-4000-8000-000000000000'],
    ],
  },
  {
    name: 'no context',
    rules: [circleci({ ...org, contextIds: 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f' })],
    claims: { [claim('context-ids')]: [] },
    failed: [['contextIds', 'equals', [], 'b7a9f0d4-77c0-4b6f-8d0e-5a1b2c3d4e5f']],
  },
  {
    name: 'another project of the organization',
    rules: [circleci({ ...org, projectId: '00000000-0000-4000-8000-000000000001' })],
    failed: [['projectId', 'equals', '71c2d3e4-f506-4718-a29b-3c4d5e6f7081', '00000000-0000-4000-8000-000000000001']],
  },
  {
    name: 'a branch that imitates a subject',
    rules: [circleci({ ...org, repository: 'github.com/acme/shop', branch: 'main' })],
    claims: { [claim('vcs-ref')]: 'refs/heads/x/vcs-ref/refs/heads/main' },
    failed: [['branch', 'equals', 'x/vcs-ref/refs/heads/main', 'main']],
  },
]

/** The corpus. */
export const denials: readonly Denial[] = [
  ...byGitHub.map((denial): Denial => ({ ...denial, by: 'github' })),
  ...byGitLab.map((denial): Denial => ({ ...denial, by: 'gitlab' })),
  ...byCircleCI.map((denial): Denial => ({ ...denial, by: 'circleci' })),
]

/** Trust that lets every caller of the corpus get to the rules of its route. */
export const denialTrust = [
  githubActions({ ownerId: '1234567', event: anyEvent() }),
  gitlab({ ownerId: '99', event: anyEvent() }),
  circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', pullRequest: '418' }),
  circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22', sshRerun: true }),
  circleci({ ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22' }),
] as const
