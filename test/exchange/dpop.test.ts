// Tokens that are bound to a key (RFC 9449), at the exchange and at an API.

import type { AuthorizedRequest } from '@jobpass/core/internal'
import { serviceTokens, viaExchange } from '@jobpass/exchange'
import { createHash, createHmac, randomUUID } from 'node:crypto'
import type { CryptoKey, JWK } from 'jose'
import { calculateJwkThumbprint, CompactSign, exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import type { ReplayStore } from '@jobpass/core'
import { githubActions, memoryReplayStore } from '@jobpass/core'
import { codeOf, manualClock, now, refusalOf } from '@jobpass/testing/internal'
import { api, apiOf, ask, ciToken, claimsOf, issuer, makeKey, publish, service, shop, tokenOf } from './service.ts'

const pair = await generateKeyPair('ES256', { extractable: true })
const other = await generateKeyPair('ES256', { extractable: true })
const publicJwk = await exportJWK(pair.publicKey)
const thumbprint = await calculateJwkThumbprint(publicJwk)

interface ProofChanges {
  readonly claims?: Readonly<Record<string, unknown>>
  readonly header?: Readonly<Record<string, unknown>>
  readonly key?: CryptoKey
}

/** A proof (RFC 9449 §4.2), with the changes of a test. */
async function proof(
  htm: string,
  htu: string,
  token?: string,
  { claims, header, key }: ProofChanges = {},
): Promise<string> {
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
  return new SignJWT({ jti: randomUUID(), htm, htu, iat: now, ...ath, ...claims })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk, ...header })
    .sign(key ?? pair.privateKey)
}

const endpoint = `${issuer}/token`
const secret = new Uint8Array(32).fill(7)
const bound = { dpop: { origin: api } }

/** A token that is bound to the key of this file. */
async function boundToken(running: Awaited<ReturnType<typeof service>>): Promise<string> {
  const { body } = await ask(running.exchange, {}, { dpop: [await proof('POST', endpoint)] })
  return String(body['access_token'])
}

const request = (proofs: readonly string[], changes: Partial<AuthorizedRequest> = {}): AuthorizedRequest => ({
  method: 'PUT',
  path: '/packages/shop?x=1',
  proofs,
  ...changes,
})

describe('DPoP at the exchange', () => {
  test('RFC 9449 §5: a proof binds the token to its key', async () => {
    const { exchange, records } = await service()
    const { status, body } = await ask(exchange, {}, { dpop: [await proof('POST', endpoint)] })
    expect([status, body['token_type']]).toEqual([200, 'DPoP'])
    expect(claimsOf(body['access_token'])['cnf']).toEqual({ jkt: thumbprint })
    expect(records).toMatchObject([{ outcome: 'issuing', thumbprint }])
  })

  test('a grant may require a proof', async () => {
    const { exchange } = await service({ grants: [{ ...publish, dpop: 'required' }] })
    expect((await ask(exchange)).body['error']).toBe('invalid_dpop_proof')
    expect((await ask(exchange, {}, { dpop: [await proof('POST', endpoint)] })).status).toBe(200)
  })

  test('a proof must use an algorithm of the metadata', async () => {
    const { exchange } = await service()
    const rsa = await generateKeyPair('RS256', { extractable: true })
    const jwk = await exportJWK(rsa.publicKey)
    const signedWith = async (alg: string) => {
      const made = await new SignJWT({ jti: randomUUID(), htm: 'POST', htu: endpoint, iat: now })
        .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk })
        .sign(await importJWK(await exportJWK(rsa.privateKey), alg))
      const { body } = await ask(exchange, {}, { dpop: [made] })
      return body['error'] ?? body['token_type']
    }
    expect([await signedWith('RS256'), await signedWith('PS256')]).toEqual(['DPoP', 'DPoP'])
    expect([await signedWith('RS384'), await signedWith('PS512')]).toEqual(['invalid_dpop_proof', 'invalid_dpop_proof'])
  })

  test('an unavailable store is an outage, not an invalid proof', async () => {
    const down = { ...memoryReplayStore(), claim: () => Promise.reject(new Error('down')) }
    const store: ReplayStore = { ...down, proofs: down }
    const { exchange } = await service({}, { replay: { store } })
    const { status, body, answer } = await ask(exchange, {}, { dpop: [await proof('POST', endpoint)] })
    expect([status, body['error'], body['error_description'], answer.headers['Retry-After']]).toEqual([
      503,
      'temporarily_unavailable',
      'Whether the token was used before cannot be looked up right now; retry with a new token, since this one may count as used.',
      '5',
    ])
  })

  test('the answer to an invalid proof has a nonce only if nonces are required', async () => {
    const headersOf = async (options: Parameters<typeof service>[0]) =>
      Object.keys((await ask((await service(options)).exchange, {}, { dpop: ['x'] })).answer.headers)
    expect(await headersOf({})).toEqual(['Content-Type', 'Cache-Control', 'Pragma'])
    expect(await headersOf({ nonceSecret: secret })).toEqual(['Content-Type', 'Cache-Control', 'Pragma', 'DPoP-Nonce'])
  })

  test('a proof can be used once', async () => {
    const { exchange } = await service()
    const dpop = [await proof('POST', endpoint)]
    expect((await ask(exchange, {}, { dpop })).status).toBe(200)
    expect((await ask(exchange, {}, { dpop })).body['error']).toBe('invalid_dpop_proof')
  })

  test('RFC 9449 §8: the exchange requires its nonces', async () => {
    const { exchange, clock } = await service({ nonceSecret: secret })
    const first = await ask(exchange, {}, { dpop: [await proof('POST', endpoint)] })
    expect([first.status, first.body['error']]).toEqual([400, 'use_dpop_nonce'])
    const nonce = first.answer.headers['DPoP-Nonce'] ?? ''
    const withNonce = async (given: string, iat = now) =>
      (await ask(exchange, {}, { dpop: [await proof('POST', endpoint, undefined, { claims: { nonce: given, iat } })] }))
        .body
    expect((await withNonce(nonce))['token_type']).toBe('DPoP')
    expect((await withNonce(`${nonce.slice(0, -2)}AA`))['error']).toBe('use_dpop_nonce')
    expect((await withNonce('1.x'))['error']).toBe('use_dpop_nonce')
    // Another process with the same secret accepts the nonce, and one with another secret does not.
    const { exchange: same } = await service({ nonceSecret: secret })
    const { exchange: another } = await service({ nonceSecret: new Uint8Array(32).fill(8) })
    const dpop = async () => [await proof('POST', endpoint, undefined, { claims: { nonce } })]
    expect((await ask(same, {}, { dpop: await dpop() })).status).toBe(200)
    expect((await ask(another, {}, { dpop: await dpop() })).body['error']).toBe('use_dpop_nonce')
    clock.advance(180)
    expect((await withNonce(nonce, now + 180))['error']).toBe('use_dpop_nonce')
  })

  describe('a nonce', () => {
    const nonceAt = (at: number, key = secret): string =>
      `${Math.floor(at / 60)}.${createHmac('sha256', key)
        .update(`dpop nonce ${Math.floor(at / 60)}`)
        .digest('base64url')}`
    const outcomeOf = async (
      running: Pick<Awaited<ReturnType<typeof service>>, 'exchange' | 'clock'>,
      nonce: unknown,
    ) => {
      const at = running.clock.now() / 1000
      const subject_token = ciToken({ iat: at, nbf: at, exp: at + 300 })
      const dpop = [await proof('POST', endpoint, undefined, { claims: { nonce, iat: at } })]
      const { body, answer } = await ask(running.exchange, { subject_token }, { dpop })
      return body['error'] === 'use_dpop_nonce' ? answer.headers['DPoP-Nonce'] : body['token_type']
    }

    test('a nonce is the minute and its HMAC: the same in every process and version', async () => {
      // Forty nonces contain all characters that differ between base64 and base64url.
      for (let minute = 0; minute < 40; minute++) {
        const clock = manualClock(now - 60 * minute)
        const running = { ...(await service({ nonceSecret: secret }, { clock })), clock }
        expect(await outcomeOf(running, undefined)).toBe(nonceAt(now - 60 * minute))
      }
      const running = await service({ nonceSecret: secret })
      for (let minute = 0; minute < 3; minute++)
        expect(await outcomeOf(running, nonceAt(now - 60 * minute))).toBe('DPoP')
    })

    test('a nonce is valid for the rest of its minute and two more, and not before', async () => {
      const running = await service({ nonceSecret: secret })
      // Ten seconds of this minute are left.
      const nonce = nonceAt(now)
      running.clock.advance(129)
      expect(await outcomeOf(running, nonce)).toBe('DPoP')
      running.clock.advance(1)
      expect(await outcomeOf(running, nonce)).toBe(nonceAt(now + 130))
      const clock = manualClock(now - 60)
      const early = { ...(await service({ nonceSecret: secret }, { clock })), clock }
      expect(await outcomeOf(early, nonce)).toBe(nonceAt(now - 60))
    })

    test('a nonce with other text around it is refused', async () => {
      const running = await service({ nonceSecret: secret })
      const nonce = nonceAt(now)
      const [, mac = ''] = nonce.split('.')
      for (const wrong of [[nonce], 0, '', `x${nonce}`, `${nonce}=`, `${nonce}A`, mac, `.${mac}`])
        expect([wrong, await outcomeOf(running, wrong)]).toEqual([wrong, nonce])
    })

    test('nonces use the bytes of the secret at creation, also of a view of a larger buffer', async () => {
      const pool = new Uint8Array(96).fill(9)
      pool.set(secret, 32)
      const nonceSecret = pool.subarray(32, 64)
      const running = await service({ nonceSecret })
      nonceSecret.fill(0)
      expect(await outcomeOf(running, undefined)).toBe(nonceAt(now))
    })
  })
})

describe('RFC 9449 §4.3: the check of a proof', () => {
  const cases: readonly [string, (token: string) => Promise<readonly string[]>, string][] = [
    ['none', async () => [], 'proof_invalid'],
    ['a good one', async (token) => [await proof('PUT', `${api}/packages/shop`, token)], 'allowed'],
    [
      'one whose address is spelled otherwise, with a query',
      async (token) => [await proof('PUT', 'HTTPS://API.acme.dev:443/packages/./shop?y#z', token)],
      'allowed',
    ],
    [
      'two',
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token),
        await proof('PUT', `${api}/packages/shop`, token),
      ],
      'proof_invalid',
    ],
    ['text', async () => ['x'], 'proof_invalid'],
    ['one for another method', async (token) => [await proof('POST', `${api}/packages/shop`, token)], 'proof_invalid'],
    ['one for another path', async (token) => [await proof('PUT', `${api}/packages/other`, token)], 'proof_invalid'],
    [
      'one for another host',
      async (token) => [await proof('PUT', 'https://evil.example/packages/shop', token)],
      'proof_invalid',
    ],
    ['one for another token', async () => [await proof('PUT', `${api}/packages/shop`, 'x')], 'proof_invalid'],
    ['one for no token', async () => [await proof('PUT', `${api}/packages/shop`)], 'proof_invalid'],
    [
      'one of another key',
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token, {
          key: other.privateKey,
          header: { jwk: await exportJWK(other.publicKey) },
        }),
      ],
      'proof_invalid',
    ],
    [
      'one whose signature is of another key',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { key: other.privateKey })],
      'proof_invalid',
    ],
    [
      'one that brings the private key',
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token, { header: { jwk: await exportJWK(pair.privateKey) } }),
      ],
      'proof_invalid',
    ],
    [
      'one without a key',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { header: { jwk: undefined } })],
      'proof_invalid',
    ],
    [
      'one whose key is for something else',
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token, { header: { jwk: { ...publicJwk, use: 'enc' } } }),
      ],
      'proof_invalid',
    ],
    [
      'one whose key may not verify',
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token, { header: { jwk: { ...publicJwk, key_ops: ['sign'] } } }),
      ],
      'proof_invalid',
    ],
    [
      'one of another type',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { header: { typ: 'JWT' } })],
      'proof_invalid',
    ],
    [
      'one of no type',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { header: { typ: undefined } })],
      'proof_invalid',
    ],
    [
      'one by a secret',
      async (token) => [
        await new SignJWT({
          jti: 'x',
          htm: 'PUT',
          htu: `${api}/packages/shop`,
          iat: now,
          ath: createHash('sha256').update(token).digest('base64url'),
        })
          .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: { kty: 'oct', k: 'AAAA' } as JWK })
          .sign(new Uint8Array(32)),
      ],
      'proof_invalid',
    ],
    ...(
      [
        ['without an id', { jti: undefined }],
        ['with an empty id', { jti: '' }],
        ['with an id of 257 characters', { jti: 'x'.repeat(257) }],
        ['without a date', { iat: undefined }],
        ['with a date that is text', { iat: String(now) }],
        ['that is 91 s old', { iat: now - 91 }],
        ['of 91 s from now', { iat: now + 91 }],
        ['without a method', { htm: undefined }],
        ['without an address', { htu: undefined }],
        ['with an address that is not text', { htu: [`${api}/packages/shop`] }],
        ['with an address that is no URL', { htu: '/packages/shop' }],
      ] as const
    ).map(([name, claims]): [string, (token: string) => Promise<readonly string[]>, string] => [
      `one ${name}`,
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { claims })],
      'proof_invalid',
    ]),
    ...(
      [
        ['a list', () => '[]'],
        ['nothing', () => 'null'],
        ['no JSON', () => '{'],
        ['text that is not UTF-8', (good: string) => Buffer.from(good.replace('}', ',"x":"\u00ff"}'), 'latin1')],
      ] as const
    ).map(([name, payloadOf]): [string, (token: string) => Promise<readonly string[]>, string] => [
      `one whose payload is ${name}`,
      async (token) => {
        const [, payload = ''] = (await proof('PUT', `${api}/packages/shop`, token)).split('.')
        const bytes = Buffer.from(payloadOf(Buffer.from(payload, 'base64url').toString()))
        const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk }
        return [await new CompactSign(new Uint8Array(bytes)).setProtectedHeader(header).sign(pair.privateKey)]
      },
      'proof_invalid',
    ]),
    ...['k', 'p', 'q'].map((member): [string, (token: string) => Promise<readonly string[]>, string] => [
      `one whose key has a member '${member}', which no public key has`,
      async (token) => [
        await proof('PUT', `${api}/packages/shop`, token, { header: { jwk: { ...publicJwk, [member]: 'AAAA' } } }),
      ],
      'proof_invalid',
    ]),
    ...(
      [
        ['with an id of 256 characters', { jti: 'x'.repeat(256) }],
        ['of 90 s from now', { iat: now + 90 }],
      ] as const
    ).map(([name, claims]): [string, (token: string) => Promise<readonly string[]>, string] => [
      `one ${name}`,
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { claims })],
      'allowed',
    ]),
    [
      'one that is 90 s old',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { claims: { iat: now - 90 } })],
      'allowed',
    ],
    [
      'one of over 4096 characters',
      async (token) => [await proof('PUT', `${api}/packages/shop`, token, { claims: { x: 'x'.repeat(4096) } })],
      'proof_invalid',
    ],
  ]

  test.each(cases)('the answer to a proof, %s, is as expected', async (_, make, expected) => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, bound)
    const outcome = codeOf(
      verifier.guard(viaExchange(shop, { scope: 'publish' }))([`DPoP ${token}`], request(await make(token))),
    )
    expect(await outcome).toBe(expected)
  })
})

describe('DPoP at an API', () => {
  const rule = viaExchange(shop, { scope: 'publish' })

  test('a bound token is accepted with the DPoP scheme only, at first sight and later', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, bound)
    const good = async () => request([await proof('PUT', `${api}/packages/shop`, token)])
    expect(await codeOf(verifier.guard(rule)([`Bearer ${token}`], await good()))).toBe('scheme_mismatch')
    expect(await codeOf(verifier.verify(token))).toBe('scheme_mismatch')
    for (const scheme of ['DPoP', 'dpop', 'DPOP'])
      expect(await codeOf(verifier.guard(rule)([`${scheme} ${token}`], await good()))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule)([`Bearer ${token}`], await good()))).toBe('scheme_mismatch')
    // A cached token needs a proof at each use too.
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], request([])))).toBe('proof_invalid')
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`]))).toBe('proof_invalid')
  })

  test('the refusal of a proof names the caller', async () => {
    const running = await service()
    const verdicts: unknown[] = []
    const verifier = apiOf(running, { onVerdict: (verdict) => void verdicts.push(verdict) }, bound)
    const token = await boundToken(running)
    expect(await codeOf(verifier.guard(rule)([`Bearer ${token}`]))).toBe('scheme_mismatch')
    expect(verdicts).toMatchObject([{ allowed: false, code: 'scheme_mismatch', workload: { issuer, audience: api } }])
  })

  test.each<[string, unknown]>([
    ['no object', 'x'],
    ['nothing', null],
    ['a list', [{ jkt: thumbprint }]],
    ['an object without a thumbprint', { 'x5t#S256': thumbprint }],
    ['a thumbprint that is not text', { jkt: [thumbprint] }],
  ])('a token bound to %s accepts no proof', async (_, cnf) => {
    const jwk = await makeKey()
    const running = await service({ keys: [{ privateKey: jwk, kid: 'k' }] })
    const verdicts: unknown[] = []
    const verifier = apiOf(running, { onVerdict: (verdict) => void verdicts.push(verdict) }, bound)
    const token = await new SignJWT({ ...claimsOf(await tokenOf(running.exchange)), cnf })
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt' })
      .sign(await importJWK(jwk, 'ES256'))
    const given = request([await proof('PUT', `${api}/packages/shop`, token)])
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], given))).toBe('claims_invalid')
    expect(verdicts).toMatchObject([{ code: 'claims_invalid', claim: 'cnf' }])
    expect(await codeOf(verifier.guard(rule)([`Bearer ${token}`], given))).toBe('scheme_mismatch')
  })

  test('a bound token of an issuer without proof checks is refused, whatever other issuers have', async () => {
    const running = await service()
    const second = await service({ issuer: 'https://auth.other.dev', verifier: running.verifier })
    const verifier = apiOf(running, {
      trust: [
        githubActions({ ownerId: '1234567' }),
        serviceTokens(issuer, { jobs: githubActions, fetch: running.exchange.fetch, ...bound }),
        serviceTokens(second.exchange.issuer, { jobs: githubActions, fetch: second.exchange.fetch }),
      ],
    })
    const dpop = [await proof('POST', 'https://auth.other.dev/token')]
    const bought = String((await ask(second.exchange, {}, { dpop })).body['access_token'])
    const job = ciToken({ cnf: { jkt: thumbprint } })
    for (const token of [bought, job]) {
      const given = request([await proof('PUT', `${api}/packages/shop`, token)])
      expect(await codeOf(verifier.guard(rule, shop)([`DPoP ${token}`], given))).toBe('claims_invalid')
    }
  })

  test('other tokens are refused under the DPoP scheme', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const verifier = apiOf(running, {}, bound)
    const given = request([await proof('PUT', `${api}/packages/shop`, token)])
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], given))).toBe('scheme_mismatch')
    expect(await codeOf(verifier.guard(rule)([`Bearer ${token}`]))).toBe('allowed')
  })

  test('an API without bound tokens does not know the DPoP scheme', async () => {
    const running = await service()
    const token = await boundToken(running)
    expect(await codeOf(apiOf(running).guard(rule)([`DPoP ${token}`]))).toBe('token_missing')
    expect(await codeOf(apiOf(running).guard(rule)([`Bearer ${token}`]))).toBe('scheme_mismatch')
  })

  test('two credentials are refused, whatever their schemes', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, bound)
    for (const values of [
      [`DPoP ${token}`, `Bearer ${token}`],
      [`Bearer ${token}`, `DPoP ${token}`],
      [`DPoP ${token}, DPoP ${token}`],
    ])
      expect(await codeOf(verifier.guard(rule)(values, request([])))).toBe('request_malformed')
  })

  test('a proof can be used once across processes that share the store', async () => {
    const running = await service()
    const token = await boundToken(running)
    const [one, two] = [apiOf(running, {}, bound), apiOf(running, {}, bound)]
    const given = request([await proof('PUT', `${api}/packages/shop`, token)])
    expect(await codeOf(one.guard(rule)([`DPoP ${token}`], given))).toBe('allowed')
    expect(await codeOf(two.guard(rule)([`DPoP ${token}`], given))).toBe('proof_invalid')
  })

  test('RFC 9449 §9: the API requires its nonces', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, { dpop: { origin: api, nonceSecret: secret } })
    const send = async (claims: Readonly<Record<string, unknown>>) =>
      verifier.guard(rule)([`DPoP ${token}`], request([await proof('PUT', `${api}/packages/shop`, token, { claims })]))
    const refusal = await refusalOf(send({}))
    expect([refusal.code, refusal.status]).toEqual(['proof_nonce', 401])
    expect(refusal.headers['WWW-Authenticate']).toContain('DPoP realm="jobpass", error="use_dpop_nonce"')
    expect(await codeOf(send({ nonce: refusal.headers['DPoP-Nonce'] }))).toBe('allowed')
  })

  test('RFC 9449 §7.1: challenges name the scheme and its algorithms', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, bound)
    const algorithms = 'algs="ES256 ES384 ES512 PS256 RS256 EdDSA Ed25519"'
    const challengeOf = async (values: readonly string[]) =>
      (await refusalOf(verifier.guard(rule)(values, request([])))).headers['WWW-Authenticate']
    expect(await challengeOf([])).toBe(`Bearer realm="jobpass", DPoP realm="jobpass", ${algorithms}`)
    expect(await challengeOf([`DPoP ${token}`])).toBe(
      `DPoP realm="jobpass", error="invalid_dpop_proof", error_description="The request needs one DPoP proof, made for it with the key of the token.", ${algorithms}`,
    )
  })

  test('a prefix that a proxy strips is part of the URL', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, { dpop: { origin: `${api}/v1` } })
    const given = request([await proof('PUT', `${api}/v1/packages/shop`, token)])
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], given))).toBe('allowed')
  })

  test('no proof matches a path without a leading slash, which could change the host', async () => {
    const running = await service()
    const token = await boundToken(running)
    const verifier = apiOf(running, {}, bound)
    const codeFor = async (path: string, htu: string) =>
      codeOf(verifier.guard(rule)([`DPoP ${token}`], request([await proof('PUT', htu, token)], { path })))
    expect(await codeFor('.evil.example/x', `${api}.evil.example/x`)).toBe('proof_invalid')
    expect(await codeFor('@evil.example/x', 'https://evil.example/x')).toBe('proof_invalid')
    expect(await codeFor('*', `${api}/`)).toBe('proof_invalid')
    expect(await codeFor('/', `${api}/`)).toBe('allowed')
  })

  test('RFC 9449 §11.1: an id is claimed per key until the proof is invalid for every clock, and a minute longer', async () => {
    const running = await service()
    const token = await boundToken(running)
    const claims: unknown[] = []
    const store: ReplayStore = { claim: (...claim) => (claims.push(claim.slice(0, 2)), 'first'), seen: () => false }
    const verifier = apiOf(running, { replay: { store }, clockTolerance: 10 }, bound)
    const made = await proof('PUT', `${api}/packages/shop`, token, { claims: { jti: 'one', iat: now - 20.5 } })
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], request([made])))).toBe('allowed')
    const key = createHash('sha256')
      .update(JSON.stringify(['dpop', thumbprint, 'one']))
      .digest('base64url')
    expect(claims).toEqual([[key, now - 20 + 60 + 300 + 60]])
  })

  test('an unavailable store is an outage', async () => {
    const running = await service()
    const token = await boundToken(running)
    const down = { ...memoryReplayStore(), claim: () => Promise.reject(new Error('down')) }
    const store: ReplayStore = { ...down, proofs: down }
    const verifier = apiOf(running, { replay: { store } }, bound)
    const given = request([await proof('PUT', `${api}/packages/shop`, token)])
    expect(await codeOf(verifier.guard(rule)([`DPoP ${token}`], given))).toBe('store_unavailable')
  })

  test.each<[string, object, string]>([
    ['no origin', {}, 'dpop.origin must be'],
    ['http', { origin: 'http://api.acme.dev' }, 'dpop.origin must be'],
    ['a slash at the end', { origin: `${api}/` }, 'slash at its end'],
    ['a query', { origin: `${api}?x` }, 'slash at its end'],
    ['a short secret', { origin: api, nonceSecret: new Uint8Array(16) }, 'at least 32 random bytes'],
    ['a secret that is text', { origin: api, nonceSecret: 'x'.repeat(40) }, 'at least 32 random bytes'],
  ])('dpop options throw a TypeError: %s', (_, dpop, message) => {
    expect(() => serviceTokens(issuer, { jobs: githubActions, dpop: dpop as never })).toThrow(message)
  })

  test('dpop without a store throws a TypeError', async () => {
    const running = await service()
    const { replay: _, ...without } = { replay: 0 }
    expect(() => apiOf({ ...running, store: undefined as never }, without, bound)).toThrow(TypeError)
  })
})
