import type { CaseRow, ConformanceCase } from '../case.ts'
import { circleciJob, enterpriseJob, githubJob, gitlabJob } from '../world.ts'

const forbidden = { status: 403, code: 'workload_forbidden' } as const
const admitted = { status: 200 } as const

const unusual = (field: string, actual: unknown): ConformanceCase['expect'] => {
  const hint =
    field === 'event'
      ? 'This event admits nobody unless the rule names it.'
      : 'Such a run admits nobody unless the rule names this field.'
  return { ...forbidden, body: { checks: [{ field, operator: 'ordinary', actual, hint }] } }
}

const rows: readonly CaseRow<'setup'>[] = [
  // GitHub Actions: a rule on repository and branch, for runs that name the default branch
  {
    id: 'P01',
    must: 'MUST admit a push to the branch',
    to: 'POST /deploy',
    headers: githubJob(),
    expect: {
      status: 200,
      workload: {
        branch: 'main',
        event: 'push',
        repositoryKey: 'https://token.actions.githubusercontent.com#74205118',
      },
    },
  },
  ...(['pull_request_target', 'workflow_run', 'issue_comment', 'dynamic', 'invented_event'] as const).map(
    (event, index): CaseRow<'setup'> => ({
      id: `P0${index + 2}`,
      must: `MUST refuse a run of ${event} that names the branch`,
      setup: 'anyEvent',
      to: 'POST /deploy',
      headers: githubJob({ event_name: event }),
      expect: {
        ...forbidden,
        body: {
          checks: [
            {
              field: 'event',
              operator: 'ordinary',
              actual: event,
              hint: 'This event admits nobody unless the rule names it.',
            },
            ...(event === 'pull_request_target'
              ? [
                  {
                    field: 'branch',
                    operator: 'equals',
                    actual: null,
                    hint: 'The run is not provably of a branch: it may be of a pull request, a fork or a merge queue.',
                  },
                ]
              : []),
          ],
        },
      },
    }),
  ),
  {
    id: 'P07',
    must: 'MUST refuse such a run in trust, unless trust accepts any event',
    to: 'GET /whoami',
    headers: githubJob({}, { trigger: 'pull_request_target' }),
    expect: unusual('event', 'pull_request_target'),
  },
  {
    id: 'P08',
    must: 'MUST admit an untrusted event that the rule names',
    setup: 'anyEvent',
    to: 'POST /label',
    headers: githubJob({}, { trigger: 'pull_request_target' }),
    expect: admitted,
  },
  {
    id: 'P09',
    must: 'MUST admit one of a list of named events',
    setup: 'anyEvent',
    to: 'POST /events',
    headers: githubJob({}, { trigger: 'pull_request' }),
    expect: { status: 200, workload: { pullRequest: '731' } },
  },
  {
    id: 'P10',
    must: 'MUST refuse a trusted event that a rule with named events does not name',
    setup: 'anyEvent',
    to: 'POST /events',
    headers: githubJob({}, { trigger: 'schedule' }),
    expect: forbidden,
  },
  {
    id: 'P11',
    must: 'MUST admit schedules, dispatches and other trusted events on the branch',
    to: 'POST /deploy',
    headers: githubJob({}, { trigger: 'workflow_dispatch' }),
    expect: admitted,
  },
  {
    id: 'P12',
    must: 'MUST refuse another branch',
    to: 'POST /deploy',
    headers: githubJob({ ref: 'refs/heads/feature/main' }),
    expect: { ...forbidden, body: { checks: [{ field: 'branch', operator: 'equals', actual: 'feature/main' }] } },
  },
  {
    id: 'P13',
    must: 'MUST refuse a tag with the name of the branch',
    to: 'POST /deploy',
    headers: githubJob({ ref: 'refs/tags/main' }),
    expect: forbidden,
  },
  {
    id: 'P14',
    must: 'MUST refuse a branch that differs in letter case',
    to: 'POST /deploy',
    headers: githubJob({ ref: 'refs/heads/Main' }),
    expect: {
      ...forbidden,
      body: {
        checks: [
          { field: 'branch', operator: 'equals', actual: 'Main', hint: 'The value differs in letter case only.' },
        ],
      },
    },
  },
  {
    id: 'P15',
    must: 'MUST accept a repository name in any letter case',
    to: 'POST /deploy',
    headers: githubJob({ repository: 'ACME/Shop' }),
    expect: { status: 200, workload: { repository: 'ACME/Shop' } },
  },
  {
    id: 'P16',
    must: 'MUST refuse a sibling repository',
    to: 'POST /deploy',
    headers: githubJob({ repository: 'acme/shop-playground' }),
    expect: forbidden,
  },
  {
    id: 'P17',
    must: 'MUST refuse a look-alike owner',
    to: 'GET /whoami',
    headers: githubJob({ repository: 'acme-evil/shop', repository_owner_id: '7654321' }),
    expect: forbidden,
  },
  {
    id: 'P18',
    must: 'MUST refuse the old name under a new owner id',
    to: 'POST /deploy',
    headers: githubJob({ repository_owner_id: '7654321' }),
    expect: forbidden,
  },
  {
    id: 'P19',
    must: 'MUST admit a renamed repository by its id',
    to: 'POST /by-id',
    headers: githubJob({ repository: 'acme/store' }),
    expect: { status: 200, workload: { repository: 'acme/store' } },
  },
  {
    id: 'P20',
    must: 'MUST refuse the queue branch as a branch',
    to: 'POST /deploy',
    headers: githubJob({}, { trigger: 'merge_group' }),
    expect: forbidden,
  },
  {
    id: 'P21',
    must: 'MUST identify a merge queue by its base',
    to: 'POST /queue',
    headers: githubJob({}, { trigger: 'merge_group' }),
    expect: { status: 200, workload: { mergeQueue: 'main' } },
  },
  {
    id: 'P22',
    must: 'MUST refuse a pushed branch that is named like a queue',
    to: 'POST /queue',
    headers: githubJob({ ref: 'refs/heads/gh-readonly-queue/main/pr-1-abc' }),
    expect: forbidden,
  },
  {
    id: 'P23',
    must: 'MUST refuse a pull request even if its head is named main',
    setup: 'anyEvent',
    to: 'POST /deploy',
    headers: githubJob({ head_ref: 'main' }, { trigger: 'pull_request' }),
    expect: forbidden,
  },
  {
    id: 'P24',
    must: 'MUST refuse a closed pull request that runs with its base branch',
    setup: 'anyEvent',
    to: 'POST /deploy',
    headers: githubJob({ event_name: 'pull_request', ref: 'refs/heads/main' }),
    expect: forbidden,
  },
  {
    id: 'P25',
    must: 'MUST admit the environment on the branch',
    to: 'POST /environment',
    headers: githubJob({}, { trigger: 'environment' }),
    expect: { status: 200, workload: { environment: 'production' } },
  },
  {
    id: 'P26',
    must: 'MUST refuse the environment on a pull request',
    setup: 'anyEvent',
    to: 'POST /deploy',
    headers: githubJob({ environment: 'production' }, { trigger: 'pull_request' }),
    expect: forbidden,
  },
  {
    id: 'P27',
    must: 'MUST refuse a job without the environment',
    to: 'POST /environment',
    headers: githubJob(),
    expect: {
      ...forbidden,
      body: {
        checks: [{ field: 'environment', operator: 'equals', actual: null, hint: 'The job names no environment.' }],
      },
    },
  },
  {
    id: 'P28',
    must: 'MUST refuse the same workflow name from another file',
    to: 'POST /workflow',
    headers: githubJob({ workflow_ref: 'acme/shop/.github/workflows/evil.yml@refs/heads/main' }),
    expect: forbidden,
  },
  // GitLab CI
  {
    id: 'P29',
    must: 'MUST admit a push to the branch of a project',
    to: 'POST /gitlab',
    headers: gitlabJob(),
    expect: {
      status: 200,
      workload: { provider: 'gitlab', branch: 'main', refProtected: true, ref: 'refs/heads/main' },
    },
  },
  {
    id: 'P30',
    must: "MUST refuse a merge request's pipeline",
    to: 'POST /gitlab',
    headers: gitlabJob({}, { trigger: 'merge_request' }),
    expect: unusual('event', 'merge_request_event'),
  },
  {
    id: 'P31',
    must: "MUST refuse a fork's pipeline in the parent project",
    to: 'POST /gitlab',
    headers: gitlabJob({}, { trigger: 'fork_merge_request' }),
    expect: forbidden,
  },
  {
    id: 'P32',
    must: "MUST refuse a fork's pipeline of an older server, with the parent's ids",
    to: 'POST /gitlab',
    headers: gitlabJob({ pipeline_source: 'merge_request_event', ref_protected: 'false' }),
    expect: forbidden,
  },
  {
    id: 'P33',
    must: 'MUST refuse a branch if the rule names the tag of that name',
    to: 'POST /gitlab-tag',
    headers: gitlabJob({ ref: 'v3.1.0' }),
    expect: forbidden,
  },
  {
    id: 'P34',
    must: 'MUST admit the tag',
    to: 'POST /gitlab-tag',
    headers: gitlabJob({}, { trigger: 'tag' }),
    expect: { status: 200, workload: { tag: 'v3.1.0' } },
  },
  {
    id: 'P35',
    must: 'MUST admit a protected environment',
    to: 'POST /gitlab-production',
    headers: gitlabJob({}, { trigger: 'environment' }),
    expect: { status: 200, workload: { environmentProtected: true } },
  },
  {
    id: 'P36',
    must: 'MUST refuse an unprotected environment of that name',
    to: 'POST /gitlab-production',
    headers: gitlabJob({ environment_protected: 'false' }, { trigger: 'environment' }),
    expect: { ...forbidden, body: { checks: [{ field: 'environmentProtected', operator: 'equals', actual: false }] } },
  },
  {
    id: 'P37',
    must: 'MUST compare a number by its JSON type',
    to: 'POST /gitlab-runner',
    headers: gitlabJob(),
    expect: admitted,
  },
  {
    id: 'P38',
    must: 'MUST refuse a child pipeline, which may be a merge request’s',
    to: 'POST /gitlab',
    headers: gitlabJob({}, { trigger: 'child' }),
    expect: forbidden,
  },
  // CircleCI
  {
    id: 'P39',
    must: 'MUST admit a push to the branch of a repository',
    to: 'POST /circleci',
    headers: circleciJob(),
    expect: { status: 200, workload: { provider: 'circleci', branch: 'main', sshRerun: false } },
  },
  {
    id: 'P40',
    must: "MUST refuse a fork's build that carries the project's ids",
    to: 'POST /circleci',
    headers: circleciJob({}, { trigger: 'fork' }),
    expect: forbidden,
  },
  {
    id: 'P41',
    must: 'MUST refuse a rerun with SSH',
    to: 'POST /circleci',
    headers: circleciJob({}, { trigger: 'ssh_rerun' }),
    expect: unusual('sshRerun', true),
  },
  {
    id: 'P42',
    must: 'MUST refuse a webhook, which names no repository',
    to: 'POST /circleci',
    headers: circleciJob({}, { trigger: 'webhook' }),
    expect: forbidden,
  },
  {
    id: 'P43',
    must: 'MUST find a context among those of the job',
    to: 'POST /circleci-context',
    headers: circleciJob(),
    expect: admitted,
  },
  {
    id: 'P44',
    must: 'MUST refuse a job without contexts',
    to: 'POST /circleci-context',
    headers: circleciJob({ 'oidc.circleci.com/context-ids': [] }),
    expect: forbidden,
  },
  {
    id: 'P45',
    must: 'MUST refuse a branch whose name imitates the rest of a subject',
    to: 'POST /circleci',
    headers: circleciJob({ 'oidc.circleci.com/vcs-ref': 'refs/heads/x/vcs-ref/refs/heads/main' }),
    expect: forbidden,
  },
  // Issuers
  {
    id: 'P46',
    must: "MUST refuse one issuer's ids for a rule of another issuer",
    setup: 'enterprise',
    to: 'POST /deploy',
    headers: enterpriseJob(),
    expect: { ...forbidden, body: { checks: undefined } },
  },
  {
    id: 'P47',
    must: 'MUST distinguish the same ids of two issuers',
    setup: 'enterprise',
    to: 'GET /whoami',
    headers: enterpriseJob(),
    expect: { status: 200, workload: { repositoryKey: 'https://git.acme.example/_services/token#74205118' } },
  },
  {
    id: 'P48',
    must: 'MUST refuse an issuer that is not configured, whatever its claims',
    to: 'GET /whoami',
    headers: enterpriseJob(),
    expect: { status: 401, code: 'issuer_untrusted' },
  },
  {
    id: 'P49',
    must: "MUST refuse one provider's job for another provider's rule",
    to: 'POST /gitlab',
    headers: githubJob(),
    expect: { ...forbidden, body: { checks: undefined } },
  },
]

/** From verified claims to the truth about a run. */
export const providerCases: readonly ConformanceCase[] = rows.map((row) => ({ setup: 'trusting', ...row }))
