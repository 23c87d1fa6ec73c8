import { anyEvent, createVerifier, githubActions, gitlab, glob } from '@jobpass/core'
import type { TrustLookup, VerdictEvent, VerifierOptions } from '@jobpass/core'
import { createHmac } from 'node:crypto'
import { inspect } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import {
  base64url,
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  gitlabPush,
  manualClock,
  now,
  publicJwk,
  publicPem,
  refusalOf,
  signParts,
  signToken,
} from '@jobpass/testing/internal'

const audience = 'https://api.acme.dev'
const trust = githubActions({ ownerId: '1234567' })
const good = signToken(githubPush)
const bearer = `Bearer ${good}`

function make(options: Partial<VerifierOptions> = {}): ReturnType<typeof createVerifier> & {
  readonly fetch: ReturnType<typeof fetchKeys>
  readonly events: VerdictEvent[]
  readonly warnings: string[]
} {
  const fetch = fetchKeys()
  const events: VerdictEvent[] = []
  const warnings: string[] = []
  const verifier = createVerifier({
    audience,
    trust,
    fetch,
    clock: clockAt(now),
    onVerdict: (event) => events.push(event),
    onWarning: (message) => warnings.push(message),
    ...options,
  })
  return { ...verifier, fetch, events, warnings }
}

const codeFor = (token: string, options: Partial<VerifierOptions> = {}): Promise<unknown> =>
  codeOf(make(options).verify(token))

describe('a good token', () => {
  test('a good token becomes an identity', async () => {
    expect(await make().verify(good)).toMatchObject({
      provider: 'github-actions',
      repository: 'acme/shop',
      branch: 'main',
      audience,
      issuedAt: 1_795_166_100,
      expiresAt: 1_795_166_400,
    })
  })

  test('lesson G12: an identity is frozen, with its claims', async () => {
    const workload = await make().verify(signToken(claimsWith(githubPush, { custom: { list: [{ a: 1 }] } })))
    expect(() => Object.assign(workload, { branch: 'x' })).toThrow(TypeError)
    expect(() => Object.assign(workload.claims, { sha: 'x' })).toThrow(TypeError)
    const { custom } = workload.claims as unknown as { custom: { list: unknown[] } }
    expect(() => custom.list.push(1)).toThrow(TypeError)
    expect(() => Object.assign(custom.list[0] as object, { a: 2 })).toThrow(TypeError)
  })

  test('the hook gets a good token with its verdict', async () => {
    const verifier = make()
    await verifier.verify(good)
    expect(verifier.events).toHaveLength(1)
    expect(verifier.events[0]).toMatchObject({ layer: 'trust', allowed: true, workload: { repository: 'acme/shop' } })
    expect(verifier.events[0]?.verdict?.rules[0]?.matched).toBe(true)
  })

  test.each([
    ['one text', bearer],
    ['a list', [bearer]],
  ])('authorize takes header values as %s', async (_, values) => {
    expect(await make().authorize(values)).toMatchObject({ repository: 'acme/shop' })
  })

  test('verify takes text only', async () => {
    await expect(make().verify(undefined as unknown as string)).rejects.toThrow(TypeError)
    await expect(make().verify(new String(good) as unknown as string)).rejects.toThrow('takes the text of a token')
  })

  test.each([`${good} `, ` ${good}`, `${good}, Bearer ${good}`, `Bearer ${good}`, `${good}\n`])(
    'verify refuses text that has more than a token: %j',
    async (text) => {
      const code = await codeFor(text)
      expect(['allowed', 'request_malformed', 'token_malformed']).toContain(code)
      // Only outer spaces are ignored, as in a header.
      expect(code === 'allowed').toBe(text.trim() === good && !text.includes('\n'))
    },
  )

  test('the verifier cannot be changed', () => {
    expect(Object.isFrozen(createVerifier({ audience, trust }))).toBe(true)
  })
})

describe('broken tokens', () => {
  const [head = '', body = '', tail = ''] = good.split('.')
  const hmac = (header: object, secret: string | Buffer): string => {
    const input = `${base64url(header)}.${body}`
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
  }
  const hs = { alg: 'HS256', typ: 'JWT', kid: 'k1' }
  const flip = (part: string): string => (part.startsWith('A') ? `B${part.slice(1)}` : `A${part.slice(1)}`)

  test.each([
    [
      'attack A4: alg none without signature',
      `${base64url({ alg: 'none', typ: 'JWT' })}.${body}.`,
      'algorithm_unsupported',
    ],
    [
      'attack A4: alg none with a signature',
      `${base64url({ alg: 'none', kid: 'k1' })}.${body}.${tail}`,
      'algorithm_unsupported',
    ],
    ['attack A4: alg NonE', `${base64url({ alg: 'NonE' })}.${body}.`, 'algorithm_unsupported'],
    ['lesson C1: HS256 with the PEM of the public key', hmac(hs, publicPem), 'algorithm_unsupported'],
    ['lesson C1: HS256 with the PEM without line break', hmac(hs, publicPem.trim()), 'algorithm_unsupported'],
    ['lesson C1: HS256 with the JWK as text', hmac(hs, JSON.stringify(publicJwk)), 'algorithm_unsupported'],
    [
      'lesson C1: HS256 with the modulus',
      hmac(hs, Buffer.from(String(publicJwk['n']), 'base64url')),
      'algorithm_unsupported',
    ],
    ['lesson C1: an HMAC that says RS256', hmac({ ...hs, alg: 'RS256' }, publicPem), 'signature_invalid'],
    ['no signature', `${head}.${body}.`, 'signature_invalid'],
    ['a short signature', `${head}.${body}.AAAA`, 'signature_invalid'],
    ['another signature', `${head}.${body}.${flip(tail)}`, 'signature_invalid'],
    [
      'another payload under the signature',
      `${head}.${base64url({ ...githubPush, sha: 'evil' })}.${tail}`,
      'signature_invalid',
    ],
    [
      'another header under the signature',
      `${base64url({ alg: 'RS256', kid: 'k1' })}.${body}.${tail}`,
      'signature_invalid',
    ],
    ['lesson B5: crit', signToken(githubPush, { crit: ['exp'], exp: 1 }), 'header_unsupported'],
    ['lesson B5: b64', signToken(githubPush, { b64: false, crit: ['b64'] }), 'header_unsupported'],
    ['lesson B5: zip', signToken(githubPush, { zip: 'DEF' }), 'header_unsupported'],
    ['lesson B6: an access token', signToken(githubPush, { typ: 'at+jwt' }), 'header_unsupported'],
    ['lesson B8: a long key id', signToken(githubPush, { kid: 'k'.repeat(257) }), 'header_unsupported'],
    ['lesson B5: an encrypted token', `${head}.${body}.${tail}.a.b`, 'token_malformed'],
    ['lesson A5: a token over 16 KiB', signToken({ ...githubPush, pad: 'x'.repeat(16_384) }), 'token_malformed'],
    ['lesson B1: padding', `${head}.${body}.${tail}=`, 'token_malformed'],
    ['lesson B2: a list as payload', signParts({ alg: 'RS256', kid: 'k1' }, '[]'), 'token_malformed'],
    ['lesson B2: null as header', signParts('null', githubPush), 'token_malformed'],
    ['lesson B2: nothing but text', 'opaque', 'token_malformed'],
    [
      'lesson B7: issuers in a list',
      signToken(claimsWith(githubPush, { iss: [githubPush['iss']] })),
      'token_malformed',
    ],
    ['lesson E4: exp 0', signToken(claimsWith(githubPush, { exp: 0 })), 'token_expired'],
    ['lesson E4: exp as text', signToken(claimsWith(githubPush, { exp: '9e9' })), 'token_malformed'],
    ['lesson E4: exp null', signToken(claimsWith(githubPush, { exp: null })), 'token_malformed'],
    ['lesson E4: no exp', signToken(claimsWith(githubPush, { exp: undefined })), 'claims_invalid'],
    [
      'lesson E4: exp beyond the range of numbers',
      signParts(
        { alg: 'RS256', kid: 'k1' },
        JSON.stringify({ ...githubPush, exp: 0 }).replace('"exp":0', '"exp":1e400'),
      ),
      'token_malformed',
    ],
    ['lesson E4: no iat', signToken(claimsWith(githubPush, { iat: undefined })), 'claims_invalid'],
    ['no audience', signToken(claimsWith(githubPush, { aud: undefined })), 'audience_mismatch'],
    ['no subject', signToken(claimsWith(githubPush, { sub: undefined })), 'claims_invalid'],
    ['no issuer', signToken(claimsWith(githubPush, { iss: undefined })), 'token_malformed'],
    ['an empty issuer', signToken(claimsWith(githubPush, { iss: '' })), 'issuer_untrusted'],
  ])('%s is refused', async (_, token, code) => {
    expect(await codeFor(token)).toBe(code)
  })

  test('lesson B5: key sources in the header are never read', async () => {
    const verifier = make()
    const evil = { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x', jwk: publicJwk, x5c: ['MII'] }
    expect(await codeOf(verifier.verify(signToken(githubPush, evil)))).toBe('allowed')
    expect(verifier.fetch.asked.filter((url) => url.includes('evil'))).toEqual([])
  })

  test('lesson B4: the last of duplicate members counts, in header and claims', async () => {
    const text = JSON.stringify(githubPush)
    const doubled = text
      .replace('{', '{"repository_owner_id":"1234567","repository":"acme/shop",')
      .replaceAll(
        '"repository_owner_id":"1234567","repository":"acme/shop",',
        '"repository_owner_id":"1234567","repository":"acme/shop",',
      )
    const last = `${doubled.slice(0, -1)},"repository_owner_id":"666","sub":"repo:acme/shop:ref:refs/heads/main"}`
    expect(await codeFor(signParts({ alg: 'RS256', kid: 'k1' }, last))).toBe('workload_forbidden')
    expect(await codeFor(signParts('{"alg":"none","alg":"RS256","kid":"k1"}', githubPush))).toBe('allowed')
    expect(await codeFor(signParts('{"alg":"RS256","alg":"none","kid":"k1"}', githubPush))).toBe(
      'algorithm_unsupported',
    )
  })

  test('lesson B3: a claim named __proto__ or constructor has no effect', async () => {
    const text = JSON.stringify(githubPush).replace(
      '{',
      '{"__proto__":{"repository_owner_id":"1234567"},"constructor":1,',
    )
    expect(await codeFor(signParts({ alg: 'RS256', kid: 'k1' }, text))).toBe('allowed')
    const without = text.replace('"repository_owner_id":"1234567","repository_visibility"', '"repository_visibility"')
    expect(await codeFor(signParts({ alg: 'RS256', kid: 'k1' }, without))).toBe('claims_invalid')
  })

  test('lesson I6: any text as a token is answered 400 or 401', async () => {
    const verifier = make()
    const part = fc.oneof(
      fc.json().map(base64url),
      fc.string(),
      fc.base64String(),
      fc.constantFrom(head, body, tail, ''),
    )
    const token = fc.oneof(
      fc.string(),
      fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        const { status } = await refusalOf(verifier.authorize(`Bearer ${text}`))
        expect([400, 401]).toContain(status)
      }),
      { numRuns: 1500, seed: 7 },
    )
  })

  test('lesson I6: any value of a signed claim is admitted or refused with a code', async () => {
    const verifier = make()
    const names = Object.keys(githubPush).filter((name) => name !== 'iss')
    const value = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom(null, '', [], {}, -1, 1e308, 'x'.repeat(300), '\u0000', true),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), value, async (name, changed) => {
        const outcome = await codeOf(verifier.verify(signToken({ ...githubPush, [name]: changed })))
        expect(typeof outcome).toBe('string')
      }),
      { numRuns: 400, seed: 7 },
    )
  })
})

describe('the order of codes is fixed', () => {
  const stages: readonly (readonly [string, Record<string, unknown>, Record<string, unknown>])[] = [
    ['token_malformed', {}, { nbf: 'x' }],
    ['issuer_untrusted', {}, { iss: 'https://evil.example' }],
    ['algorithm_unsupported', { alg: 'HS256' }, {}],
    ['token_expired', {}, { exp: 1 }],
    ['audience_mismatch', {}, { aud: 'x' }],
    ['key_unknown', { kid: 'other' }, {}],
    ['token_too_old', {}, { iat: now - 90_000 }],
    ['claims_invalid', {}, { repository_id: 7 }],
    ['workload_denied', {}, { repository_visibility: 'public' }],
    ['workload_forbidden', {}, { repository_owner_id: '666', sub: 'custom' }],
  ]

  test.each(stages.map(([code], index) => [code, index] as const))(
    '%s comes before all codes of later checks',
    async (code, index) => {
      const rest = stages.slice(index)
      const header = Object.assign({}, ...rest.map(([, each]) => each)) as Record<string, unknown>
      const claims = Object.assign({}, ...rest.map(([, , each]) => each)) as Record<string, unknown>
      const options = { maxTokenAge: 80_000, deny: githubActions.deny({ claims: { repository_visibility: 'public' } }) }
      expect(await codeFor(signToken(claimsWith(githubPush, claims), header), options)).toBe(code)
    },
  )

  test('lesson C3: a token that is refused by its unverified content triggers no fetch', async () => {
    const verifier = make()
    for (const token of [
      signToken(githubPush, { alg: 'HS256' }),
      signToken(githubPush, { crit: ['x'] }),
      signToken(claimsWith(githubPush, { exp: 1 })),
      signToken(claimsWith(githubPush, { aud: 'x' })),
      signToken(claimsWith(githubPush, { iss: 'https://evil.example' })),
      'a.b.c',
    ]) {
      await codeOf(verifier.verify(token))
    }
    expect(verifier.fetch.asked).toEqual([])
  })

  test('lesson D1: tokens of a thousand untrusted issuers trigger no fetch', async () => {
    const verifier = make({ trust: [trust, gitlab({ ownerId: '99' })] })
    const codes = await Promise.all(
      Array.from({ length: 1000 }, (_, index) =>
        codeOf(
          verifier.verify(
            `${base64url({ alg: 'RS256', kid: 'k1' })}.${base64url({ iss: `https://t${index}.example` })}.AAAA`,
          ),
        ),
      ),
    )
    expect(new Set(codes)).toEqual(new Set(['issuer_untrusted']))
    expect(verifier.fetch.asked).toEqual([])
  })
})

describe('no token', () => {
  test.each([[undefined], [[]], [''], ['Basic x'], [['DPoP x']]])(
    'no credential (%j) is answered 401 without an error code',
    async (values) => {
      const error = await refusalOf(make().authorize(values))
      expect(error).toMatchObject({ code: 'token_missing', status: 401 })
      expect(error.headers['WWW-Authenticate']).toBe('Bearer realm="jobpass"')
    },
  )

  test('lesson A3: two credentials are answered 400', async () => {
    expect(await refusalOf(make().authorize([bearer, bearer]))).toMatchObject({
      status: 400,
      code: 'request_malformed',
    })
  })
})

describe('optional (lesson K1)', () => {
  const optional = make({ optional: true })

  test.each([
    ['no header', undefined],
    ['another scheme', 'Basic dXNlcjpwYXNz'],
    ['an opaque bearer value', 'Bearer ghp_16C7e42F292c6912E7710c838347Ae178B4a'],
    ['a bearer value of two parts', 'Bearer a.b'],
    [
      'a JWT of an untrusted issuer',
      `Bearer ${signToken(claimsWith(githubPush, { iss: 'https://accounts.example' }))}`,
    ],
  ])('an optional verifier admits %s, without a workload', async (_, values) => {
    expect(await optional.authorize(values)).toBeUndefined()
    // Lesson K2: a guard refuses a call without a workload.
    expect(await codeOf(optional.guard(trust)(values))).toBe('token_missing')
  })

  test.each([
    [
      'an expired token of a trusted issuer',
      `Bearer ${signToken(claimsWith(githubPush, { exp: 1 }))}`,
      'token_expired',
    ],
    ['a token of a trusted issuer with a bad signature', `${bearer.slice(0, -4)}AAAA`, 'signature_invalid'],
    [
      'a token of a trusted issuer for another audience',
      `Bearer ${signToken(claimsWith(githubPush, { aud: 'x' }))}`,
      'audience_mismatch',
    ],
    ['a token whose issuer is not text', `Bearer ${signToken(claimsWith(githubPush, { iss: 7 }))}`, 'token_malformed'],
    ['a token without issuer', `Bearer ${signToken(claimsWith(githubPush, { iss: undefined }))}`, 'token_malformed'],
    ['three parts that are not a JWT', 'Bearer a.b.c', 'token_malformed'],
    ['a token over 16 KiB', `Bearer ${'a'.repeat(16_385)}`, 'token_malformed'],
    ['two credentials', [bearer, bearer], 'request_malformed'],
    [
      'a job that no rule allows',
      `Bearer ${signToken(claimsWith(githubPush, { event_name: 'issue_comment' }))}`,
      'workload_forbidden',
    ],
  ])('an optional verifier still refuses %s', async (_, values, code) => {
    expect(await codeOf(optional.authorize(values))).toBe(code)
  })

  test('verify returns an identity or throws, even on an optional verifier', async () => {
    expect(await codeOf(optional.verify('opaque'))).toBe('token_malformed')
    expect(await codeOf(optional.verify(signToken(claimsWith(githubPush, { iss: 'https://x.example' }))))).toBe(
      'issuer_untrusted',
    )
  })
})

describe('rules of a route', () => {
  test('a route admits only callers that match both trust and its rules', async () => {
    const verifier = make()
    expect(await codeOf(verifier.guard(githubActions({ ownerId: '1234567', branch: 'main' }))(bearer))).toBe('allowed')
    expect(await codeOf(verifier.guard(githubActions({ ownerId: '1234567', branch: 'next' }))(bearer))).toBe(
      'workload_forbidden',
    )
    expect(await codeOf(verifier.guard(githubActions({ ownerId: '666' }), trust)(bearer))).toBe('allowed')
    expect(verifier.events.map(({ layer, allowed }) => `${layer} ${allowed}`)).toEqual([
      'trust true',
      'route true',
      'trust true',
      'route false',
      'trust true',
      'route true',
    ])
  })

  test('the rules of a route cannot widen trust', async () => {
    const stranger = `Bearer ${signToken(claimsWith(githubPush, { repository_owner_id: '666', sub: 'x' }))}`
    expect(await codeOf(make().guard(githubActions({ ownerId: '666' }))(stranger))).toBe('workload_forbidden')
  })

  test.each([
    ['no rule', [], "needs a rule, such as githubActions({ repository: 'acme/shop' })"],
    ['a provider', githubActions, 'would admit everybody: call the provider'],
    ['two providers', [githubActions, gitlab], 'takes rules made by calling a provider'],
    ['a provider after a rule', [trust, githubActions], 'takes rules made by calling a provider'],
    ['a deny rule', githubActions.deny({ ownerId: '1' }), 'takes rules made by calling a provider'],
    ['a lookup', githubActions.lookup(() => undefined), 'takes rules made by calling a provider'],
    ['JSON', trust.toJSON(), 'takes rules made by calling a provider'],
    ['a spread rule', { ...trust }, 'takes rules made by calling a provider'],
    ['null', null, 'takes rules made by calling a provider'],
    [
      'a rule with anyEvent()',
      githubActions({ ownerId: '1', event: anyEvent() }),
      'a route names the events that may call it',
    ],
  ])('a guard rejects %s at construction', (_, rules, message) => {
    for (const args of [[rules].flat(), [rules]]) {
      const guard = (): unknown => make().guard(...(args as [typeof trust]))
      expect(guard).toThrow(TypeError)
      expect(guard).toThrow(message)
    }
  })

  test('a guard takes lists of rules, alone and among rules', async () => {
    const [main, next] = [githubActions({ ownerId: '1234567', branch: 'main' }), githubActions({ ownerId: '666' })]
    expect(await codeOf(make().guard([next, main])(bearer))).toBe('allowed')
    expect(await codeOf(make().guard(next, [main])(bearer))).toBe('allowed')
    expect(await codeOf(make().guard([next], next)(bearer))).toBe('workload_forbidden')
  })

  test.each<[string, unknown]>([
    ['a rule', trust],
    ['a list of rules', [trust]],
    ['rules in JSON', trust.toJSON()],
    ['a method only', { method: 'GET' }],
    ['null', null],
  ])('a call with %s in place of the request is a TypeError: it would check no rule', async (_, request) => {
    const verifier = make()
    expect(await codeOf(verifier.authorize(bearer, request as never))).toBeInstanceOf(TypeError)
    expect(await codeOf(verifier.guard(trust)(bearer, request as never))).toBeInstanceOf(TypeError)
  })

  test('attack C3: a route must name untrusted events, even if trust has anyEvent()', async () => {
    const open = make({ trust: githubActions({ ownerId: '1234567', event: anyEvent() }) })
    const pull = `Bearer ${signToken(claimsWith(githubPush, { event_name: 'pull_request_target' }))}`
    const main = { ownerId: '1234567', branch: 'main' } as const
    expect(await codeOf(open.authorize(pull))).toBe('allowed')
    expect(await codeOf(open.guard(githubActions({ ownerId: '1234567' }))(pull))).toBe('workload_forbidden')
    expect(await codeOf(open.guard(githubActions(main))(bearer))).toBe('allowed')
    expect(await codeOf(open.guard(githubActions({ ownerId: '1234567', event: 'pull_request_target' }))(pull))).toBe(
      'allowed',
    )
  })

  test('lesson G4: a strict verifier requires ids in the rules of a route', async () => {
    const strict = make({ strict: true })
    await expect(strict.guard(githubActions({ owner: 'acme' }))(bearer)).rejects.toThrow('pin an id')
    expect(await codeOf(strict.guard(trust)(bearer))).toBe('allowed')
  })
})

describe('lookups', () => {
  const lookup = (find: Parameters<typeof githubActions.lookup>[0], settings?: object): TrustLookup =>
    githubActions.lookup(find, settings)

  test('a look-up admits callers that the stored rules match', async () => {
    const seen: unknown[] = []
    const verifier = make({
      trust: lookup(async (workload) => {
        seen.push(workload.repositoryKey)
        return workload.repositoryId === '74205118' ? [githubActions({ repositoryId: '74205118' })] : undefined
      }),
    })
    expect(await codeOf(verifier.verify(good))).toBe('allowed')
    const other = claimsWith(githubPush, { repository_id: '8', sub: 'x' })
    expect(await codeOf(verifier.verify(signToken(other)))).toBe('workload_forbidden')
    expect(seen).toEqual([
      'https://token.actions.githubusercontent.com#74205118',
      'https://token.actions.githubusercontent.com#8',
    ])
  })

  test('lesson F12: a look-up is not called before the token is verified', async () => {
    let asked = 0
    const verifier = make({
      trust: lookup(() => {
        asked++
        return undefined
      }),
    })
    for (const token of [
      `${good.slice(0, -4)}AAAA`,
      signToken(claimsWith(githubPush, { exp: 1 })),
      signToken(claimsWith(githubPush, { repository_id: 7 })),
    ]) {
      await codeOf(verifier.verify(token))
    }
    expect(asked).toBe(0)
  })

  test('a look-up is not called when a rule allows or a deny rule matches', async () => {
    let asked = 0
    const find = (): undefined => {
      asked++
    }
    expect(await codeFor(good, { trust: [lookup(find), trust] })).toBe('allowed')
    expect(await codeFor(good, { trust: lookup(find), deny: githubActions.deny({ ownerId: '1234567' }) })).toBe(
      'workload_denied',
    )
    expect(asked).toBe(0)
  })

  test('a deny rule wins over rules that a look-up finds', async () => {
    expect(await codeFor(good, { trust: lookup(() => trust), deny: githubActions.deny({ branch: 'main' }) })).toBe(
      'workload_denied',
    )
  })

  test('a rule that a look-up finds does not match another issuer', async () => {
    const found = githubActions.at('https://git.acme.dev/_services/token')({ ownerId: '1234567' })
    expect(await codeFor(good, { trust: lookup(() => found) })).toBe('workload_forbidden')
  })

  test('a rule that a look-up finds has the settings of the look-up', async () => {
    const both = ['https://api.acme.dev', 'https://other.example']
    expect(await codeFor(good, { trust: lookup(() => trust, { maxTokenAge: 10 }) })).toBe('token_too_old')
    expect(
      await codeFor(good, { trust: [lookup(() => trust, { maxTokenAge: 10 }), githubActions({ ownerId: '666' })] }),
    ).toBe('workload_forbidden')
    const several = signToken(claimsWith(githubPush, { aud: both }))
    expect(await codeFor(several, { trust: lookup(() => trust) })).toBe('audience_multiple')
    expect(await codeFor(several, { trust: lookup(() => trust, { multipleAudiences: true }) })).toBe('allowed')
  })

  test('lesson G4: a strict verifier requires ids in rules that a look-up finds', async () => {
    const verifier = make({ strict: true, trust: lookup(() => githubActions({ owner: 'acme' })) })
    expect(await codeOf(verifier.verify(good))).toBe('resolver_unavailable')
    expect(verifier.warnings[0]).toContain('pin an id')
  })

  test('lesson F13: a look-up that fails is answered 503, with an event of the trust layer', async () => {
    const verifier = make({ trust: lookup(() => Promise.reject(new Error('down'))) })
    const error = await refusalOf(verifier.verify(good))
    expect(error).toMatchObject({ status: 503, code: 'resolver_unavailable', headers: { 'Retry-After': '5' } })
    expect(error.headers).not.toHaveProperty('WWW-Authenticate')
    expect(verifier.events).toMatchObject([{ layer: 'trust', allowed: false, code: 'resolver_unavailable' }])
  })

  test('lesson F11: a look-up that takes five seconds is an outage', async () => {
    const clock = manualClock()
    let started: () => void = () => {}
    const asked = new Promise<void>((resolve) => {
      started = resolve
    })
    const verifier = make({
      clock,
      trust: lookup(() => {
        started()
        return new Promise(() => {})
      }),
    })
    const outcome = codeOf(verifier.verify(good))
    await asked
    clock.advance(5)
    expect(await outcome).toBe('resolver_unavailable')
  })
})

describe('what a refusal reveals', () => {
  const secretive = make({
    trust: githubActions({ repository: glob('acme/*'), branch: 'release-only' }),
    deny: githubActions.deny({ environment: 'hidden-environment' }),
  })

  test('lesson J2: a refusal shows the rule’s own tenant only its own values', async () => {
    const { problem } = await refusalOf(secretive.verify(good))
    expect(problem).toEqual({
      title: 'Forbidden',
      status: 403,
      detail: 'No rule allows this workload.',
      code: 'workload_forbidden',
      issuer: 'https://token.actions.githubusercontent.com',
      owner: 'acme',
      repository: 'acme/shop',
      checks: [{ field: 'branch', operator: 'equals', actual: 'main' }],
    })
    expect(JSON.stringify(problem)).not.toContain('release-only')
  })

  test('lesson J2: a refusal shows a stranger only its own identity', async () => {
    const stranger = claimsWith(githubPush, {
      repository: 'evil/shop',
      repository_owner: 'evil',
      sub: 'repo:evil/shop:x',
    })
    const { problem } = await refusalOf(secretive.verify(signToken(stranger)))
    expect(problem).not.toHaveProperty('checks')
    expect(problem).toMatchObject({ owner: 'evil', repository: 'evil/shop' })
  })

  test('a refusal by a deny rule shows no reason', async () => {
    const denied = claimsWith(githubPush, { environment: 'hidden-environment' })
    const { problem } = await refusalOf(secretive.verify(signToken(denied)))
    expect(problem).toMatchObject({ code: 'workload_denied' })
    expect(problem).not.toHaveProperty('checks')
  })

  test.each([
    ['none', ['title', 'status', 'detail', 'code']],
    ['own', ['field', 'operator', 'actual']],
    ['full', ['field', 'operator', 'actual', 'expected']],
  ] as const)('the option explain: %s decides what a refusal reveals', async (explain, keys) => {
    const verifier = make({ explain, trust: githubActions({ ownerId: '1234567', branch: 'next' }) })
    const { problem } = await refusalOf(verifier.verify(good))
    expect(Object.keys(explain === 'none' ? problem : (problem.checks?.[0] ?? {}))).toEqual(keys)
  })

  test('the hook gets the whole verdict, even with explain: none', async () => {
    const verifier = make({ explain: 'none', trust: githubActions({ ownerId: '1234567', branch: 'next' }) })
    await codeOf(verifier.verify(good))
    expect(verifier.events[0]?.verdict?.rules[0]?.checks.find(({ passed }) => !passed)).toMatchObject({
      expected: 'next',
    })
  })

  test('lesson J3: only the hook gets the name of an invalid unverified claim', async () => {
    const verifier = make()
    const error = await refusalOf(verifier.verify(signToken(claimsWith(githubPush, { exp: undefined }))))
    expect(error.problem).not.toHaveProperty('claim')
    expect(verifier.events).toMatchObject([{ layer: 'token', code: 'claims_invalid', claim: 'exp' }])
  })

  test('lesson J4: no error, event or warning has the token or its unverified content', async () => {
    const marker = 'c0ffee-marker'
    const evil = claimsWith(githubPush, { sub: marker, repository: marker, custom: marker, aud: marker })
    const tokens = [
      signToken(evil),
      signToken({ ...evil, iss: `https://${marker}.example` }),
      signToken({ ...evil, aud: audience }, { kid: marker }),
      signToken({ ...evil, aud: audience }, { alg: marker }),
      `${signToken({ ...evil, aud: audience }).slice(0, -6)}AAAAAA`,
      signToken({ ...evil, exp: marker }),
      signToken({ ...githubPush, repository_id: 7, run_id: marker }),
      `${marker}.a.b`,
    ]
    for (const token of tokens) {
      const verifier = make()
      const error = await refusalOf(verifier.verify(token))
      const shown = [
        String(error),
        error.stack,
        inspect(error, { depth: 9 }),
        JSON.stringify(error),
        JSON.stringify(error.headers),
      ]
      // The hook gets unverified content only as `unverified`, and never the token.
      const events = verifier.events.map((event) => ({ ...event, unverified: undefined }))
      const all = [...shown, ...verifier.warnings, inspect(events, { depth: 9 })].join('\n')
      expect(all).not.toContain(marker)
      for (const secret of token.split('.').filter((part) => part.length > 8 && part !== marker))
        expect(all + inspect(verifier.events, { depth: 9 })).not.toContain(secret)
      expect(error.cause).toBeUndefined()
    }
  })
})

describe('hooks observe and never decide (lesson J8)', () => {
  test('a hook that throws changes nothing, and is reported once', async () => {
    const warnings: string[] = []
    const verifier = createVerifier({
      audience,
      trust,
      fetch: fetchKeys(),
      clock: clockAt(now),
      onVerdict: () => {
        throw new Error('x')
      },
      onWarning: (message) => warnings.push(message),
    })
    expect(await codeOf(verifier.verify(good))).toBe('allowed')
    expect(await codeOf(verifier.verify('x'))).toBe('token_malformed')
    expect(warnings).toEqual(['onVerdict threw; nothing changes by that'])
  })

  test('the rejection of an asynchronous hook is handled, so that it does not end the process', async () => {
    const rejected = Promise.reject(new Error('x'))
    rejected.catch(() => {})
    const handled = vi.spyOn(rejected, 'then')
    const verifier = make({ onVerdict: () => rejected as unknown as undefined })
    expect(await codeOf(verifier.verify(good))).toBe('allowed')
    expect(handled).toHaveBeenCalled()
  })

  test('a hook cannot change the outcome through its event', async () => {
    const verifier = make({
      trust: githubActions({ ownerId: '1234567', branch: 'next' }),
      onVerdict: (event) => {
        Object.assign(event, { allowed: true })
        Object.assign(event.verdict ?? {}, { allowed: true })
      },
    })
    expect(await codeOf(verifier.verify(good))).toBe('workload_forbidden')
  })

  test('a where that throws is reported as a warning', async () => {
    const where = (): boolean => {
      throw new Error('secret')
    }
    const verifier = make({ trust: githubActions({ ownerId: '1234567', where }) })
    expect(await codeOf(verifier.verify(good))).toBe('workload_forbidden')
    expect(verifier.warnings).toEqual([expect.stringContaining('where in a rule for github-actions threw')])
  })
})

describe('the time is that of the injected clock', () => {
  test.each([
    [1_795_166_069, 'token_not_yet_valid'],
    [1_795_166_070, 'allowed'],
    [1_795_166_429, 'allowed'],
    [1_795_166_430, 'token_expired'],
  ])('lesson E5: a token at the time %i gives %s', async (seconds, code) => {
    expect(await codeFor(good, { clock: clockAt(seconds) })).toBe(code)
  })

  test.each([
    [0, 1_795_166_400, 'token_expired'],
    [300, 1_795_166_699, 'allowed'],
    [300, 1_795_166_700, 'token_expired'],
  ])('lesson E5: a token with a tolerance of %i s, at the time %i, gives %s', async (clockTolerance, seconds, code) => {
    expect(await codeFor(good, { clockTolerance, clock: clockAt(seconds) })).toBe(code)
  })

  test('a GitLab token is refused beyond maxTokenAge, even if it lives for an hour', async () => {
    const options = { trust: gitlab({ ownerId: '99' }), maxTokenAge: 600 }
    expect(await codeFor(signToken(gitlabPush), { ...options, clock: clockAt(1_795_166_730) })).toBe('allowed')
    expect(await codeFor(signToken(gitlabPush), { ...options, clock: clockAt(1_795_166_731) })).toBe('token_too_old')
  })
})
