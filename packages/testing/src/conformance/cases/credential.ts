import type { ConformanceCase } from '../case.ts'
import { githubJob, send } from '../world.ts'

const missing = { status: 401, code: 'token_missing' } as const
const malformed = { status: 400, code: 'request_malformed' } as const
const unreadable = { status: 401, code: 'token_malformed' } as const
const to = 'GET /whoami'
const setup = 'trusting'

/** From the request to the text of one token (RFC 6750 §2.1). */
export const credentialCases: readonly ConformanceCase[] = [
  {
    id: 'C01',
    must: 'MUST answer a call without a token with a challenge without an error',
    setup,
    to,
    headers: send(),
    expect: missing,
  },
  {
    id: 'C02',
    must: 'MUST treat another scheme as no token',
    setup,
    to,
    headers: send(['authorization', 'Basic dXNlcjpwYXNz']),
    expect: missing,
  },
  {
    id: 'C03',
    must: 'MUST accept the scheme in any letter case, and any number of spaces after it',
    setup,
    to,
    headers: async (world) => {
      const [[name, value]] = (await githubJob()(world)) as [readonly [string, string]]
      return [[name, value.replace('Bearer ', 'bEARER    ')]]
    },
    expect: { status: 200, workload: { repository: 'acme/shop' } },
  },
  {
    id: 'C04',
    must: 'MUST refuse a scheme without a token',
    setup,
    to,
    headers: send(['authorization', 'Bearer']),
    expect: malformed,
  },
  {
    id: 'C05',
    must: 'MUST refuse a credential of two words',
    setup,
    to,
    headers: send(['authorization', 'Bearer one two']),
    expect: malformed,
  },
  {
    id: 'C06',
    must: 'MUST refuse two credentials in one value',
    setup,
    to,
    headers: async (world) => {
      const [[name, value]] = (await githubJob()(world)) as [readonly [string, string]]
      return [[name, `${value}, ${value}`]]
    },
    expect: malformed,
  },
  {
    id: 'C07',
    must: 'MUST refuse two headers, even if each is valid',
    setup,
    to,
    headers: async (world) => [...(await githubJob()(world)), ...(await githubJob()(world))],
    expect: malformed,
  },
  {
    id: 'C08',
    must: 'MUST refuse a bearer token next to another credential',
    setup,
    to,
    headers: async (world) => [['authorization', 'Basic dXNlcjpwYXNz'], ...(await githubJob()(world))],
    expect: malformed,
  },
  {
    id: 'C09',
    must: 'MUST refuse a token with characters outside of the token alphabet',
    setup,
    to,
    headers: send(['authorization', 'Bearer a"b']),
    expect: malformed,
  },
  {
    id: 'C10',
    must: 'MUST refuse a token that is not a JWT',
    setup,
    to,
    headers: send(['authorization', 'Bearer ghp_0123456789abcdef']),
    expect: unreadable,
  },
  {
    id: 'C11',
    must: 'MUST refuse a token over 16 KiB without decoding it, even with a valid signature',
    setup,
    to,
    headers: githubJob({ repo_property_padding: 'x'.repeat(13_000) }),
    expect: unreadable,
  },
  {
    id: 'C12',
    must: 'MUST not read the token from the query',
    setup,
    to: 'GET /whoami?access_token=e30.e30.e30',
    headers: send(),
    expect: missing,
  },
  {
    id: 'C13',
    must: 'MUST not exempt OPTIONS requests',
    setup,
    to: 'OPTIONS /whoami',
    headers: send(['access-control-request-method', 'POST'], ['origin', 'https://evil.example']),
    expect: missing,
  },
  {
    id: 'C14',
    must: 'MUST read another header if one is configured',
    setup: 'renamed',
    to,
    headers: async (world) => {
      const [[, value]] = (await githubJob()(world)) as [readonly [string, string]]
      return [['x-ci-token', value]]
    },
    expect: { status: 200, workload: { repository: 'acme/shop' } },
  },
  {
    id: 'C15',
    must: 'MUST ignore the usual header if another one is configured, and name the configured realm',
    setup: 'renamed',
    to,
    headers: githubJob(),
    expect: missing,
  },
]
