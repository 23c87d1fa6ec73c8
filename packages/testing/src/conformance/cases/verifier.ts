import type { ConformanceCase } from '../case.ts'
import { audience, enterpriseJob, githubJob, gitlabJob, send } from '../world.ts'

const forbidden = { status: 403, code: 'workload_forbidden' } as const
const missing = { status: 401, code: 'token_missing' } as const
const nobody = { status: 200, workload: null } as const
const admitted = { status: 200, workload: { repository: 'acme/shop' } } as const
const unresolved = { status: 503, code: 'resolver_unavailable', retryAfter: 5 } as const
const fault = { status: 500, frameworkAnswers: true } as const

interface Row {
  readonly id: string
  readonly must: string
  readonly setup: ConformanceCase['setup']
  readonly headers: ConformanceCase['headers']
  readonly expect: ConformanceCase['expect']
  readonly to?: string
}

const rows: readonly Row[] = [
  // Optional
  {
    id: 'V01',
    must: 'MUST let a call without a token through where calling is optional',
    setup: 'optional',
    headers: send(),
    expect: nobody,
  },
  {
    id: 'V02',
    must: 'MUST let another scheme through',
    setup: 'optional',
    headers: send(['authorization', 'Basic dXNlcjpwYXNz']),
    expect: nobody,
  },
  {
    id: 'V03',
    must: 'MUST let a bearer value that is no JWT through',
    setup: 'optional',
    headers: send(['authorization', 'Bearer ghp_0123']),
    expect: nobody,
  },
  {
    id: 'V04',
    must: 'MUST let a JWT of a foreign issuer through',
    setup: 'optional',
    headers: enterpriseJob(),
    expect: nobody,
  },
  {
    id: 'V05',
    must: 'MUST still verify a token of a trusted issuer',
    setup: 'optional',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'V06',
    must: 'MUST refuse a bad token of a trusted issuer',
    setup: 'optional',
    headers: githubJob({ exp: 1 }),
    expect: { status: 401, code: 'token_expired' },
  },
  {
    id: 'V07',
    must: 'MUST refuse a JWT whose issuer is no string',
    setup: 'optional',
    headers: githubJob({ iss: 7 }),
    expect: { status: 401, code: 'token_malformed' },
  },
  {
    id: 'V08',
    must: 'MUST refuse two credentials',
    setup: 'optional',
    headers: send(['authorization', 'Bearer a'], ['authorization', 'Bearer b']),
    expect: { status: 400, code: 'request_malformed' },
  },
  {
    id: 'V09',
    must: 'MUST refuse a trusted job that no rule allows',
    setup: 'optional',
    headers: githubJob({ repository_owner_id: '1' }),
    expect: forbidden,
  },
  {
    id: 'V10',
    must: 'MUST answer 401 at a guard when there is no caller',
    setup: 'optional',
    to: 'POST /deploy',
    headers: send(),
    expect: missing,
  },
  {
    id: 'V11',
    must: 'MUST answer 401 at a guard to a foreign issuer that was let through',
    setup: 'optional',
    to: 'POST /deploy',
    headers: enterpriseJob(),
    expect: missing,
  },
  // Resolvers
  {
    id: 'V12',
    must: 'MUST admit by a rule that was found',
    setup: 'resolving',
    to: 'POST /found',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'V13',
    must: 'MUST admit by a list of rules that was found later',
    setup: 'resolving',
    to: 'POST /found-later',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'V14',
    must: 'MUST refuse whom the rule that was found refuses',
    setup: 'resolving',
    to: 'POST /found',
    headers: githubJob({ ref: 'refs/heads/dev' }),
    expect: forbidden,
  },
  {
    id: 'V15',
    must: 'MUST refuse when nothing is found',
    setup: 'resolving',
    to: 'POST /nothing',
    headers: githubJob(),
    expect: { ...forbidden, body: { checks: undefined } },
  },
  {
    id: 'V16',
    must: 'MUST refuse when an empty list is found',
    setup: 'resolving',
    to: 'POST /empty',
    headers: githubJob(),
    expect: { ...forbidden, body: { checks: undefined } },
  },
  {
    id: 'V17',
    must: 'MUST answer 503 when the look-up throws',
    setup: 'resolving',
    to: 'POST /throws',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V18',
    must: 'MUST answer 503 when the look-up rejects',
    setup: 'resolving',
    to: 'POST /rejects',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V19',
    must: 'MUST answer 503 when the look-up hangs',
    setup: 'resolving',
    to: 'POST /hangs',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V20',
    must: 'MUST answer 503 when what is found is no rule',
    setup: 'resolving',
    to: 'POST /no-rule',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V21',
    must: 'MUST answer 503 when what is found is a provider that was not called',
    setup: 'resolving',
    to: 'POST /not-called',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V22',
    must: 'MUST answer 503 when a route finds a rule for any event',
    setup: 'resolving',
    to: 'POST /any-event',
    headers: githubJob(),
    expect: unresolved,
  },
  {
    id: 'V23',
    must: 'MUST ask no resolver for a caller that trust refuses',
    setup: 'resolving',
    to: 'POST /throws',
    headers: githubJob({ repository_owner_id: '1' }),
    expect: forbidden,
  },
  {
    id: 'V24',
    must: "MUST admit by the stored rules of the caller's tenant",
    setup: 'lookup',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'V25',
    must: 'MUST refuse a tenant without stored rules',
    setup: 'lookup',
    headers: githubJob({ repository_id: '404' }),
    expect: { ...forbidden, body: { checks: undefined } },
  },
  {
    id: 'V26',
    must: "MUST refuse what the tenant's stored rules refuse",
    setup: 'lookup',
    headers: githubJob({ ref: 'refs/heads/dev' }),
    expect: { ...forbidden, body: { checks: [{ field: 'branch', operator: 'equals', actual: 'dev' }] } },
  },
  {
    id: 'V27',
    must: 'MUST answer 503 when the tenant cannot be looked up',
    setup: 'lookup',
    headers: githubJob({ repository_id: '500' }),
    expect: unresolved,
  },
  // Outage and own faults
  {
    id: 'V28',
    must: 'MUST answer 503 when the keys are out of reach',
    setup: 'offline',
    headers: githubJob(),
    expect: { status: 503, code: 'issuer_unavailable', retryAfter: 5 },
  },
  {
    id: 'V29',
    must: 'MUST refuse an expired token during an outage all the same',
    setup: 'offline',
    headers: githubJob({ exp: 1 }),
    expect: { status: 401, code: 'token_expired' },
  },
  {
    id: 'V30',
    must: 'MUST answer 401 without a token during an outage',
    setup: 'offline',
    headers: send(),
    expect: missing,
  },
  {
    id: 'V31',
    must: 'MUST fail loudly at a guard without a verifier',
    setup: 'unverified',
    to: 'POST /deploy',
    headers: githubJob(),
    expect: fault,
  },
  {
    id: 'V32',
    must: 'MUST fail loudly at a guard that a strict verifier does not allow',
    setup: 'strict',
    to: 'POST /deploy',
    headers: githubJob(),
    expect: fault,
  },
  {
    id: 'V33',
    must: 'MUST admit by ids under a strict verifier',
    setup: 'strict',
    to: 'POST /by-id',
    headers: githubJob(),
    expect: admitted,
  },
  // Two verifiers
  {
    id: 'V34',
    must: 'MUST admit whom both of two verifiers admit',
    setup: 'twice',
    headers: githubJob(),
    expect: admitted,
  },
  {
    id: 'V35',
    must: 'MUST refuse whom the second of two verifiers refuses',
    setup: 'twice',
    headers: githubJob({ repository: 'acme/other' }),
    expect: { status: 403, body: { code: 'workload_forbidden' } },
  },
  // Audiences of rules
  {
    id: 'V36',
    must: "MUST take a rule's own audience for its issuer",
    setup: 'ownAudience',
    headers: gitlabJob({ aud: 'https://gitlab-only.acme.dev' }),
    expect: { status: 200, workload: { audience: 'https://gitlab-only.acme.dev' } },
  },
  {
    id: 'V37',
    must: "MUST refuse one rule's own audience for another issuer",
    setup: 'ownAudience',
    headers: githubJob({ aud: 'https://gitlab-only.acme.dev' }),
    expect: { status: 401, code: 'audience_mismatch' },
  },
  {
    id: 'V38',
    must: "MUST refuse the verifier's audience for a rule with its own",
    setup: 'ownAudience',
    headers: gitlabJob({ aud: audience }),
    expect: { status: 401, code: 'audience_mismatch' },
  },
  {
    id: 'V39',
    must: 'MUST take several audiences where the rule says so',
    setup: 'ownAudience',
    headers: gitlabJob({ aud: ['https://gitlab-only.acme.dev', 'https://other.example'] }),
    expect: admitted,
  },
  {
    id: 'V40',
    must: "MUST refuse a token that lives longer than the rule's limit",
    setup: 'ownAudience',
    headers: gitlabJob({ aud: 'https://gitlab-only.acme.dev', exp: 1_795_166_200 + 7201 }),
    expect: { status: 401, code: 'token_lifetime' },
  },
]

/** What the options of a verifier, and its surroundings, change. */
export const verifierCases: readonly ConformanceCase[] = rows.map((row) => ({ to: 'GET /whoami', ...row }))
