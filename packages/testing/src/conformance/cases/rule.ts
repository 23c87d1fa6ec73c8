import type { ConformanceCase } from '../case.ts'
import { githubJob, gitlabJob } from '../world.ts'

const forbidden = { status: 403, code: 'workload_forbidden' } as const
const denied = { status: 403, code: 'workload_denied', body: { checks: undefined } } as const
const admitted = { status: 200 } as const

interface Row {
  readonly id: string
  readonly must: string
  readonly to: string
  readonly headers: ConformanceCase['headers']
  readonly expect: ConformanceCase['expect']
  readonly setup?: ConformanceCase['setup']
}

const onBranch = (branch: string): ConformanceCase['headers'] => githubJob({ ref: `refs/heads/${branch}` })

const rows: readonly Row[] = [
  {
    id: 'R01',
    must: 'MUST match a glob over one segment',
    to: 'POST /release',
    headers: onBranch('release/1.2'),
    expect: admitted,
  },
  {
    id: 'R02',
    must: 'MUST not let a glob cross a separator',
    to: 'POST /release',
    headers: onBranch('release/1/2'),
    expect: forbidden,
  },
  {
    id: 'R03',
    must: 'MUST not let a lone * match nothing',
    to: 'POST /release',
    headers: onBranch('release/'),
    expect: forbidden,
  },
  {
    id: 'R04',
    must: 'MUST match a glob against the whole value',
    to: 'POST /release',
    headers: onBranch('x/release/1'),
    expect: forbidden,
  },
  {
    id: 'R05',
    must: 'MUST match a tag by a glob',
    to: 'POST /tag',
    headers: githubJob({}, { trigger: 'tag' }),
    expect: { status: 200, workload: { tag: 'v1.4.0' } },
  },
  { id: 'R06', must: 'MUST match one of a list', to: 'POST /list', headers: onBranch('next'), expect: admitted },
  {
    id: 'R07',
    must: 'MUST match nothing outside a list',
    to: 'POST /list',
    headers: onBranch('dev'),
    expect: forbidden,
  },
  { id: 'R08', must: 'MUST fail not() on an absent value', to: 'POST /not', headers: githubJob(), expect: forbidden },
  {
    id: 'R09',
    must: 'MUST fail not() on the value',
    to: 'POST /not',
    headers: githubJob({ environment: 'Preview' }),
    expect: forbidden,
  },
  {
    id: 'R10',
    must: 'MUST pass not() on another value',
    to: 'POST /not',
    headers: githubJob({ environment: 'staging' }),
    expect: admitted,
  },
  {
    id: 'R11',
    must: 'MUST fail present() on an empty value',
    to: 'POST /present',
    headers: githubJob({ environment: '' }),
    expect: forbidden,
  },
  {
    id: 'R12',
    must: 'MUST pass present() on a value',
    to: 'POST /present',
    headers: githubJob({ environment: 'staging' }),
    expect: admitted,
  },
  {
    id: 'R13',
    must: 'MUST pass absent() on a missing value',
    to: 'POST /absent',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'R14',
    must: 'MUST fail absent() on a value',
    to: 'POST /absent',
    headers: githubJob({ environment: 'staging' }),
    expect: forbidden,
  },
  {
    id: 'R15',
    must: 'MUST match raw claims as issued',
    to: 'POST /claims',
    headers: githubJob({ repo_property_tier: 'gold' }),
    expect: admitted,
  },
  {
    id: 'R16',
    must: 'MUST compare raw claims whole',
    to: 'POST /claims',
    headers: githubJob({ repo_property_tier: 'gold,silver' }),
    expect: {
      ...forbidden,
      body: { checks: [{ field: 'claims.repo_property_tier', operator: 'equals', actual: 'gold,silver' }] },
    },
  },
  {
    id: 'R17',
    must: "MUST match any repository under the owner's name",
    to: 'POST /own',
    headers: githubJob({ repository: 'acme/other' }),
    expect: admitted,
  },
  { id: 'R18', must: 'MUST pass a where that is true', to: 'POST /where', headers: githubJob(), expect: admitted },
  {
    id: 'R19',
    must: 'MUST fail a where that is false',
    to: 'POST /where',
    headers: githubJob({ run_attempt: '2' }),
    expect: forbidden,
  },
  {
    id: 'R20',
    must: 'MUST fail a where that throws',
    to: 'POST /where-throws',
    headers: githubJob(),
    expect: forbidden,
  },
  {
    id: 'R21',
    must: 'MUST fail a where that answers a Promise of true',
    to: 'POST /where-promise',
    headers: githubJob(),
    expect: forbidden,
  },
  {
    id: 'R22',
    must: 'MUST admit by any of several rules',
    to: 'POST /either',
    headers: gitlabJob(),
    expect: { status: 200, workload: { provider: 'gitlab' } },
  },
  {
    id: 'R23',
    must: 'MUST admit by the first of several rules too',
    to: 'POST /either',
    headers: githubJob(),
    expect: { status: 200, workload: { provider: 'github-actions' } },
  },
  {
    id: 'R24',
    must: 'MUST demand every guard on the way',
    to: 'POST /both',
    headers: githubJob({ ref_protected: 'false' }),
    expect: { ...forbidden, body: { checks: [{ field: 'refProtected', operator: 'equals', actual: false }] } },
  },
  { id: 'R25', must: 'MUST admit whom every guard admits', to: 'POST /both', headers: githubJob(), expect: admitted },
  {
    id: 'R26',
    must: "MUST refuse a token older than a rule's limit",
    to: 'POST /fresh',
    headers: githubJob({}, { issuedAt: 1_795_166_200 - 91 }),
    expect: { ...forbidden, body: { checks: [{ field: 'tokenAge', operator: 'atMost', actual: 91 }] } },
  },
  {
    id: 'R27',
    must: "MUST take a token within a rule's limit",
    to: 'POST /fresh',
    headers: githubJob({}, { issuedAt: 1_795_166_200 - 90 }),
    expect: admitted,
  },
  {
    id: 'R28',
    must: 'MUST let deny win over trust',
    setup: 'denying',
    to: 'GET /whoami',
    headers: githubJob({ repository_id: '666' }),
    expect: denied,
  },
  {
    id: 'R29',
    must: 'MUST deny runs of any event',
    setup: 'denying',
    to: 'GET /whoami',
    headers: githubJob({}, { trigger: 'pull_request_target' }),
    expect: denied,
  },
  {
    id: 'R30',
    must: 'MUST deny when the code of a deny rule throws',
    setup: 'denying',
    to: 'GET /whoami',
    headers: githubJob({ run_id: '13' }),
    expect: denied,
  },
  {
    id: 'R31',
    must: 'MUST admit whom no deny rule matches',
    setup: 'denying',
    to: 'POST /deploy',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'R32',
    must: 'MUST admit whom a report-only rule alone would refuse by its conditions',
    setup: 'anyEvent',
    to: 'POST /report',
    headers: onBranch('dev'),
    expect: admitted,
  },
  {
    id: 'R33',
    must: 'MUST refuse whom a report-only rule alone does not pin',
    setup: 'anyEvent',
    to: 'POST /report',
    headers: githubJob({ repository: 'acme/other' }),
    expect: forbidden,
  },
  {
    id: 'R34',
    must: 'MUST refuse an event that a report-only rule does not name',
    setup: 'anyEvent',
    to: 'POST /report',
    headers: githubJob({ event_name: 'workflow_run' }),
    expect: forbidden,
  },
  {
    id: 'R35',
    must: 'MUST refuse every event but the one that a report-only rule names',
    setup: 'anyEvent',
    to: 'POST /report-event',
    headers: githubJob({ event_name: 'workflow_run' }),
    expect: forbidden,
  },
  {
    id: 'R36',
    must: 'MUST enforce the settings of a report-only rule',
    setup: 'anyEvent',
    to: 'POST /report-fresh',
    headers: githubJob({}, { issuedAt: 1_795_166_200 - 91 }),
    expect: forbidden,
  },
  {
    id: 'R37',
    must: 'MUST not refuse by a candidate whom another rule admits',
    setup: 'anyEvent',
    to: 'POST /candidate',
    headers: onBranch('dev'),
    expect: admitted,
  },
  {
    id: 'R38',
    must: 'MUST not admit by a candidate whom no other rule admits',
    setup: 'anyEvent',
    to: 'POST /candidate-wider',
    headers: onBranch('dev'),
    expect: forbidden,
  },
]

/** What each condition value of a rule means. */
export const ruleCases: readonly ConformanceCase[] = rows.map((row) => ({ setup: 'trusting', ...row }))
