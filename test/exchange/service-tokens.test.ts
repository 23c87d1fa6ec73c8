// The tokens of an exchange at an API: what they satisfy, and what they never do.

import { SignJWT, importJWK } from 'jose'
import { describe, expect, test } from 'vitest'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import {
  circleci,
  decide,
  exchangedOnly,
  githubActions,
  gitlab,
  memoryReplayStore,
  oneTime,
  reportOnly,
  serviceTokens,
  spiffe,
  viaExchange,
  workloadAttributes,
} from '@jobpass/core'
import { codeOf, manualClock, now, refusalOf, signToken } from '../lessons/forge.ts'
import { circleciOrganization, circleciPush } from '../lessons/samples.ts'
import {
  api,
  apiOf,
  ask,
  ciToken,
  claimsOf,
  issuer,
  makeKey,
  post,
  publish,
  service,
  shop,
  tokenOf,
} from './service.ts'

const bearer = (token: string): string[] => [`Bearer ${token}`]
const via = (rule: TrustRule<AnyWorkload> = shop, scope: string | readonly string[] = 'publish') =>
  viaExchange(rule, { scope })

describe('a service token', () => {
  test('is a workload of its own, with the job as its origin', async () => {
    const running = await service()
    const ci = ciToken()
    const token = await tokenOf(running.exchange, { subject_token: ci, scope: 'publish read' })
    const workload = await apiOf(running).verify(token)
    expect(workload).toMatchObject({
      provider: 'service-token',
      issuer,
      audience: api,
      issuedAt: now,
      expiresAt: now + 900,
      scopes: ['publish', 'read'],
      origin: {
        provider: 'github-actions',
        repositoryId: '74205118',
        branch: 'main',
        issuedAt: now - 50,
        claims: claimsOf(ci),
      },
    })
    const { origin, scopes } = workload as unknown as { origin: object; scopes: object }
    expect([workload, origin, scopes].every(Object.isFrozen)).toBe(true)
    expect(workload.repositoryId).toBeUndefined()
  })

  test('satisfies a CI rule only where the route says so', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const token = await tokenOf(running.exchange)
    expect(await codeOf(verifier.authorize(bearer(token), shop))).toBe('workload_forbidden')
    expect(await codeOf(verifier.authorize(bearer(token), via()))).toBe('allowed')
    expect(await codeOf(verifier.authorize(bearer(token), [shop, via()]))).toBe('allowed')
  })

  test('and only with the scope', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange, { scope: 'read' })
    const verifier = apiOf(running)
    const refusal = await refusalOf(verifier.authorize(bearer(token), via()))
    expect(refusal.problem).toMatchObject({
      code: 'workload_forbidden',
      issuer: 'https://token.actions.githubusercontent.com',
      owner: 'acme',
      repository: 'acme/shop',
      checks: [{ field: 'scopes', operator: 'includes', actual: ['read'] }],
    })
    expect(await codeOf(verifier.authorize(bearer(token), via(shop, ['read', 'publish'])))).toBe('workload_forbidden')
    expect(await codeOf(verifier.authorize(bearer(token), via(shop, ['read'])))).toBe('allowed')
  })

  test.each<[string, TrustRule<AnyWorkload>, string]>([
    ['another branch', githubActions({ repositoryId: '74205118', branch: 'dev' }), 'workload_forbidden'],
    ['another repository', githubActions({ repositoryId: '1' }), 'workload_forbidden'],
    ['another platform', gitlab({ ownerId: '1234567' }), 'workload_forbidden'],
    [
      'another platform, with what is absent there',
      gitlab({ ownerId: '99', repository: 'acme/shop' }),
      'workload_forbidden',
    ],
    [
      'an issuer of its own',
      githubActions.at('https://ghe.acme.dev')({ repositoryId: '74205118' }),
      'workload_forbidden',
    ],
    ['its own audience', githubActions({ repositoryId: '74205118' }, { audience: issuer }), 'allowed'],
    ['another audience', githubActions({ repositoryId: '74205118' }, { audience: api }), 'workload_forbidden'],
  ])('the rule holds for the job behind it: %s', async (_, rule, expected) => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running).authorize(bearer(token), via(rule)))).toBe(expected)
  })

  test('ages are measured from the CI token', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const verifier = apiOf(running)
    const young = via(githubActions({ repositoryId: '74205118' }, { maxTokenAge: 60 }))
    // The CI token was fifty seconds old when it was exchanged, and clocks may differ by thirty.
    running.clock.advance(40)
    expect(await codeOf(verifier.authorize(bearer(token), young))).toBe('allowed')
    running.clock.advance(1)
    expect(await codeOf(verifier.authorize(bearer(token), young))).toBe('workload_forbidden')
    expect(await codeOf(verifier.authorize(bearer(token), via()))).toBe('allowed')
  })

  test('who is denied is denied behind it', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const denying = (repositoryId: string) => apiOf(running, { deny: githubActions.deny({ repositoryId }) })
    expect(await codeOf(denying('74205118').verify(token))).toBe('workload_denied')
    expect(await codeOf(denying('1').verify(token))).toBe('allowed')
  })

  test('is not one of another service, nor for another API', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, { audience: 'https://other.acme.dev' }).verify(token))).toBe('audience_mismatch')
    const other = { ...running, exchange: { ...running.exchange, issuer: 'https://other.acme.dev' } }
    expect(await codeOf(apiOf(other).verify(token))).toBe('issuer_untrusted')
    const elsewhere = viaExchange(shop, { scope: 'publish', issuer: 'https://other.acme.dev' })
    expect(await codeOf(apiOf(running).authorize(bearer(token), elsewhere))).toBe('workload_forbidden')
    const here = viaExchange(shop, { scope: 'publish', issuer })
    expect(await codeOf(apiOf(running).authorize(bearer(token), here))).toBe('allowed')
  })

  test('stands for jobs of the named platforms alone', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, {}, { origin: gitlab }).verify(token))).toBe('claims_invalid')
  })

  test('a rule that only reports lets nobody in without the scope, nor from another platform', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange, { scope: 'read' })
    const verifier = apiOf(running)
    const reports = (branch: string, scope: string) =>
      reportOnly(via(githubActions({ repositoryId: '74205118', branch }), scope))
    expect(await codeOf(verifier.authorize(bearer(token), reports('dev', 'read')))).toBe('allowed')
    expect(await codeOf(verifier.authorize(bearer(token), reports('main', 'publish')))).toBe('workload_forbidden')
    const lab = reportOnly(via(gitlab({ ownerId: '1234567' }), 'read'))
    expect(await codeOf(verifier.authorize(bearer(token), lab))).toBe('workload_forbidden')
  })

  test('what a rule found is told check by check: of another platform nothing but that it is another', async () => {
    const running = await service()
    const workload = await apiOf(running).verify(await tokenOf(running.exchange))
    const [verdict] = decide(via(gitlab({ ownerId: '1234567' }), 'read'), workload).rules
    const failed = verdict?.checks.filter(({ passed }) => !passed) ?? []
    expect(verdict?.pinned).toBe(false)
    expect(failed[0]).toEqual({
      field: 'origin.provider',
      operator: 'equals',
      expected: 'gitlab',
      actual: 'github-actions',
      passed: false,
    })
    expect(failed.at(-1)).toEqual({
      field: 'scopes',
      operator: 'includes',
      expected: ['read'],
      actual: ['publish'],
      passed: false,
    })
    // The owner has that very number, at the other platform.
    const owner = failed.find(({ field }) => field === 'origin.ownerId')
    expect([owner?.passed, typeof owner?.actual]).toEqual([false, 'symbol'])
  })

  test('rules without a scope beside it, report-only and one-time, read as ever', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const verifier = apiOf(running)
    expect(await codeOf(verifier.authorize(bearer(token), reportOnly(via())))).toBe('allowed')
    const once = oneTime(via())
    expect(await codeOf(verifier.authorize(bearer(token), once))).toBe('allowed')
    expect(await codeOf(verifier.authorize(bearer(token), once))).toBe('token_replayed')
    const verdict = decide([via(), via(githubActions({ repositoryId: '1' }))], await verifier.verify(token))
    expect(verdict.rules.map(({ matched }) => matched)).toEqual([true, false])
  })
})

test('telemetry tells of the job behind it', async () => {
  const running = await service()
  const workload = await apiOf(running).verify(await tokenOf(running.exchange))
  expect(workloadAttributes(workload)).toMatchObject({
    'jobpass.provider': 'github-actions',
    'jobpass.repository': 'acme/shop',
    'cicd.pipeline.run.id': '19872285394',
    'jobpass.service': issuer,
  })
})

describe('what an exchange would never sign', () => {
  const forged = async (changes: Readonly<Record<string, unknown>>, header = {}) => {
    const jwk = await makeKey()
    const running = await service({ keys: [{ privateKey: jwk, kid: 'k' }] })
    const claims = { ...claimsOf(await tokenOf(running.exchange)), ...changes }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt', ...header })
      .sign(await importJWK(jwk, 'ES256'))
    return codeOf(apiOf(running).verify(token))
  }
  const origin = claimsOf(ciToken())

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['nothing changed', {}, 'allowed'],
    ['no origin', { origin: undefined }, 'claims_invalid'],
    ['an origin of an unknown issuer', { origin: { ...origin, iss: 'https://evil.example' } }, 'claims_invalid'],
    ['an origin that is itself', { origin: { ...origin, iss: issuer } }, 'claims_invalid'],
    ['an origin without dates', { origin: { ...origin, iat: undefined } }, 'claims_invalid'],
    ['an origin with a date that is text', { origin: { ...origin, exp: '1' } }, 'claims_invalid'],
    ['an origin without an audience', { origin: { ...origin, aud: undefined } }, 'claims_invalid'],
    [
      'an origin that lacks what its platform says',
      { origin: { ...origin, repository_id: undefined } },
      'claims_invalid',
    ],
    ['an origin that contradicts itself', { origin: { ...origin, repository_owner_id: '7' } }, 'claims_invalid'],
    ['no scope', { scope: undefined }, 'claims_invalid'],
    ['no id', { jti: undefined }, 'claims_invalid'],
    ['a key that it is bound to, and no proof', { cnf: { jkt: 'x' } }, 'scheme_mismatch'],
    ['a life of more than a day', { exp: now + 90_000 }, 'token_lifetime'],
  ])('%s', async (_, changes, expected) => {
    expect(await forged(changes)).toBe(expected)
  })

  test('a token of another type', async () => {
    expect(await forged({}, { typ: 'JWT' })).toBe('header_unsupported')
    expect(await forged({}, { typ: undefined })).toBe('header_unsupported')
    expect(await forged({}, { typ: 'application/at+jwt' })).toBe('allowed')
  })
})

describe('exchangedOnly()', () => {
  test('refuses a CI token that was exchanged, and admits it until then as often as it comes', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const rule = exchangedOnly(githubActions({ repositoryId: '74205118' }))
    const ci = ciToken()
    expect(await codeOf(verifier.authorize(bearer(ci), rule))).toBe('allowed')
    expect(await codeOf(verifier.authorize(bearer(ci), rule))).toBe('allowed')
    const token = await tokenOf(running.exchange, { subject_token: ci })
    const refusal = await refusalOf(verifier.authorize(bearer(ci), rule))
    expect([refusal.code, refusal.status]).toEqual(['token_exchanged', 401])
    // Elsewhere it is as good as before.
    expect(await codeOf(verifier.authorize(bearer(ci), shop))).toBe('allowed')
    expect(await codeOf(verifier.authorize(bearer(token), [rule, via()]))).toBe('allowed')
  })

  test('a store that cannot be asked is an outage', async () => {
    const running = await service()
    const store = { ...memoryReplayStore(), seen: () => Promise.reject(new Error('down')) }
    const verifier = apiOf(running, { replay: { store } })
    expect(await codeOf(verifier.authorize(bearer(ciToken()), exchangedOnly(shop)))).toBe('store_unavailable')
  })

  test('a store that has no such question is a fault of the program', async () => {
    const running = await service()
    const verifier = apiOf(running, { replay: { store: { claim: () => 'first' } } })
    expect(await codeOf(verifier.authorize(bearer(ciToken()), exchangedOnly(shop)))).toBeInstanceOf(TypeError)
  })
})

describe('revocation', () => {
  const revocable = { revocable: true }

  test('ends a token at its next use, and no other', async () => {
    const running = await service()
    const { exchange } = running
    const verifier = apiOf(running, {}, revocable)
    const [one, other] = [await tokenOf(exchange), await tokenOf(exchange)]
    expect([await codeOf(verifier.verify(one)), await codeOf(verifier.verify(other))]).toEqual(['allowed', 'allowed'])
    await exchange.revoke({ tokenId: String(claimsOf(one)['jti']) })
    expect([await codeOf(verifier.verify(one)), await codeOf(verifier.verify(other))]).toEqual([
      'token_revoked',
      'allowed',
    ])
  })

  test('ends all tokens of a run', async () => {
    const running = await service()
    const { exchange } = running
    const verifier = apiOf(running, {}, revocable)
    const tokens = [await tokenOf(exchange), await tokenOf(exchange)]
    const later = await tokenOf(exchange, { subject_token: ciToken({ run_id: '7' }) })
    await exchange.revoke({ run: { issuer: 'https://token.actions.githubusercontent.com', runId: '19872285394' } })
    expect(await Promise.all([...tokens, later].map((token) => codeOf(verifier.verify(token))))).toEqual([
      'token_revoked',
      'token_revoked',
      'allowed',
    ])
  })

  test('RFC 7009: whoever has a token may end it, and what is none needs no ending', async () => {
    const running = await service()
    const { exchange } = running
    const verifier = apiOf(running, {}, revocable)
    const token = await tokenOf(exchange)
    const revoke = async (given: string): Promise<number> => {
      return (await post(exchange, '/revoke', { token: given })).status
    }
    expect(await revoke(ciToken())).toBe(200)
    expect(await revoke(`${token.slice(0, -4)}AAAA`)).toBe(200)
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await revoke(token)).toBe(200)
    expect(await codeOf(verifier.verify(token))).toBe('token_revoked')
  })

  test('is kept until the last token that it is about has expired', async () => {
    const claims: number[] = []
    const store = memoryReplayStore()
    const running = await service(
      {},
      { replay: { store: { ...store, claim: (key, until) => (claims.push(until), store.claim(key, until)) } } },
    )
    await running.exchange.revoke({ tokenId: 'x' })
    expect(claims).toEqual([now + 3600 + 300])
  })

  test('an outage of the store refuses, and says so to whoever revokes', async () => {
    const running = await service()
    const down = { claim: () => Promise.reject(new Error('down')), seen: () => Promise.reject(new Error('down')) }
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, { replay: { store: down } }, revocable).verify(token))).toBe('store_unavailable')
    const { exchange } = await service({}, { replay: { store: down } })
    await expect(exchange.revoke({ tokenId: 'x' })).rejects.toThrow('nothing was revoked')
  })
})

describe('keys', () => {
  test('the next is published before it signs, the last until its tokens have expired', async () => {
    const clock = manualClock(now)
    const [a, b] = [await makeKey(), await makeKey('EdDSA')]
    const running = await service(
      {
        keys: [
          { privateKey: a, kid: 'a' },
          { privateKey: b, kid: 'b', from: now + 1000 },
        ],
        maxLifetime: 900,
      },
      { clock },
    )
    const published = async (): Promise<readonly string[]> => {
      const response = await running.exchange.fetch(`${issuer}/jwks`)
      return ((await response.json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid)
    }
    const kidOf = (token: string): unknown => JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())
    expect(await published()).toEqual(['a', 'b'])
    const first = await tokenOf(running.exchange)
    expect(kidOf(first)).toMatchObject({ kid: 'a', alg: 'ES256' })
    clock.advance(1000)
    const fresh = (await ask(running.exchange, { subject_token: ciToken({ iat: now + 990, exp: now + 1200 }) })).body
    expect(kidOf(String(fresh['access_token']))).toMatchObject({ kid: 'b', alg: 'EdDSA' })
    clock.advance(900 + 59)
    expect(await published()).toEqual(['a', 'b'])
    clock.advance(1)
    expect(await published()).toEqual(['b'])
  })

  test('a key that is taken out is refused once verifiers have looked again', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const token = await tokenOf(running.exchange)
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    await running.exchange.useKeys([{ privateKey: await makeKey() }])
    const next = await tokenOf(running.exchange)
    expect(await codeOf(verifier.verify(next))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('key_unknown')
  })

  test.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])('%s', async (algorithm) => {
    const running = await service({ keys: [{ privateKey: await makeKey(algorithm) }] })
    expect(await codeOf(apiOf(running).verify(await tokenOf(running.exchange)))).toBe('allowed')
  })

  test('a CryptoKey that cannot be exported, with its public half', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const keys = [{ privateKey: pair.privateKey, publicKey: pair.publicKey, algorithm: 'ES256' }]
    const running = await service({ keys })
    expect(await codeOf(apiOf(running).verify(await tokenOf(running.exchange)))).toBe('allowed')
    await expect(service({ keys: [{ privateKey: pair.privateKey, algorithm: 'ES256' }] })).rejects.toThrow(
      'give its publicKey',
    )
  })

  test('what signs elsewhere must sign in the form of JWS, or it does not construct', async () => {
    const { d: _, ...publicKey } = await makeKey()
    const sign = (): Uint8Array => new Uint8Array(70)
    await expect(service({ keys: [{ sign, publicKey }] })).rejects.toThrow('does not sign with ES256')
  })

  test.each<[string, () => Promise<readonly object[]>, string]>([
    ['a symmetric key', async () => [{ privateKey: { kty: 'oct', k: 'AAAA', alg: 'HS256' } }], 'needs an algorithm'],
    [
      'a public key',
      async () => {
        const { d: _, ...publicJwk } = await makeKey()
        return [{ privateKey: publicJwk }]
      },
      'does not sign',
    ],
    [
      'no algorithm',
      async () => {
        const { alg: _, ...jwk } = await makeKey()
        return [{ privateKey: jwk }]
      },
      'needs an algorithm',
    ],
    [
      'a name twice',
      async () => [
        { privateKey: await makeKey(), kid: 'a' },
        { privateKey: await makeKey(), kid: 'a', from: 1 },
      ],
      'have one kid',
    ],
    [
      'a time twice',
      async () => [{ privateKey: await makeKey() }, { privateKey: await makeKey() }],
      'begin at one time',
    ],
    ['neither', async () => [{}], 'needs either privateKey'],
    [
      'another half',
      async () => {
        const { d: _, ...publicKey } = await makeKey()
        return [{ privateKey: await makeKey(), publicKey }]
      },
      'does not sign',
    ],
  ])('%s does not construct', async (_, make, message) => {
    await expect(service({ keys: await make() })).rejects.toThrow(message)
  })
})

describe('what does not construct', () => {
  test.each<[string, () => unknown, string]>([
    ['no origin', () => serviceTokens(issuer, {} as never), 'origin takes providers'],
    ['an empty origin', () => serviceTokens(issuer, { origin: [] }), 'empty list'],
    ['a rule for an origin', () => serviceTokens(issuer, { origin: shop as never }), 'origin takes providers'],
    ['a provider without an issuer', () => serviceTokens(issuer, { origin: spiffe }), 'origin takes providers'],
    ['one platform twice', () => serviceTokens(issuer, { origin: [githubActions, githubActions] }), 'twice'],
    ['itself', () => serviceTokens(issuer, { origin: gitlab.at(issuer) }), 'not stand for itself'],
    [
      'keys and an address',
      () => serviceTokens(issuer, { origin: gitlab, keys: [], jwksUri: issuer }),
      'list of public',
    ],
    ['http', () => serviceTokens('http://auth.acme.dev', { origin: gitlab }), 'must be https:'],
    [
      'an option that nobody reads',
      () => serviceTokens(issuer, { origin: gitlab, scope: 'x' } as never),
      "has no 'scope'",
    ],
    ['no scope', () => viaExchange(shop, {} as never), 'scope must be'],
    ['a scope with a quote', () => viaExchange(shop, { scope: 'a"' }), 'scope must be'],
    ['a provider', () => viaExchange(githubActions as never, { scope: 'a' }), 'takes a rule'],
    ['a service rule', () => viaExchange(via() as never, { scope: 'a' }), 'takes a rule'],
    [
      'one-time use of the CI token',
      () => viaExchange(githubActions({ ownerId: '1' }, { replay: 'once' }), { scope: 'a' }),
      "replay: 'once'",
    ],
    ['a provider for exchangedOnly', () => exchangedOnly(githubActions as never), 'takes a rule'],
    ['JSON of it', () => JSON.stringify(via()), 'has no JSON'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(TypeError)
  })

  test('a route rule in trust, two rules for one service, and what has no store', async () => {
    const running = await service()
    expect(() => apiOf(running, { trust: via() })).toThrow('is for a route')
    const twice = [serviceTokens(issuer, { origin: gitlab }), serviceTokens(issuer, { origin: githubActions })]
    expect(() => apiOf(running, { trust: twice })).toThrow('twice')
    const { replay: _, ...without } = { replay: 1 }
    expect(() => apiOf({ ...running, store: { claim: () => 'first' } } as never, without, { revocable: true })).toThrow(
      'seen(key)',
    )
  })

  test('a platform with an issuer per tenant stands behind a service too', async () => {
    const rule = circleci({
      ownerId: circleciOrganization,
      projectId: String(circleciPush['oidc.circleci.com/project-id']),
    })
    const running = await service({ grants: [{ ...publish, rule }] }, { trust: rule })
    const subject_token = signToken({ ...circleciPush, aud: issuer })
    const token = await tokenOf(running.exchange, { subject_token })
    const workload = await apiOf(running, {}, { origin: [githubActions, circleci] }).verify(token)
    expect(workload).toMatchObject({ origin: { provider: 'circleci', ownerId: circleciOrganization } })
  })
})
