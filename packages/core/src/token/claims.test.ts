import { describe, expect, test } from 'vitest'
import type { AudienceRules } from './claims.ts'
import { audiencesOf, checkAge, checkAudience, checkDates, checkHeader } from './claims.ts'
import { wrongClaim } from '../table/read-claims.ts'
import { Refusal } from '../model/refusal.ts'
import { parseRows } from '../table/claim-rows.ts'
import type { ClaimRow, ClaimRows, RequiredClaims } from '../table/claim-rows.ts'
import type { UnverifiedClaims } from '../model/token.ts'

const codeOf = (result: unknown): unknown => (result instanceof Refusal ? result.code : 'passed')
const rules = (accepted: ReadonlySet<string>, rest: Partial<AudienceRules> = {}): AudienceRules => ({
  accepted,
  several: false,
  isDefault: () => false,
  appended: undefined,
  ...rest,
})
const claims = (rest: Record<string, unknown>): UnverifiedClaims => ({ iss: 'https://ci.example', ...rest })

describe('checkHeader', () => {
  const check = (header: Record<string, unknown>, rules: { tokenType?: string } = {}): unknown =>
    codeOf(checkHeader({ alg: 'RS256', ...header }, { algorithms: ['RS256', 'ES256'], ...rules }))

  test.each([
    [{}],
    [{ kid: 'k', typ: 'JWT' }],
    [{ typ: 'jwt' }],
    [{ typ: 'application/JWT' }],
    [{ alg: 'ES256' }],
    [{ kid: 'k'.repeat(256) }],
    [{ kid: '' }],
    [{ x5t: 'thumb' }],
    [{ jku: 'https://evil.example/jwks', x5u: 'https://evil.example', jwk: { kty: 'oct' }, x5c: ['MII'] }],
    [{ cty: 'text', custom: { deep: true } }],
  ])('lesson B5: checkHeader takes %j', (header) => {
    expect(check(header)).toBe('passed')
  })

  test.each([
    ['lesson B5', { crit: ['exp'] }],
    ['lesson B5', { crit: [] }],
    ['lesson B5', { crit: null }],
    ['S21', { cty: 'JWT' }],
    ['S21', { cty: 'application/jwt' }],
    ['lesson B5', { b64: false }],
    ['lesson B5', { b64: true }],
    ['lesson B5', { zip: 'DEF' }],
    ['lesson B6', { typ: 'at+jwt' }],
    ['lesson B6', { typ: 'dpop+jwt' }],
    ['lesson B6', { typ: 'logout+jwt' }],
    ['lesson B6', { typ: 'application/at+jwt' }],
    ['lesson B6', { typ: 'application/' }],
    ['lesson B6', { typ: 'application/application/JWT' }],
    ['lesson B6', { typ: 'x-application/JWT' }],
    ['lesson B6', { typ: 'JWTapplication/' }],
    ['lesson B6', { typ: 'JWT ' }],
    ['lesson B6', { typ: '' }],
    ['lesson B6', { typ: null }],
    ['lesson B6', { typ: ['JWT'] }],
    ['lesson B7', { kid: 7 }],
    ['lesson B7', { kid: null }],
    ['lesson B7', { kid: ['k'] }],
    ['lesson B8', { kid: 'k'.repeat(257) }],
  ])('%s: checkHeader refuses %j', (_, header) => {
    expect(check(header)).toBe('header_unsupported')
  })

  test('lesson B6: a table may set another type, which is then required', () => {
    const rules = { tokenType: 'at+jwt' }
    expect(check({ typ: 'at+JWT' }, rules)).toBe('passed')
    expect(check({ typ: 'application/at+jwt' }, rules)).toBe('passed')
    expect(check({}, rules)).toBe('header_unsupported')
    expect(check({ typ: 'JWT' }, rules)).toBe('header_unsupported')
  })

  test.each([
    'none',
    'None',
    'NONE',
    '',
    'HS256',
    'HS384',
    'HS512',
    'rs256',
    'RS512',
    'PS256',
    'EdDSA',
    'RSA-OAEP',
    'RS256 ',
  ])('lesson C1: checkHeader refuses the algorithm %j', (alg) => {
    expect(check({ alg })).toBe('algorithm_unsupported')
  })
})

describe('checkDates', () => {
  const now = 1_000_000
  const check = (dates: Record<string, unknown>, tolerance = 30): unknown => {
    const result = checkDates(claims({ iat: now, exp: now + 300, ...dates }), now, tolerance)
    return result === undefined ? 'passed' : result.code
  }

  test.each([
    [{}],
    [{ exp: now - 29 }],
    [{ iat: now + 30 }],
    [{ nbf: now + 30 }],
    [{ nbf: now - 600 }],
    [{ nbf: 0 }],
    [{ iat: 0 }],
    [{ iat: now + 10, nbf: now + 10 }],
  ])('lesson E5: checkDates takes %j', (dates) => {
    expect(check(dates)).toBe('passed')
  })

  test.each([
    ['lesson E4', { exp: undefined }, 'claims_invalid'],
    ['lesson E4', { iat: undefined }, 'claims_invalid'],
    ['lesson E4', { exp: 0 }, 'token_expired'],
    ['lesson E4', { exp: -1 }, 'token_expired'],
    ['lesson E5', { exp: now - 30 }, 'token_expired'],
    ['lesson E5', { exp: now - 31 }, 'token_expired'],
    ['lesson E5', { iat: now + 31 }, 'token_not_yet_valid'],
    ['lesson E5', { nbf: now + 31 }, 'token_not_yet_valid'],
    ['lesson E6', { iat: now + 31, nbf: now - 600 }, 'token_not_yet_valid'],
    ['expired before early', { exp: now - 100, nbf: now + 100 }, 'token_expired'],
  ])('%s: checkDates answers %j with %s', (_, dates, code) => {
    expect(check(dates)).toBe(code)
  })

  test('checkDates names a missing date for the hook only', () => {
    const result = checkDates(claims({ iat: now }), now, 30)
    expect(result?.context).toEqual({ unverifiedClaim: 'exp' })
  })

  test.each([
    [{ exp: undefined }, { unverifiedClaim: 'exp' }],
    [{ iat: undefined }, { unverifiedClaim: 'iat' }],
    [{ exp: undefined, iat: undefined }, { unverifiedClaim: 'exp' }],
  ])('checkDates names the date that %j lacks, for the hook only', (dates, context) => {
    expect(checkDates(claims({ iat: now, exp: now + 300, ...dates }), now, 30)?.context).toEqual(context)
  })

  test.each([
    [{ exp: now - 30 }, "The token expired 30 s ago, or this clock is ahead of the issuer's."],
    [{ exp: now - 99.5 }, "The token expired 100 s ago, or this clock is ahead of the issuer's."],
    [{ iat: now + 31 }, "The token begins in 31 s: this clock is behind the issuer's."],
    [{ iat: now + 31, nbf: now + 60 }, "The token begins in 60 s: this clock is behind the issuer's."],
    [{ iat: now + 60, nbf: now + 31 }, "The token begins in 60 s: this clock is behind the issuer's."],
  ])('lesson J5: the hint on the dates %j counts the seconds', (dates, hint) => {
    const result = checkDates(claims({ iat: now, exp: now + 300, ...dates }), now, 30)
    expect(result?.context.hint?.()).toBe(hint)
  })

  test('checkDates works without tolerance', () => {
    expect(check({ exp: now }, 0)).toBe('token_expired')
    expect(check({ exp: now + 1 }, 0)).toBe('passed')
    expect(check({ iat: now + 1 }, 0)).toBe('token_not_yet_valid')
  })
})

describe('checkAudience', () => {
  const accepted = new Set(['https://api.acme.dev', 'https://next.acme.dev'])
  const check = (aud: unknown, several = false): unknown => {
    const result = checkAudience(claims({ aud }), rules(accepted, { several }))
    return result instanceof Refusal ? result.code : result
  }

  test.each([
    ['https://api.acme.dev', 'https://api.acme.dev'],
    [['https://api.acme.dev'], 'https://api.acme.dev'],
    [['https://next.acme.dev'], 'https://next.acme.dev'],
  ])('checkAudience takes %j', (aud, matched) => {
    expect(check(aud)).toBe(matched)
  })

  test.each([
    [undefined],
    [''],
    ['https://api.acme.dev/'],
    ['https://API.acme.dev'],
    ['https://api.acme.dev.evil.example'],
    ['https://api.acme.de'],
    ['https://api.acme.dev https://next.acme.dev'],
    [['https://other.example', 'https://third.example']],
  ])('lesson E2: checkAudience refuses %j', (aud) => {
    expect(check(aud)).toBe('audience_mismatch')
  })

  test('attack E5: checkAudience refuses several audiences, ours among them, unless a rule takes several', () => {
    const aud = ['https://other.example', 'https://api.acme.dev']
    expect(check(aud)).toBe('audience_multiple')
    expect(check(['https://api.acme.dev', 'https://next.acme.dev'])).toBe('audience_multiple')
    expect(check(['https://api.acme.dev', 'https://api.acme.dev'])).toBe('audience_multiple')
    expect(check(aud, true)).toBe('https://api.acme.dev')
  })

  const hintOn = (aud: unknown, isDefault?: (audience: string) => boolean): unknown => {
    const result = checkAudience(claims({ aud }), rules(accepted, isDefault && { isDefault }))
    return result instanceof Refusal ? result.context.hint?.() : result
  }
  const slash = 'The audience differs from an accepted one by a slash at the end only.'
  const letterCase = 'The audience differs from an accepted one in letter case only.'
  const shared =
    'The audience is one that services share, such as AWS: the job sent the token that it asked for to use there.'
  const byDefault = 'The audience is one the platform gives by default: the job asked for none.'
  const others = ['https://a.example', 'https://b.example', 'https://c.example']

  test.each<[unknown, string | undefined]>([
    [undefined, 'The token has no audience: the job must ask for one of this API.'],
    ['https://other.example', undefined],
    ['sts.amazonaws.com', shared],
    ['API://AzureADTokenExchange', shared],
    ['https://api.acme.dev/', slash],
    ['https://next.acme.dev/', slash],
    [['https://other.example', 'https://next.acme.dev/'], slash],
    ['https://API.acme.dev', letterCase],
    [['https://other.example', 'https://next.ACME.dev'], letterCase],
    [[...others, 'https://api.acme.dev/'], slash],
    [[...others, 'https://API.acme.dev'], letterCase],
    // So many audiences are no mistake.
    [[...others, 'https://d.example', 'https://api.acme.dev/'], undefined],
    [[...others, 'https://d.example', 'https://API.acme.dev'], undefined],
  ])('lesson J5: the hint on the audiences %j', (aud, hint) => {
    expect(hintOn(aud)).toBe(hint)
    expect(hintOn(aud, () => false)).toBe(hint)
  })

  test.each<[unknown, string | undefined]>([
    ['https://platform.example', byDefault],
    [['https://other.example', 'https://platform.example'], byDefault],
    ['https://other.example', undefined],
    [['https://api.acme.dev/', 'https://platform.example'], slash],
    [['https://API.acme.dev', 'https://platform.example'], byDefault],
  ])('lesson J5: the hint on the audiences %j, where a platform gives an audience by default', (aud, hint) => {
    expect(hintOn(aud, (audience) => audience === 'https://platform.example')).toBe(hint)
  })

  test('R5: several audiences are refused where the table’s function throws on the claims', () => {
    const appended = (({ team }: { readonly team: string }) => `ci:${team.slice(1)}`) as never
    const answer = (team: unknown): unknown => {
      const given = claims({ aud: ['ci:7', 'https://api.acme.dev'], team })
      const result = checkAudience(given, rules(accepted, { appended }))
      return result instanceof Refusal ? result.code : result
    }
    expect(answer('#7')).toBe('https://api.acme.dev')
    for (const team of [undefined, null, 7, {}, '#8']) expect(answer(team)).toBe('audience_multiple')
  })

  test('audiencesOf reads both forms as a list', () => {
    expect(audiencesOf(claims({}))).toEqual([])
    expect(audiencesOf(claims({ aud: 'a' }))).toEqual(['a'])
    expect(audiencesOf(claims({ aud: ['a', 'b'] }))).toEqual(['a', 'b'])
  })
})

describe('lesson E7: checkAge', () => {
  const check = (iat: number, exp: number, limits: { maxTokenAge?: number; maxLifetime?: number }): unknown => {
    const all = { maxTokenAge: Infinity, maxLifetime: Infinity, ...limits }
    return checkAge(claims({ iat, exp }), 1000, all, 30)?.code ?? 'passed'
  }

  test.each([
    [968, 5000, { maxTokenAge: 1 }, 'token_too_old'],
    [969, 5000, { maxTokenAge: 1 }, 'passed'], // 31 s old: 1 s allowed, 30 s tolerance
    [1020, 5000, { maxTokenAge: 1 }, 'passed'],
    [0, 86_400, { maxLifetime: 86_400 }, 'passed'],
    [0, 86_401, { maxLifetime: 86_400 }, 'token_lifetime'],
    [1000, 87_400, { maxLifetime: 86_400 }, 'passed'],
    [1000, 87_401, { maxLifetime: 86_400 }, 'token_lifetime'],
    [0, 9e15, {}, 'passed'],
  ] as const)(
    'lesson E7: checkAge of a token issued %i that expires %i, with the limits %j: %s',
    (iat, exp, limits, expected) => {
      expect(check(iat, exp, limits)).toBe(expected)
    },
  )
})

/** The reasons that require a claim, and each member of a nested one. */
function required(row: ClaimRow): RequiredClaims {
  const reasons = (inner: ClaimRow): string | RequiredClaims =>
    typeof inner === 'object' && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner as ClaimRows).map(([name, each]) => [name, reasons(each)]))
      : 'handlers rely on it'
  return { a: reasons(row) }
}

describe('wrongClaim', () => {
  const check = (rows: ClaimRows, given: Record<string, unknown>, requires?: RequiredClaims): unknown => {
    return wrongClaim(parseRows(rows, requires), { sub: 's', ...given }) ?? 'passed'
  }

  test.each([
    ['id', { a: 'x' }],
    ['text', { a: ' ' }],
    ['flag', { a: 'true' }],
    ['flag', { a: 'false' }],
    ['number', { a: 0 }],
    ['boolean', { a: false }],
    ['id[]', { a: [] }],
    ['id[]', { a: ['x'] }],
    ['text|null', { a: null }],
    ['text|null', { a: 'x' }],
    [['push'], { a: 'anything' }],
    [{ b: 'id' }, { a: { b: 'x', c: 1 } }],
  ] as const)('a claim of the row %j takes %j', (word, given) => {
    expect(check({ a: word }, given, required(word))).toBe('passed')
  })

  test.each([
    ['id', {}, 'a'],
    ['id', { a: '' }, 'a'],
    ['id', { a: 7 }, 'a'],
    ['id', { a: null }, 'a'],
    ['id', { a: ['x'] }, 'a'],
    ['name', { a: true }, 'a'],
    ['flag', { a: 'True' }, 'a'],
    ['flag', { a: true }, 'a'],
    ['flag', { a: '' }, 'a'],
    ['number', { a: '7' }, 'a'],
    ['boolean', { a: 'false' }, 'a'],
    ['boolean', { a: 0 }, 'a'],
    ['id[]', { a: 'x' }, 'a'],
    ['id[]', { a: ['x', 1] }, 'a'],
    ['id[]', { a: [['x']] }, 'a'],
    ['text|null', {}, 'a'],
    ['text|null', { a: 1 }, 'a'],
    [['push'], { a: 1 }, 'a'],
    [{ b: 'id' }, { a: {} }, 'a.b'],
    [{ b: 'id' }, { a: { b: 1 } }, 'a.b'],
    [{ b: { c: 'id' } }, { a: { b: {} } }, 'a.b.c'],
    [{ b: 'id' }, { a: 'x' }, 'a'],
    [{ b: 'id' }, { a: null }, 'a'],
    [{ b: 'id' }, { a: [] }, 'a'],
  ] as const)('lesson G11: the row %j refuses %j and names %s', (word, given, claim) => {
    expect(check({ a: word }, given, required(word))).toBe(claim)
  })

  test('wrongClaim takes an optional claim that is missing, null or empty, and refuses one of another type', () => {
    for (const given of [{}, { a: null }, { a: '' }]) expect(check({ a: 'id' }, given)).toBe('passed')
    for (const given of [{}, { b: null }, { b: '' }]) expect(check({ a: { b: 'id' } }, { a: given })).toBe('passed')
    expect(check({ a: 'id[]' }, { a: [] })).toBe('passed')
    expect(check({ a: 'id' }, { a: 1 })).toBe('a')
    expect(check({ a: 'id' }, { a: [] })).toBe('a')
    expect(check({ a: { b: 'id' } }, { a: [] })).toBe('a')
    expect(check({ a: { b: 'id' } }, { a: { b: 1 } })).toBe('a.b')
  })

  test('wrongClaim checks every row', () => {
    const rows: ClaimRows = { a: 'id', b: 'id', c: 'number', d: { e: 'id', f: 'flag' } }
    const requires = { b: 'rules pin it' }
    const good = { a: 'x', b: 'y', c: 1, d: { e: 'z', f: 'true' } }
    expect(check(rows, good)).toBe('passed')
    expect(check(rows, { ...good, b: 7 })).toBe('b')
    expect(check(rows, { ...good, a: undefined, b: undefined }, requires)).toBe('b')
    expect(check(rows, { ...good, c: '1' })).toBe('c')
    expect(check(rows, { ...good, d: { e: 'z', f: 'yes' } })).toBe('d.f')
  })

  test('wrongClaim checks each member of a family, and ignores unknown claims', () => {
    const rows: ClaimRows = { 'p_*': 'text' }
    expect(check(rows, { p_x: 'y', q: { any: ['thing'] } })).toBe('passed')
    expect(check(rows, { p_x: 'y', p_z: 1 })).toBe('p_z')
  })

  test.each([[undefined], [''], [null]])('wrongClaim requires a subject: %j', (sub) => {
    expect(check({}, { sub })).toBe('sub')
  })

  test('lesson B3: wrongClaim does not accept an inherited claim', () => {
    const rows = { valueOf: 'id', ['toString' as string]: 'id' } as unknown as ClaimRows
    expect(check(rows, {}, { valueOf: 'rules pin it' })).toBe('valueOf')
    expect(
      wrongClaim(
        parseRows({ a: 'id' }, { a: 'rules pin it' }),
        Object.create({ sub: 's', a: 'x' }) as Record<string, unknown>,
      ),
    ).not.toBe(undefined)
  })
})
