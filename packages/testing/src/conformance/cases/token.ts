import { createHmac } from 'node:crypto'
import type { CaseRow, ConformanceCase } from '../case.ts'
import { encode, tampered, withHeader, withPayload } from '../tamper.ts'
import { audience, bearer, circleciJob, forgedJob, githubJob, gitlabJob, now } from '../world.ts'

const malformed = { status: 401, code: 'token_malformed' } as const
const header = { status: 401, code: 'header_unsupported' } as const
const algorithm = { status: 401, code: 'algorithm_unsupported' } as const
const untrusted = { status: 401, code: 'issuer_untrusted' } as const
const expired = { status: 401, code: 'token_expired' } as const
const early = { status: 401, code: 'token_not_yet_valid' } as const
const invalid = { status: 401, code: 'claims_invalid' } as const
const elsewhere = { status: 401, code: 'audience_mismatch' } as const
const forged = { status: 401, code: 'signature_invalid' } as const
const unknownKey = { status: 401, code: 'key_unknown', retryAfter: 10 } as const
const admitted = { status: 200, workload: { repository: 'acme/shop' } } as const

const rows: readonly CaseRow<'setup' | 'to'>[] = [
  // Form
  { id: 'T01', must: 'MUST refuse two parts', headers: tampered(([a, b]) => [a, b]), expect: malformed },
  {
    id: 'T02',
    must: 'MUST refuse five parts, an encrypted token',
    headers: tampered((p) => [...p, 'e30', 'e30']),
    expect: malformed,
  },
  { id: 'T03', must: 'MUST refuse an unsigned token', headers: tampered(([a, b]) => [a, b, '']), expect: forged },
  { id: 'T04', must: 'MUST refuse padding', headers: tampered(([a, b, c]) => [a, b, `${c}=`]), expect: malformed },
  {
    id: 'T05',
    must: 'MUST refuse base64 that is not base64url',
    headers: tampered(([a, b, c]) => [a, `+/${b}`, c]),
    expect: malformed,
  },
  {
    id: 'T06',
    must: 'MUST refuse a part with unused bits that are not zero',
    headers: tampered(([a, , c]) => [a, 'e31', c]),
    expect: malformed,
  },
  {
    id: 'T07',
    must: 'MUST refuse a header that is not JSON',
    headers: tampered(([, b, c]) => [encode('{'), b, c]),
    expect: malformed,
  },
  { id: 'T08', must: 'MUST refuse a payload that is an array', headers: withPayload(() => '[]'), expect: malformed },
  { id: 'T09', must: 'MUST refuse a payload that is null', headers: withPayload(() => 'null'), expect: malformed },
  {
    id: 'T10',
    must: 'MUST refuse a payload that is not UTF-8',
    headers: withPayload(() => Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d)),
    expect: malformed,
  },
  {
    id: 'T11',
    must: 'MUST refuse a payload nested deeper than 16 levels',
    headers: withPayload((json) => json.replace('{', `{"deep":${'['.repeat(20)}${']'.repeat(20)},`)),
    expect: malformed,
  },
  // Issuer
  {
    id: 'T12',
    must: 'MUST refuse an issuer that is not a string',
    headers: githubJob({ iss: ['https://gitlab.com'] }),
    expect: malformed,
  },
  { id: 'T13', must: 'MUST refuse a token without issuer', headers: githubJob({ iss: undefined }), expect: malformed },
  {
    id: 'T14',
    must: 'MUST refuse an issuer with a trusted issuer as its prefix',
    headers: githubJob({ iss: 'https://token.actions.githubusercontent.com.evil.example' }),
    expect: untrusted,
  },
  {
    id: 'T15',
    must: 'MUST refuse a trusted issuer with a trailing slash',
    headers: githubJob({ iss: 'https://token.actions.githubusercontent.com/' }),
    expect: untrusted,
  },
  {
    id: 'T16',
    must: "MUST refuse another tenant's issuer of the same family",
    headers: circleciJob({ 'oidc.circleci.com/org-id': '11111111-2222-4333-8444-555555555555' }),
    expect: untrusted,
  },
  {
    id: 'T17',
    must: 'MUST refuse the shared issuer if only a tenant is trusted',
    headers: circleciJob({ iss: 'https://oidc.circleci.com' }),
    expect: untrusted,
  },
  {
    id: 'T18',
    must: 'MUST refuse the bare host of a removed token format',
    headers: gitlabJob({ iss: 'gitlab.com' }),
    expect: untrusted,
  },
  // Header
  { id: 'T19', must: 'MUST refuse alg none', headers: withHeader({ alg: 'none' }), expect: algorithm },
  {
    id: 'T20',
    must: 'MUST refuse HS256 signed with the public key as secret',
    headers: bearer(async (world) => {
      const [, payload] = (await world.github.mint({ aud: audience })).split('.')
      const input = `${encode(JSON.stringify({ alg: 'HS256', kid: world.github.keys[0]?.kid }))}.${payload}`
      return `${input}.${createHmac('sha256', JSON.stringify(world.github.keys[0])).update(input).digest('base64url')}`
    }),
    expect: algorithm,
  },
  {
    id: 'T21',
    must: 'MUST refuse a secure algorithm that the issuer does not use',
    headers: withHeader({ alg: 'PS256' }),
    expect: algorithm,
  },
  { id: 'T22', must: 'MUST refuse alg in another spelling', headers: withHeader({ alg: 'rs256' }), expect: algorithm },
  {
    id: 'T23',
    must: 'MUST refuse alg that is not a string',
    headers: withHeader({ alg: ['RS256'] }),
    expect: malformed,
  },
  {
    id: 'T24',
    must: 'MUST refuse critical extensions',
    headers: withHeader({ crit: ['exp'], exp: 1 }),
    expect: header,
  },
  {
    id: 'T25',
    must: 'MUST refuse an unencoded payload',
    headers: withHeader({ b64: false, crit: ['b64'] }),
    expect: header,
  },
  { id: 'T26', must: 'MUST refuse compression', headers: withHeader({ zip: 'DEF' }), expect: header },
  {
    id: 'T27',
    must: 'MUST refuse an access token',
    headers: githubJob({}, { header: { typ: 'at+jwt' } }),
    expect: header,
  },
  {
    id: 'T28',
    must: 'MUST accept a token without typ',
    headers: githubJob({}, { header: { typ: undefined } }),
    expect: admitted,
  },
  {
    id: 'T29',
    must: 'MUST ignore keys and URLs in the header',
    headers: githubJob(
      {},
      { header: { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x', jwk: { kty: 'oct', k: 'AA' } } },
    ),
    expect: admitted,
  },
  {
    id: 'T30',
    must: 'MUST refuse a kid of over 256 characters',
    headers: withHeader({ kid: 'k'.repeat(257) }),
    expect: header,
  },
  {
    id: 'T31',
    must: 'MUST refuse a kid that is not a string',
    headers: withHeader({ kid: { toString: 1 } }),
    expect: header,
  },
  // Dates
  { id: 'T32', must: 'MUST refuse an expired token', headers: githubJob({ exp: now - 31 }), expect: expired },
  {
    id: 'T33',
    must: 'MUST tolerate a clock that is 29 s behind',
    headers: githubJob({ exp: now - 29 }),
    expect: admitted,
  },
  {
    id: 'T34',
    must: 'MUST accept a token issued 10 s ahead of our clock',
    headers: githubJob({ iat: now + 10, nbf: now + 10 }),
    expect: admitted,
  },
  { id: 'T35', must: 'MUST refuse a token issued in the future', headers: githubJob({ iat: now + 31 }), expect: early },
  { id: 'T36', must: 'MUST refuse a token before its nbf', headers: githubJob({ nbf: now + 31 }), expect: early },
  { id: 'T37', must: 'MUST refuse a token without exp', headers: githubJob({ exp: undefined }), expect: invalid },
  { id: 'T38', must: 'MUST refuse a token without iat', headers: githubJob({ iat: undefined }), expect: invalid },
  { id: 'T39', must: 'MUST refuse exp 0', headers: githubJob({ exp: 0 }), expect: expired },
  {
    id: 'T40',
    must: 'MUST refuse exp as text',
    headers: withPayload((json) => json.replace(/"exp":\d+/, '"exp":"9e9"')),
    expect: malformed,
  },
  {
    id: 'T41',
    must: 'MUST refuse an infinite exp',
    headers: withPayload((json) => json.replace(/"exp":\d+/, '"exp":1e400')),
    expect: malformed,
  },
  {
    id: 'T42',
    must: 'MUST refuse exp null',
    headers: withPayload((json) => json.replace(/"exp":\d+/, '"exp":null')),
    expect: malformed,
  },
  {
    id: 'T43',
    must: 'MUST grant no tolerance if it is configured as 0',
    setup: 'limited',
    headers: githubJob({ exp: now }),
    expect: expired,
  },
  // Audience
  {
    id: 'T44',
    must: 'MUST refuse another audience',
    headers: githubJob({ aud: 'https://other.example' }),
    expect: elsewhere,
  },
  {
    id: 'T45',
    must: "MUST refuse the platform's default audience",
    headers: githubJob({ aud: 'https://github.com/acme' }),
    expect: elsewhere,
  },
  {
    id: 'T46',
    must: 'MUST refuse a token without audience',
    headers: githubJob({ aud: undefined }),
    expect: elsewhere,
  },
  {
    id: 'T47',
    must: 'MUST compare the audience exactly',
    headers: githubJob({ aud: `${audience}/` }),
    expect: elsewhere,
  },
  {
    id: 'T48',
    must: 'MUST refuse an audience list with a number in it',
    headers: githubJob({ aud: [audience, 1] }),
    expect: malformed,
  },
  { id: 'T49', must: 'MUST refuse an empty audience list', headers: githubJob({ aud: [] }), expect: malformed },
  {
    id: 'T50',
    must: 'MUST accept a list of only this audience',
    headers: githubJob({ aud: [audience] }),
    expect: admitted,
  },
  {
    id: 'T51',
    must: 'MUST refuse a second audience, which could replay the token',
    headers: gitlabJob({ aud: [audience, 'https://other.example'] }),
    expect: { status: 401, code: 'audience_multiple' },
  },
  // Keys and signature
  { id: 'T52', must: "MUST refuse a forger's key under an unknown kid", headers: forgedJob(), expect: unknownKey },
  {
    id: 'T53',
    must: "MUST refuse a forger's signature under a known kid",
    headers: bearer(async (world) =>
      world.forger.mint({ aud: audience }, { header: { kid: world.github.keys[0]?.kid } }),
    ),
    expect: forged,
  },
  {
    id: 'T54',
    must: 'MUST refuse a changed payload',
    headers: withPayload((json) => json.replace('"push"', '"PUSH"')),
    expect: forged,
  },
  {
    id: 'T55',
    must: 'MUST refuse a changed signature',
    headers: tampered(([a, b, c]) => [a, b, (c.startsWith('A') ? 'B' : 'A') + c.slice(1)]),
    expect: forged,
  },
  {
    id: 'T56',
    must: 'MUST accept a token without kid if one key fits',
    headers: githubJob({}, { header: { kid: undefined } }),
    expect: admitted,
  },
  {
    id: 'T57',
    must: "MUST refuse one issuer's signature in the name of another",
    headers: bearer(async (world) =>
      world.gitlab.mint({ aud: audience, iss: 'https://token.actions.githubusercontent.com' }),
    ),
    expect: unknownKey,
  },
  // Age
  {
    id: 'T58',
    must: 'MUST refuse a token older than the limit, even if it has not expired',
    setup: 'limited',
    headers: githubJob({ exp: now + 300 }, { issuedAt: now - 121 }),
    expect: { status: 401, code: 'token_too_old' },
  },
  {
    id: 'T59',
    must: 'MUST refuse a token with a lifetime over a day',
    headers: githubJob({ exp: now + 86_401 }),
    expect: { status: 401, code: 'token_lifetime' },
  },
  // Claims
  {
    id: 'T60',
    must: 'MUST refuse a token without a claim of its table',
    headers: githubJob({ event_name: undefined }),
    expect: { ...invalid, body: { claim: 'event_name' } },
  },
  {
    id: 'T61',
    must: 'MUST refuse an empty required claim',
    headers: githubJob({ repository_id: '' }),
    expect: { ...invalid, body: { claim: 'repository_id' } },
  },
  {
    id: 'T62',
    must: 'MUST refuse an id that is a number',
    headers: githubJob({ repository_id: 74_205_118 }),
    expect: { ...invalid, body: { claim: 'repository_id' } },
  },
  {
    id: 'T63',
    must: 'MUST refuse a flag that is a boolean',
    headers: gitlabJob({ ref_protected: true }),
    expect: { ...invalid, body: { claim: 'ref_protected' } },
  },
  {
    id: 'T64',
    must: 'MUST refuse a list with a wrong element',
    headers: circleciJob({ 'oidc.circleci.com/context-ids': [1] }),
    expect: invalid,
  },
  {
    id: 'T65',
    must: 'MUST refuse a token without subject',
    headers: githubJob({ sub: undefined }),
    expect: { ...invalid, body: { claim: 'sub' } },
  },
  {
    id: 'T66',
    must: "MUST refuse a person's login token of the same issuer",
    headers: gitlabJob({ job_id: undefined, pipeline_id: undefined }),
    expect: invalid,
  },
  {
    id: 'T67',
    must: 'MUST refuse an audit-log token of the same issuer',
    headers: circleciJob({ 'oidc.circleci.com/project-id': undefined, 'oidc.circleci.com/ssh-rerun': undefined }),
    expect: invalid,
  },
  {
    id: 'T68',
    must: 'MUST refuse a subject whose ids contradict the claims',
    headers: githubJob({ sub: 'repo:acme@666/shop@74205118:ref:refs/heads/main' }),
    expect: { ...invalid, body: { claim: 'sub' } },
  },
  {
    id: 'T69',
    must: 'MUST accept the immutable format of the subject',
    headers: githubJob({ sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main' }),
    expect: admitted,
  },
  {
    id: 'T70',
    must: 'MUST accept unknown claims, and claims named like members of Object.prototype',
    headers: githubJob(
      JSON.parse('{"__proto__":{"repository":"x"},"constructor":"x","toString":1,"brand_new":{"a":[1]}}') as Record<
        string,
        unknown
      >,
    ),
    expect: admitted,
  },
]

/** From the text of a token to verified claims. */
export const tokenCases: readonly ConformanceCase[] = rows.map((row) => ({
  setup: 'trusting',
  to: 'GET /whoami',
  ...row,
}))
