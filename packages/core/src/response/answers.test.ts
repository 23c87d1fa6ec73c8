import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { errorCodes } from '@jobpass/core'
import type { RefusalCode } from '@jobpass/core'
import { challengeHeaders } from './www-authenticate.ts'
import { isHeaderText } from '../http/header-text.ts'
import { WorkloadAuthError } from './error.ts'
import { hintFor } from '../rule/hints.ts'
import { problemOf } from './problem.ts'
import type { RefusalContext } from '../model/refusal.ts'
import { Refusal, refuse } from '../model/refusal.ts'
import type { CheckResult, RuleVerdict, Verdict } from '../model/verdict.ts'

const codes = Object.keys(errorCodes) as RefusalCode[]
const refusalOf = (code: RefusalCode, context?: RefusalContext): Refusal => new Refusal(code, errorCodes[code], context)

describe('lesson I7: the public table of codes', () => {
  test('lesson I7: codes, statuses and RFC 6750 errors do not change', () => {
    expect(codes.map((code) => `${code} ${errorCodes[code].status} ${String(errorCodes[code].error)}`)).toEqual([
      'token_missing 401 undefined',
      'request_malformed 400 invalid_request',
      'token_malformed 401 invalid_token',
      'issuer_untrusted 401 invalid_token',
      'header_unsupported 401 invalid_token',
      'algorithm_unsupported 401 invalid_token',
      'token_expired 401 invalid_token',
      'token_not_yet_valid 401 invalid_token',
      'audience_mismatch 401 invalid_token',
      'audience_multiple 401 invalid_token',
      'issuer_unavailable 503 null',
      'key_unknown 401 invalid_token',
      'signature_invalid 401 invalid_token',
      'token_too_old 401 invalid_token',
      'token_lifetime 401 invalid_token',
      'claims_invalid 401 invalid_token',
      'scheme_mismatch 401 invalid_token',
      'proof_invalid 401 invalid_dpop_proof',
      'proof_nonce 401 use_dpop_nonce',
      'certificate_mismatch 401 invalid_token',
      'token_revoked 401 invalid_token',
      'workload_denied 403 insufficient_scope',
      'workload_forbidden 403 insufficient_scope',
      'resolver_unavailable 503 null',
      'store_unavailable 503 null',
      'token_replayed 401 invalid_token',
      'token_exchanged 401 invalid_token',
    ])
  })

  test('lesson I7: importers cannot change the table of codes', () => {
    expect(Object.isFrozen(errorCodes)).toBe(true)
    expect(codes.filter((code) => !Object.isFrozen(errorCodes[code]))).toEqual([])
  })
})

describe('challengeHeaders', () => {
  test('lesson I1: a challenge has no error where there was no token', () => {
    expect(challengeHeaders(refuse('token_missing'), { realm: 'jobpass' })).toEqual({
      'WWW-Authenticate': 'Bearer realm="jobpass"',
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
    })
  })

  test.each(codes)('lesson I5: the challenge for %s has a registered error only, and text of RFC 6750', (code) => {
    const headers = challengeHeaders(refusalOf(code), { realm: 'jobpass' })
    const challenge = headers['WWW-Authenticate']
    if (errorCodes[code].status === 503) return expect(challenge).toBeUndefined()
    expect(challenge).toMatch(
      /^(?:Bearer realm="jobpass"(?:, error="(?:invalid_request|invalid_token|insufficient_scope)", error_description="[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}")?|DPoP realm="jobpass", error="(?:invalid_dpop_proof|use_dpop_nonce)", error_description="[\x20\x21\x23-\x5B\x5D-\x7E]{1,200}")$/,
    )
    return expect(headers).toMatchObject({ 'Cache-Control': 'no-store', 'Content-Type': 'application/problem+json' })
  })

  test('lesson I4: an outage says when to retry', () => {
    expect(challengeHeaders(refuse('issuer_unavailable', { retryAfter: 5 }), { realm: 'x' })).toMatchObject({
      'Retry-After': '5',
    })
    expect(challengeHeaders(refuse('key_unknown'), { realm: 'x' })['Retry-After']).toBeUndefined()
  })

  const metadataUrl = 'https://api.acme.dev/.well-known/oauth-protected-resource/v1'

  const metadata = { url: metadataUrl, scopes: ['deploy', 'roll-back'] }

  test('lesson I9: a 401 and a 403 name the metadata document and its scopes, and no other answer does', () => {
    for (const code of codes) {
      const plain = challengeHeaders(refusalOf(code), { realm: 'jobpass' })
      const named = challengeHeaders(refusalOf(code), { realm: 'jobpass', metadata })
      const challenge = plain['WWW-Authenticate']
      const ways = `scope="deploy roll-back", resource_metadata="${metadataUrl}"`
      const longer = { ...plain, 'WWW-Authenticate': `${challenge}, ${ways}` }
      expect(named).toEqual([401, 403].includes(errorCodes[code].status) ? longer : plain)
      expect(new WorkloadAuthError(refusalOf(code), { realm: 'jobpass', metadata, explain: 'own' }).headers).toEqual(
        named,
      )
    }
  })

  test('lesson I8: no value of a caller enters a header', () => {
    const evil = '"\r\nSet-Cookie: a=b'
    const context = { claim: evil, unverifiedClaim: evil, workload: { issuer: evil, owner: evil, repository: evil } }
    for (const code of codes) {
      const headers = challengeHeaders(refusalOf(code, context as unknown as RefusalContext), { realm: 'jobpass' })
      expect(JSON.stringify(headers)).not.toContain('Set-Cookie')
    }
  })

  test.each([
    ['jobpass', true],
    ['deploy API (eu)', true],
    ['', false],
    ['a"b', false],
    ['a\\b', false],
    ['a\r\nb', false],
    ['é', false],
    ['x'.repeat(200), true],
    ['x'.repeat(201), false],
  ])('lesson I8: the realm %j is %s', (text, expected) => {
    expect(isHeaderText(text)).toBe(expected)
  })
})

const check = (field: string, changes: Partial<CheckResult> = {}): CheckResult => ({
  field,
  operator: 'equals',
  expected: 'main',
  actual: 'dev',
  passed: false,
  ...changes,
})
const rule = (changes: Partial<RuleVerdict>): RuleVerdict => ({
  effect: 'allow',
  provider: 'github-actions',
  issuers: ['https://ci.example'],
  matched: false,
  pinned: true,
  checks: [check('branch')],
  ...changes,
})
const verdictOf = (rules: readonly RuleVerdict[], reason: Verdict['reason'] = 'no-rule-matched'): Verdict => ({
  allowed: false,
  reason,
  matched: undefined,
  rules,
  nearest: rules[0],
  nearestOwn: rules.find(({ pinned }) => pinned),
  fingerprint: '0123456789abcdef',
})
const workload = {
  issuer: 'https://ci.example',
  owner: 'acme',
  repository: 'acme/shop',
  subject: 'secret-subject',
} as unknown as NonNullable<RefusalContext['workload']>
const forbidden = (rules: readonly RuleVerdict[], reason?: Verdict['reason']): ReturnType<typeof refuse> =>
  refuse('workload_forbidden', { workload, verdict: verdictOf(rules, reason) })

describe('problemOf', () => {
  const plain = {
    title: 'Forbidden',
    status: 403,
    detail: 'No rule allows this workload.',
    code: 'workload_forbidden',
  }
  const stranger = { ...plain, issuer: 'https://ci.example', owner: 'acme', repository: 'acme/shop' }

  test('problemOf shows outsiders their own issuer, owner and repository, and no more', () => {
    const foreign = forbidden([rule({ pinned: false })])
    expect(problemOf(foreign, 'own')).toEqual(stranger)
    expect(problemOf(foreign, 'full')).toEqual(stranger)
    expect(problemOf(forbidden([]), 'full')).toEqual(stranger)
  })

  test('problemOf reads alike for known and unknown tenants', () => {
    expect(problemOf(forbidden([rule({ pinned: false })]), 'full')).toEqual(
      problemOf(forbidden([], 'no-rule-for-issuer'), 'full'),
    )
  })

  test('lesson J2: problemOf shows the rule’s own tenant what failed: own values, and expected ones at level full only', () => {
    const own = forbidden([rule({ checks: [check('owner', { passed: true }), check('branch')] })])
    expect(problemOf(own, 'own').checks).toEqual([{ field: 'branch', operator: 'equals', actual: 'dev' }])
    expect(problemOf(own, 'full').checks).toEqual([
      { field: 'branch', operator: 'equals', actual: 'dev', expected: 'main' },
    ])
    expect(problemOf(own, 'none')).toEqual(plain)
    expect(JSON.stringify(problemOf(own, 'own'))).not.toContain('main')
  })

  test('problemOf writes null where the caller has no value', () => {
    const hint = 'The job names no environment.'
    const own = forbidden([rule({ checks: [check('environment', { actual: undefined, hint })] })])
    expect(problemOf(own, 'own').checks).toEqual([{ field: 'environment', operator: 'equals', actual: null, hint }])
  })

  test('problemOf does not reveal why a deny rule refused', () => {
    const denied = refuse('workload_denied', { workload, verdict: verdictOf([rule({ effect: 'deny' })], 'denied') })
    expect(problemOf(denied, 'full')).not.toHaveProperty('checks')
  })

  test('problemOf names the claim at fault in a verified token, and not in an unverified one', () => {
    expect(problemOf(refuse('claims_invalid', { claim: 'job_id' }), 'own')).toMatchObject({ claim: 'job_id' })
    expect(problemOf(refuse('claims_invalid', { claim: 'job_id' }), 'none')).not.toHaveProperty('claim')
    expect(problemOf(refuse('claims_invalid', { unverifiedClaim: 'exp' }), 'full')).toEqual({
      title: 'Unauthorized',
      status: 401,
      detail: errorCodes.claims_invalid.detail,
      code: 'claims_invalid',
    })
  })

  test('problemOf never holds the subject or other claims', () => {
    for (const level of ['own', 'full'] as const) {
      expect(JSON.stringify(problemOf(forbidden([rule({})]), level))).not.toContain('secret-subject')
    }
  })
})

describe('lesson J5: hints for known mistakes', () => {
  test.each([
    ['letter case', check('branch', { actual: 'Main' }), 'letter case only'],
    [
      'letter case in a list',
      check('branch', { operator: 'oneOf', expected: ['x', 'main'], actual: 'MAIN' }),
      'letter case',
    ],
    ['no environment', check('environment', { actual: undefined }), 'names no environment'],
    [
      'an event that is not trusted',
      check('event', { operator: 'ordinary', actual: 'pull_request' }),
      'unless the rule names it',
    ],
    ['no branch', check('branch', { actual: undefined }), 'not provably of a branch'],
  ])('lesson J5: hintFor knows the mistake: %s', (_, failed, hint) => {
    expect(hintFor(failed, workload)).toContain(hint)
  })

  test.each([
    ['another branch', check('branch')],
    ['another environment', check('environment', { actual: 'preview' })],
    ['no tag', check('tag', { actual: undefined })],
    ['not', check('branch', { operator: 'not', expected: { not: 'main' }, actual: 'main' })],
    ['a number', check('tokenAge', { operator: 'atMost', expected: 10, actual: 60 })],
    ['an event where the rule names another', check('event', { expected: 'push', actual: 'schedule' })],
  ])('hintFor has no hint for %s', (_, failed) => {
    expect(hintFor(failed, workload)).toBeUndefined()
  })

  test('hintFor never reveals an expected value', () => {
    expect(hintFor(check('branch', { expected: 'Hidden-Branch', actual: 'hidden-branch' }), workload)).not.toMatch(
      /hidden/i,
    )
  })
})

describe('WorkloadAuthError', () => {
  const own = forbidden([rule({ checks: [check('branch', { expected: 'hidden-expected' })] })])
  const error = new WorkloadAuthError(own, { realm: 'jobpass', explain: 'own' })

  test('a WorkloadAuthError contains the answer', () => {
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({
      name: 'WorkloadAuthError',
      code: 'workload_forbidden',
      status: 403,
      statusCode: 403,
      expose: true,
      message: 'No rule allows this workload.',
      headers: challengeHeaders(own, { realm: 'jobpass' }),
      problem: problemOf(own, 'own'),
    })
  })

  test('lesson J4: a WorkloadAuthError reveals expected values by its verdict only', () => {
    expect(error.verdict?.rules[0]?.checks[0]?.expected).toBe('hidden-expected')
    for (const shown of [
      String(error),
      error.stack,
      JSON.stringify(error),
      inspect(error),
      JSON.stringify(Object.entries(error)),
    ]) {
      expect(shown).not.toContain('hidden-expected')
      expect(shown).not.toContain('secret-subject')
    }
    expect(error.cause).toBeUndefined()
  })
})
