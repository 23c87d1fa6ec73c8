import { createVerifier, githubActions } from '@jobpass/core'
import type { IssuerOptions, JSONWebKey } from '@jobpass/core'
import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  manualClock,
  now,
  publicJwk,
  signToken,
} from '@jobpass/testing/internal'

const issuer = 'https://git.acme.dev/_services/token'
const token = signToken(claimsWith(githubPush, { iss: issuer }))

interface Served {
  readonly discovery?: () => unknown
  readonly jwks?: () => unknown
}

/** A `fetch` with given answers; what is no `Response` becomes JSON. */
function serve({ discovery, jwks }: Served): typeof fetch & { asked: string[]; inits: (RequestInit | undefined)[] } {
  const asked: string[] = []
  const inits: (RequestInit | undefined)[] = []
  const answer = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const url = String(input instanceof Request ? input.url : input)
    asked.push(url)
    inits.push(init)
    const found = url.endsWith('openid-configuration')
      ? (discovery ?? (() => ({ issuer, jwks_uri: `${issuer}/keys` })))()
      : (jwks ?? (() => ({ keys: [publicJwk] })))()
    const answer: unknown = await found
    return answer instanceof Response ? answer : Response.json(answer)
  }
  return Object.assign(answer, { asked, inits })
}

const verify = (
  fetch: typeof globalThis.fetch | undefined,
  options: IssuerOptions = {},
  text = token,
): Promise<unknown> =>
  codeOf(
    createVerifier({
      audience: 'https://api.acme.dev',
      trust: githubActions.at(issuer, options)({ ownerId: '1234567' }),
      clock: clockAt(now),
      ...(fetch === undefined ? {} : { fetch }),
    }).verify(text),
  )

describe('discovery and key set', () => {
  test('the keys are fetched by the issuer’s discovery document, without redirects', async () => {
    const fetch = serve({})
    expect(await verify(fetch)).toBe('allowed')
    expect(fetch.asked).toEqual([`${issuer}/.well-known/openid-configuration`, `${issuer}/keys`])
    expect(fetch.inits.every((init) => init?.redirect === 'manual' && init.signal instanceof AbortSignal)).toBe(true)
  })

  test('only jwksUri is fetched where it is given, on any host', async () => {
    const fetch = serve({})
    expect(await verify(fetch, { jwksUri: 'https://keys.acme.dev/set' })).toBe('allowed')
    expect(fetch.asked).toEqual(['https://keys.acme.dev/set'])
  })

  test('the issuer’s own fetch is used where it has one', async () => {
    const own = serve({})
    const shared = serve({})
    expect(await verify(shared, { fetch: own })).toBe('allowed')
    expect([own.asked.length, shared.asked.length]).toEqual([2, 0])
  })

  test('lesson D17: nothing is fetched where the keys are given', async () => {
    const fetch = serve({})
    expect(await verify(fetch, { keys: [publicJwk] })).toBe('allowed')
    expect(fetch.asked).toEqual([])
  })

  test('lesson C7: many tokens cost one fetch', async () => {
    const fetch = serve({})
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: githubActions.at(issuer)({ ownerId: '1234567' }),
      clock: clockAt(now),
      fetch,
    })
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(token)))
    expect(fetch.asked).toHaveLength(2)
  })
})

describe('lesson I4: an outage is not reported as a bad token', () => {
  const odd = (status: number, headers: Record<string, string> = {}): Response =>
    new Response(status === 204 || status === 304 ? null : '{"keys":[]}', { status, headers })
  test.each<[string, Served]>([
    ['no network', { discovery: () => Promise.reject(new TypeError('fetch failed')) }],
    ['no network for the keys', { jwks: () => Promise.reject(new TypeError('fetch failed')) }],
    ['404', { discovery: () => odd(404) }],
    ['500 for the keys', { jwks: () => odd(500) }],
    ['204', { jwks: () => odd(204) }],
    ['lesson D13: a redirect', { jwks: () => odd(302, { location: 'https://evil.example' }) }],
    ['lesson D8: no JSON', { jwks: () => new Response('<html>') }],
    ['lesson D8: no key set', { jwks: () => ({ error: 'x' }) }],
    ['lesson D8: a list', { jwks: () => [publicJwk] }],
    ['lesson D8: null', { jwks: () => null }],
    ['lesson D8: an empty key set', { jwks: () => ({ keys: [] }) }],
    ['lesson C5: no usable key', { jwks: () => ({ keys: [{ kty: 'oct', k: 'c2VjcmV0' }] }) }],
    ['lesson D13: more than a hundred keys', { jwks: () => ({ keys: Array.from({ length: 101 }, () => publicJwk) }) }],
    ['lesson D13: more than 512 KiB', { jwks: () => new Response(`{"keys":[],"x":"${'x'.repeat(524_288)}"}`) }],
    ['invalid UTF-8', { jwks: () => new Response(Uint8Array.of(0x22, 0xff, 0x22)) }],
    [
      'lesson D14: another issuer',
      { discovery: () => ({ issuer: 'https://evil.example', jwks_uri: `${issuer}/keys` }) },
    ],
    [
      'lesson D14: the issuer with a slash',
      { discovery: () => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/keys` }) },
    ],
    ['lesson D14: no issuer', { discovery: () => ({ jwks_uri: `${issuer}/keys` }) }],
    ['lesson D14: keys on another host', { discovery: () => ({ issuer, jwks_uri: 'https://evil.example/keys' }) }],
    ['lesson D14: keys on another port', { discovery: () => ({ issuer, jwks_uri: 'https://git.acme.dev:8443/keys' }) }],
    ['lesson D13: keys by http', { discovery: () => ({ issuer, jwks_uri: 'http://git.acme.dev/keys' }) }],
    ['lesson D13: keys of a loopback', { discovery: () => ({ issuer, jwks_uri: 'http://127.0.0.1/keys' }) }],
    ['no address of keys', { discovery: () => ({ issuer }) }],
    ['a list as discovery document', { discovery: () => [{ issuer }] }],
  ])('lesson I4: an outage is issuer_unavailable: %s', async (_, served) => {
    expect(await verify(serve(served))).toBe('issuer_unavailable')
  })

  test('an outage says when to retry, and nothing of the reason', async () => {
    const fetch = serve({ discovery: () => Promise.reject(new TypeError('secret proxy password')) })
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: githubActions.at(issuer)({ ownerId: '1234567' }),
      clock: clockAt(now),
      fetch,
    })
    const error: unknown = await verifier.verify(token).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ status: 503, headers: { 'Retry-After': expect.stringMatching(/^\d+$/) as string } })
    expect(error).not.toHaveProperty(['headers', 'WWW-Authenticate'])
    expect(JSON.stringify(error)).not.toContain('secret')
  })

  test('lesson D11: after an outage, keys are fetched again', async () => {
    let down = true
    const fetch = serve({
      discovery: () => (down ? Promise.reject(new TypeError('x')) : { issuer, jwks_uri: `${issuer}/k` }),
    })
    const clock = manualClock()
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: githubActions.at(issuer)({ ownerId: '1234567' }),
      clock,
      fetch,
    })
    expect(await codeOf(verifier.verify(token))).toBe('issuer_unavailable')
    down = false
    clock.advance(5)
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
  })

  test('lesson D12: the time limit of five seconds covers connect and body', async () => {
    for (const never of [
      () => new Promise(() => {}),
      () => new Response(new ReadableStream({ pull: () => new Promise(() => {}) })),
    ]) {
      const clock = manualClock()
      const aborted: boolean[] = []
      const fetch = serve({ discovery: never })
      const verifier = createVerifier({
        audience: 'https://api.acme.dev',
        trust: githubActions.at(issuer)({ ownerId: '1234567' }),
        clock,
        fetch,
      })
      const outcome = codeOf(verifier.verify(token))
      while (clock.pending === 0) await Promise.resolve()
      clock.advance(5)
      expect(await outcome).toBe('issuer_unavailable')
      aborted.push(fetch.inits[0]?.signal?.aborted ?? false)
      expect(aborted).toEqual([true])
    }
  })
})

describe('which key verifies a token', () => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const otherKey: JSONWebKey = { ...(publicKey.export({ format: 'jwk' }) as JSONWebKey), kid: 'k2', alg: 'RS256' }
  const withoutId = signToken(claimsWith(githubPush, { iss: issuer }), { kid: undefined })
  const verifyWith = async (keys: readonly unknown[]): Promise<unknown> => {
    try {
      return await verify(undefined, { keys: keys as JSONWebKey[] })
    } catch (error) {
      return error instanceof TypeError ? 'refused at construction' : error
    }
  }
  const plain = (key: JSONWebKey): JSONWebKey => JSON.parse(JSON.stringify({ ...key, kid: undefined })) as JSONWebKey

  test.each<[string, readonly unknown[], unknown]>([
    ['the one it names', [otherKey, publicJwk], 'allowed'],
    [
      'lesson C5: the one it names, among unusable ones',
      [null, 7, { kty: 'oct' }, { kty: 'RSA', n: 'x' }, publicJwk],
      'allowed',
    ],
    ['none of that name', [otherKey], 'key_unknown'],
    ['one of that name for encryption', [{ ...publicJwk, use: 'enc' }, otherKey], 'key_unknown'],
    ['one of that name for another algorithm', [{ ...publicJwk, alg: 'RS512' }, otherKey], 'key_unknown'],
    ['lesson C2: another key under that name', [{ ...otherKey, kid: 'k1' }], 'signature_invalid'],
    ['lesson C6: two under one name, one of which fits', [{ ...publicJwk, alg: 'PS256' }, publicJwk], 'allowed'],
  ])('the key that verifies a token: %s', async (_, keys, code) => {
    expect(await verify(serve({ jwks: () => ({ keys }) }))).toBe(code)
  })

  test('lesson C6: a token without a kid is tried only where exactly one key fits', async () => {
    expect(await verify(undefined, { keys: [publicJwk] }, withoutId)).toBe('allowed')
    expect(await verify(undefined, { keys: [plain(publicJwk)] }, withoutId)).toBe('allowed')
    expect(await verify(undefined, { keys: [publicJwk, otherKey] }, withoutId)).toBe('key_unknown')
    expect(await verify(undefined, { keys: [publicJwk, { ...otherKey, alg: 'PS256' }] }, withoutId)).toBe('allowed')
  })

  test('lesson C2: the algorithm must be one of the issuer’s, even if key and header agree', async () => {
    const text = signToken(claimsWith(githubPush, { iss: issuer }), { alg: 'PS256' })
    expect(await verify(undefined, { keys: [plain({ ...publicJwk, alg: 'PS256' })] }, text)).toBe(
      'algorithm_unsupported',
    )
  })

  test('lesson I6: a key that cannot be imported is an outage, not a crash', async () => {
    // Well-formed, so that only the import fails.
    const broken = { kty: 'RSA', n: publicJwk['n'], e: '!', kid: 'k1' }
    for (const outcome of [await verify(serve({ jwks: () => ({ keys: [broken] }) })), await verifyWith([broken])]) {
      expect(['issuer_unavailable', 'signature_invalid', 'refused at construction']).toContain(outcome)
    }
  })

  test('lesson D4: a hundred unknown keys cost at most two refreshes', async () => {
    const fetch = serve({})
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: githubActions.at(issuer)({ ownerId: '1234567' }),
      clock: clockAt(now),
      fetch,
    })
    const claims = claimsWith(githubPush, { iss: issuer })
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, index) => codeOf(verifier.verify(signToken(claims, { kid: `x${index}` })))),
    )
    expect(new Set(codes)).toEqual(new Set(['key_unknown']))
    expect(fetch.asked.filter((url) => url.endsWith('/keys')).length).toBeLessThanOrEqual(2)
    // Lesson D5: a known key keeps working.
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
  })

  test('lesson D3: issuers do not share keys of the same kid', async () => {
    const elsewhere = 'https://git.other.example/_services/token'
    const fetch = fetchKeys([otherKey, { ...otherKey, kid: 'k1' }])
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: [
        githubActions.at(issuer, { keys: [publicJwk] })({ ownerId: '1234567' }),
        githubActions.at(elsewhere, { fetch })({ ownerId: '1234567' }),
      ],
      clock: clockAt(now),
    })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(signToken(claimsWith(githubPush, { iss: elsewhere }))))).toBe(
      'signature_invalid',
    )
  })
})
