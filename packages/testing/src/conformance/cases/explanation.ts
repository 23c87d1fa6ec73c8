import type { ConformanceCase } from '../case.ts'
import { githubJob } from '../world.ts'

const forbidden = { status: 403, code: 'workload_forbidden' } as const
const to = 'POST /deploy'
const feature = githubJob({ ref: 'refs/heads/feature' })
const stranger = githubJob({ repository: 'quill-otter/shop', repository_owner_id: '1234567' })

/** What a refusal explains, and to which callers. */
export const explanationCases: readonly ConformanceCase[] = [
  {
    id: 'E01',
    must: "MUST explain to the rule's own tenant what failed, with its own values and no expected ones",
    setup: 'trusting',
    to,
    headers: feature,
    expect: {
      ...forbidden,
      body: {
        issuer: 'https://token.actions.githubusercontent.com',
        owner: 'acme',
        repository: 'acme/shop',
        checks: [{ field: 'branch', operator: 'equals', actual: 'feature' }],
      },
    },
  },
  {
    id: 'E02',
    must: 'MUST report expected values only if that is configured',
    setup: 'telling',
    to,
    headers: feature,
    expect: {
      ...forbidden,
      body: { checks: [{ field: 'branch', operator: 'equals', actual: 'feature', expected: 'main' }] },
    },
  },
  {
    id: 'E03',
    must: 'MUST explain nothing if that is configured',
    setup: 'silent',
    to,
    headers: feature,
    expect: { ...forbidden, body: { checks: undefined, issuer: undefined, owner: undefined, repository: undefined } },
  },
  {
    id: 'E04',
    must: 'MUST tell strangers only who they are, and nothing about the rule',
    setup: 'telling',
    to,
    headers: stranger,
    expect: { ...forbidden, body: { checks: undefined, owner: 'quill-otter', repository: 'quill-otter/shop' } },
  },
  {
    id: 'E05',
    must: 'MUST explain nothing about a token that was refused before its signature was checked',
    setup: 'telling',
    to,
    headers: githubJob({ exp: 1 }),
    expect: { status: 401, code: 'token_expired', body: { issuer: undefined, claim: undefined, checks: undefined } },
  },
  {
    id: 'E06',
    must: 'MUST escape values so that no claim can break out of the body or into a header',
    setup: 'trusting',
    to,
    headers: githubJob({ ref: 'refs/heads/x"\r\nSet-Cookie: a=b', sub: 'custom' }),
    expect: {
      ...forbidden,
      body: { checks: [{ field: 'branch', operator: 'equals', actual: 'x"\r\nSet-Cookie: a=b' }] },
    },
  },
  {
    id: 'E07',
    must: 'MUST pass the error to the framework if that is configured',
    setup: 'throwing',
    to,
    headers: feature,
    expect: { ...forbidden, frameworkAnswers: true },
  },
  {
    id: 'E08',
    must: 'MUST keep status and challenge of a missing token when the framework answers',
    setup: 'throwing',
    to,
    headers: async () => [],
    expect: { status: 401, code: 'token_missing', frameworkAnswers: true },
  },
]
