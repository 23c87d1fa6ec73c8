// Tokens of an exchange at an API: the rules that they satisfy, and those that they never do.

import { notExchanged, serviceTokens, viaExchange } from '@jobpass/exchange'
import { workloadAttributes } from '@jobpass/opentelemetry'
import { generateKeyPairSync } from 'node:crypto'
import { decodeProtectedHeader, importJWK, SignJWT } from 'jose'
import { describe, expect, expectTypeOf, test } from 'vitest'
import type { AnyWorkload, ReplayStore, TrustRule, Verifier } from '@jobpass/core'
import { circleci, decide, githubActions, gitlab, memoryReplayStore, oneTime, reportOnly, spiffe } from '@jobpass/core'
import type { IssuingKey } from '@jobpass/exchange'
import {
  circleciOrganization,
  circleciPush,
  codeOf,
  manualClock,
  now,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
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
  test('a service token is a separate workload, with its job', async () => {
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
      job: {
        provider: 'github-actions',
        repositoryId: '74205118',
        branch: 'main',
        issuedAt: now - 50,
        claims: claimsOf(ci),
      },
    })
    const { job, scopes } = workload as unknown as { job: object; scopes: object }
    expect([workload, job, scopes].every(Object.isFrozen)).toBe(true)
    expect(workload.repositoryId).toBeUndefined()
  })

  test('a service token satisfies a CI rule only with viaExchange()', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const token = await tokenOf(running.exchange)
    expect(await codeOf(verifier.guard(shop)(bearer(token)))).toBe('workload_forbidden')
    expect(await codeOf(verifier.guard(via())(bearer(token)))).toBe('allowed')
    expect(await codeOf(verifier.guard(shop, via())(bearer(token)))).toBe('allowed')
  })

  test('a service token satisfies a rule only with its scope', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange, { scope: 'read' })
    const verifier = apiOf(running)
    const refusal = await refusalOf(verifier.guard(via())(bearer(token)))
    expect(refusal.problem).toMatchObject({
      code: 'workload_forbidden',
      issuer: 'https://token.actions.githubusercontent.com',
      owner: 'acme',
      repository: 'acme/shop',
      checks: [{ field: 'scopes', operator: 'includes', actual: ['read'] }],
    })
    expect(await codeOf(verifier.guard(via(shop, ['read', 'publish']))(bearer(token)))).toBe('workload_forbidden')
    expect(await codeOf(verifier.guard(via(shop, ['read']))(bearer(token)))).toBe('allowed')
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
      githubActions.at('https://ghe.acme.dev/_services/token')({ repositoryId: '74205118' }),
      'workload_forbidden',
    ],
    ['its own audience', githubActions({ repositoryId: '74205118' }, { audience: issuer }), 'allowed'],
    ['another audience', githubActions({ repositoryId: '74205118' }, { audience: api }), 'workload_forbidden'],
  ])('the rule applies to the job behind a service token: %s', async (_, rule, expected) => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running).guard(via(rule))(bearer(token)))).toBe(expected)
  })

  test('ages are measured from the CI token', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const verifier = apiOf(running)
    const young = via(githubActions({ repositoryId: '74205118' }, { maxTokenAge: 60 }))
    // The CI token was fifty seconds old when it was exchanged, and clocks may differ by thirty.
    running.clock.advance(40)
    expect(await codeOf(verifier.guard(young)(bearer(token)))).toBe('allowed')
    running.clock.advance(1)
    expect(await codeOf(verifier.guard(young)(bearer(token)))).toBe('workload_forbidden')
    expect(await codeOf(verifier.guard(via())(bearer(token)))).toBe('allowed')
  })

  test('a deny rule applies to the job behind a service token', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const denying = (repositoryId: string) => apiOf(running, { deny: githubActions.deny({ repositoryId }) })
    expect(await codeOf(denying('74205118').verify(token))).toBe('workload_denied')
    expect(await codeOf(denying('1').verify(token))).toBe('allowed')
  })

  test('a service token of another service, or for another API, is refused', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, { audience: 'https://other.acme.dev' }).verify(token))).toBe('audience_mismatch')
    const other = { ...running, exchange: { ...running.exchange, issuer: 'https://other.acme.dev' } }
    expect(await codeOf(apiOf(other).verify(token))).toBe('issuer_untrusted')
    const elsewhere = viaExchange(shop, { scope: 'publish', issuer: 'https://other.acme.dev' })
    expect(await codeOf(apiOf(running).guard(elsewhere)(bearer(token)))).toBe('workload_forbidden')
    const here = viaExchange(shop, { scope: 'publish', issuer })
    expect(await codeOf(apiOf(running).guard(here)(bearer(token)))).toBe('allowed')
  })

  test('where service tokens alone are trusted, the hint on a CI token says where to exchange it', async () => {
    const running = await service()
    const hints: unknown[] = []
    const trust = serviceTokens(issuer, { jobs: githubActions })
    const verifier = apiOf(running, { trust, onVerdict: ({ code, hint }) => void hints.push([code, hint]) })
    for (const token of [ciToken(), signToken({ ...circleciPush, iss: 'https://ci.example' })])
      expect(await codeOf(verifier.verify(token))).toBe('issuer_untrusted')
    expect(hints).toEqual([
      [
        'issuer_untrusted',
        `This is the token of the job itself: the job must exchange it at ${issuer}, and send what it gets.`,
      ],
      ['issuer_untrusted', undefined],
    ])
  })

  test('viaExchange() and notExchanged() carry the data of the CI rule', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const rule = githubActions({ repositoryId: '74205118' }, { data: { projectId: 7 } })
    const workload = await apiOf(running).verify(token)
    const wrapped = viaExchange(rule, { scope: 'publish' })
    expect(decide(wrapped, workload).matched).toEqual({ rule: wrapped, data: { projectId: 7 } })
    const { job } = workload as unknown as { readonly job: AnyWorkload }
    const once = notExchanged(rule)
    expect(decide(once, job).matched).toEqual({ rule: once, data: { projectId: 7 } })
    expectTypeOf(wrapped).toExtend<TrustRule<AnyWorkload, { projectId: number }>>()
    expectTypeOf(once).toExtend<TrustRule<AnyWorkload, { projectId: number }>>()
  })

  test('a service token of a platform that is not configured is refused', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, {}, { jobs: gitlab }).verify(token))).toBe('claims_invalid')
  })

  test('a report-only rule admits no job without the scope, or of another platform', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange, { scope: 'read' })
    const verifier = apiOf(running)
    const reports = (branch: string, scope: string) =>
      reportOnly(via(githubActions({ repositoryId: '74205118', branch }), scope))
    expect(await codeOf(verifier.guard(reports('dev', 'read'))(bearer(token)))).toBe('allowed')
    expect(await codeOf(verifier.guard(reports('main', 'publish'))(bearer(token)))).toBe('workload_forbidden')
    const lab = reportOnly(via(gitlab({ ownerId: '1234567' }), 'read'))
    expect(await codeOf(verifier.guard(lab)(bearer(token)))).toBe('workload_forbidden')
  })

  test('a refusal lists each check; for another platform only that the platform differs', async () => {
    const running = await service()
    const workload = await apiOf(running).verify(await tokenOf(running.exchange))
    const [verdict] = decide(via(gitlab({ ownerId: '1234567' }), 'read'), workload).rules
    const failed = verdict?.checks.filter(({ passed }) => !passed) ?? []
    expect(verdict?.pinned).toBe(false)
    expect(failed[0]).toEqual({
      field: 'job.provider',
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
    // The owner has the same number on the other platform.
    const owner = failed.find(({ field }) => field === 'job.ownerId')
    expect([owner?.passed, typeof owner?.actual]).toEqual([false, 'symbol'])
  })

  test('rules without a scope, report-only and one-time rules next to it work as before', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const verifier = apiOf(running)
    expect(await codeOf(verifier.guard(reportOnly(via()))(bearer(token)))).toBe('allowed')
    const once = oneTime(via())
    expect(await codeOf(verifier.guard(once)(bearer(token)))).toBe('allowed')
    expect(await codeOf(verifier.guard(once)(bearer(token)))).toBe('token_replayed')
    const verdict = decide([via(), via(githubActions({ repositoryId: '1' }))], await verifier.verify(token))
    expect(verdict.rules.map(({ matched }) => matched)).toEqual([true, false])
  })
})

test('telemetry describes the job behind a service token', async () => {
  const running = await service()
  const workload = await apiOf(running).verify(await tokenOf(running.exchange))
  expect(workloadAttributes(workload)).toMatchObject({
    'jobpass.provider': 'github-actions',
    'jobpass.repository': 'acme/shop',
    'cicd.pipeline.run.id': '19872285394',
    'jobpass.service': issuer,
  })
})

describe('trust in a service', () => {
  test('serviceTokens() with keys fetches nothing', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const keys = async (path: string) => {
      const response = await running.exchange.fetch(`${issuer}${path}`)
      return ((await response.json()) as { keys: never[] }).keys
    }
    const fetching = () => Promise.reject(new Error('nothing is fetched'))
    const trust = serviceTokens(issuer, { jobs: githubActions, keys: await keys('/jwks') })
    expect(await codeOf(apiOf(running, { trust, fetch: fetching }).verify(token))).toBe('allowed')
    const { exchange: other } = await service({ keys: [{ privateKey: await makeKey() }] })
    expect(await codeOf(apiOf(running, { trust, fetch: fetching }).verify(await tokenOf(other)))).toBe('key_unknown')
  })

  test('serviceTokens() accepts rule settings', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const options = { jobs: githubActions, fetch: running.exchange.fetch }
    const verifier = apiOf(running, { trust: serviceTokens(issuer, options, { maxTokenAge: 60 }) })
    running.clock.advance(60 + 30)
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    running.clock.advance(1)
    expect(await codeOf(verifier.verify(token))).toBe('token_too_old')
  })

  test('serviceTokens() causes no warnings about pins', async () => {
    const running = await service()
    const warnings: string[] = []
    apiOf(running, {
      trust: serviceTokens(issuer, { jobs: githubActions, fetch: running.exchange.fetch }),
      replay: { store: { claim: () => 'first', seen: () => false } },
      onWarning: (text) => void warnings.push(text),
    })
    expect(warnings).toEqual([])
  })

  test('serviceTokens() accepts http on loopback with insecureLoopback', async () => {
    const local = 'http://localhost:8080'
    const running = await service({ issuer: local, insecureLoopback: true })
    const verifier = apiOf(running, {}, { insecureLoopback: true, dpop: { origin: 'http://localhost:8081' } })
    expect(await codeOf(verifier.verify(await tokenOf(running.exchange)))).toBe('allowed')
  })
})

describe('tokens that an exchange would never sign', () => {
  const forged = async (changes: Readonly<Record<string, unknown>>, header = {}) => {
    const jwk = await makeKey()
    const running = await service({ keys: [{ privateKey: jwk, kid: 'k' }] })
    const claims = { ...claimsOf(await tokenOf(running.exchange)), ...changes }
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt', ...header })
      .sign(await importJWK(jwk, 'ES256'))
    return codeOf(apiOf(running).verify(token))
  }
  const job = claimsOf(ciToken())

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['nothing changed', {}, 'allowed'],
    ['no job', { job: undefined }, 'claims_invalid'],
    ['a job of an unknown issuer', { job: { ...job, iss: 'https://evil.example' } }, 'claims_invalid'],
    [
      'a job whose issuer begins as a known one',
      { job: { ...job, iss: `${String(job['iss'])}.evil.example` } },
      'claims_invalid',
    ],
    ['a job that is itself', { job: { ...job, iss: issuer } }, 'claims_invalid'],
    ['a job without dates', { job: { ...job, iat: undefined } }, 'claims_invalid'],
    ['a job with a date that is text', { job: { ...job, exp: '1' } }, 'claims_invalid'],
    ['a job without an audience', { job: { ...job, aud: undefined } }, 'claims_invalid'],
    ['a job that lacks what its platform says', { job: { ...job, repository_id: undefined } }, 'claims_invalid'],
    ['a job that contradicts itself', { job: { ...job, repository_owner_id: '7' } }, 'claims_invalid'],
    ['no scope', { scope: undefined }, 'claims_invalid'],
    ['no id', { jti: undefined }, 'claims_invalid'],
    ['a key that it is bound to, and no proof', { cnf: { jkt: 'x' } }, 'scheme_mismatch'],
    ['a life of more than a day', { exp: now + 90_000 }, 'token_lifetime'],
  ])('%s', async (_, changes, expected) => {
    expect(await forged(changes)).toBe(expected)
  })

  test('a token of another type is refused', async () => {
    expect(await forged({}, { typ: 'JWT' })).toBe('header_unsupported')
    expect(await forged({}, { typ: undefined })).toBe('header_unsupported')
    expect(await forged({}, { typ: 'application/at+jwt' })).toBe('allowed')
  })
})

describe('notExchanged()', () => {
  test('notExchanged() refuses an exchanged CI token, and admits it any number of times before', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const rule = notExchanged(githubActions({ repositoryId: '74205118' }))
    const ci = ciToken()
    expect(await codeOf(verifier.guard(rule)(bearer(ci)))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule)(bearer(ci)))).toBe('allowed')
    const token = await tokenOf(running.exchange, { subject_token: ci })
    const refusal = await refusalOf(verifier.guard(rule)(bearer(ci)))
    expect([refusal.code, refusal.status]).toEqual(['token_exchanged', 401])
    // On other routes it still works.
    expect(await codeOf(verifier.guard(shop)(bearer(ci)))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule, via())(bearer(token)))).toBe('allowed')
  })

  test('a store that fails is an outage', async () => {
    const running = await service()
    const store = { ...memoryReplayStore(), seen: () => Promise.reject(new Error('down')) }
    const verifier = apiOf(running, { replay: { store } })
    expect(await codeOf(verifier.guard(notExchanged(shop))(bearer(ciToken())))).toBe('store_unavailable')
  })

  test.each([['no'], [undefined], [0], ['seen']])('a store that answers %j is an outage', async (answer) => {
    const running = await service()
    const store = { ...memoryReplayStore(), seen: () => answer as never }
    const verifier = apiOf(running, { replay: { store } }, { revocable: true })
    expect(await codeOf(verifier.guard(notExchanged(shop))(bearer(ciToken())))).toBe('store_unavailable')
    expect(await codeOf(verifier.verify(await tokenOf(running.exchange)))).toBe('store_unavailable')
  })

  test('a store without `seen` is a fault of the program', async () => {
    const running = await service()
    const verifier = apiOf(running, { replay: { store: { claim: () => 'first' } } })
    expect(await codeOf(verifier.guard(notExchanged(shop))(bearer(ciToken())))).toBeInstanceOf(TypeError)
  })
})

describe('S20: a store of one process', () => {
  test.each<[string, object, (verifier: Verifier<AnyWorkload>) => unknown, string | undefined]>([
    ['behind revocable is warned of', { revocable: true }, () => {}, 'sees only what its own process revoked'],
    [
      'behind notExchanged() is warned of',
      {},
      (verifier) => verifier.guard(notExchanged(shop))(bearer(ciToken())),
      'sees only what its own process exchanged',
    ],
    ['behind neither is warned of for one-time use', {}, () => {}, undefined],
  ])('%s', async (_, terms, use, message) => {
    const running = await service()
    const said = async (store: ReplayStore): Promise<readonly string[]> => {
      const warnings: string[] = []
      const onWarning = (text: string): void => void warnings.push(text)
      await use(apiOf(running, { replay: { store }, onWarning }, terms))
      return warnings
    }
    const [once, ...more] = await said(memoryReplayStore())
    expect(once).toContain('a token is good for one use in each')
    expect(more).toHaveLength(message === undefined ? 0 : 1)
    if (message !== undefined) expect(more[0]).toContain(message)
    expect(await said({ ...memoryReplayStore(), perProcess: false })).toEqual([])
  })
})

describe('revocation', () => {
  const revocable = { revocable: true }

  test('revocation ends a token at its next use, and no other token', async () => {
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

  test('the refusal of a revoked token names the caller', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange)
    const tokenId = String(claimsOf(token)['jti'])
    await running.exchange.revoke({ tokenId })
    const verdicts: unknown[] = []
    const onVerdict = (verdict: unknown): void => void verdicts.push(verdict)
    const down = { claim: () => Promise.reject(new Error('down')), seen: () => Promise.reject(new Error('down')) }
    expect(await codeOf(apiOf(running, { onVerdict }, revocable).verify(token))).toBe('token_revoked')
    const refusal = await refusalOf(apiOf(running, { onVerdict, replay: { store: down } }, revocable).verify(token))
    expect([refusal.code, refusal.headers['Retry-After']]).toEqual(['store_unavailable', '5'])
    expect(verdicts).toMatchObject([
      { code: 'token_revoked', workload: { tokenId } },
      { code: 'store_unavailable', workload: { tokenId } },
    ])
  })

  test('revocation of a run ends all its tokens', async () => {
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

  test('RFC 7009: the holder of a token may revoke it, and an invalid token is not an error', async () => {
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

  test('RFC 7009 §2.1: revocation is a POST of a form with a token', async () => {
    const { exchange } = await service()
    const get = { method: 'GET', path: '/revoke', headers: () => [], body: async () => '' }
    expect(await exchange.answer(get)).toMatchObject({ status: 405, headers: { Allow: 'POST' } })
    const errorOf = async (...args: Parameters<typeof post>) => {
      const { status, body } = await post(...args)
      return [status, (JSON.parse(body) as { error?: string }).error]
    }
    expect(await errorOf(exchange, '/revoke', {})).toEqual([400, 'invalid_request'])
    expect(await errorOf(exchange, '/revoke', { token: '' })).toEqual([400, 'invalid_request'])
    expect(await errorOf(exchange, '/revoke', 'token=a&token=b')).toEqual([400, 'invalid_request'])
    const token = await tokenOf(exchange)
    expect(await errorOf(exchange, '/revoke', { token }, { 'content-type': ['text/plain'] })).toEqual([
      400,
      'invalid_request',
    ])
    expect(await errorOf(exchange, '/revoke', { token })).toEqual([200, undefined])
  })

  test('RFC 7009 §2.2.1: an outage of the store is reported to the holder of the token', async () => {
    const store = { ...memoryReplayStore(), mark: () => Promise.reject(new Error('down')) }
    const jwk = await makeKey()
    const { exchange } = await service({ keys: [{ privateKey: jwk }] })
    const { exchange: broken } = await service({ keys: [{ privateKey: jwk }] }, { replay: { store } })
    const answer = await post(broken, '/revoke', { token: await tokenOf(exchange) })
    expect([answer.status, JSON.parse(answer.body), answer.headers['Retry-After']]).toEqual([
      503,
      { error: 'temporarily_unavailable', error_description: 'The revocation cannot be kept right now.' },
      '5',
    ])
  })

  describe('at its endpoint', () => {
    /**
     * An exchange that records the ends of its marks, and a token with changed claims that it might
     * have signed.
     */
    const endpoint = async (options: Parameters<typeof service>[0] = {}) => {
      const marks: number[] = []
      const mark = (_key: string, until: number): void => void marks.push(until)
      const clock = manualClock(now)
      const jwk = await makeKey()
      const running = await service(
        {
          keys: [{ privateKey: jwk, kid: 'k' }, ...((options.keys as readonly IssuingKey[] | undefined) ?? [])],
          maxLifetime: 900,
        },
        { replay: { store: { ...memoryReplayStore(), mark } }, clock },
      )
      const bought = claimsOf(await tokenOf(running.exchange))
      const revoke = async (changes: Readonly<Record<string, unknown>> = {}, header = {}) => {
        const token = await new SignJWT({ ...bought, ...changes })
          .setProtectedHeader({ alg: 'ES256', kid: 'k', typ: 'at+jwt', ...header })
          .sign(await importJWK(jwk, 'ES256'))
        const { status } = await post(running.exchange, '/revoke', { token })
        return [status, ...marks.splice(0)]
      }
      return { revoke, clock }
    }

    test('a revocation is kept for as long as a verifier may accept the token', async () => {
      const { revoke, clock } = await endpoint()
      expect(await revoke()).toEqual([200, now + 900 + 300])
      // Until its last moment for the most tolerant verifier.
      clock.advance(900 + 299)
      expect(await revoke()).toEqual([200, now + 900 + 300])
      clock.advance(1)
      expect(await revoke()).toEqual([200])
    })

    test('a revocation is kept only for tokens of this exchange', async () => {
      const { revoke } = await endpoint()
      expect(await revoke({ iss: 'https://other.acme.dev' })).toEqual([200])
      expect(await revoke({ jti: undefined })).toEqual([200])
      expect(await revoke({ exp: undefined })).toEqual([200])
      expect(await revoke({}, { typ: 'JWT' })).toEqual([200])
      expect(await revoke({}, { typ: undefined })).toEqual([200])
    })

    test('a revocation is kept for a retired key as long as it is published', async () => {
      const { revoke, clock } = await endpoint({ keys: [{ privateKey: await makeKey(), from: now + 10 }] })
      clock.advance(20)
      expect(await revoke()).toEqual([200, now + 900 + 300])
      clock.advance(10 + 900 + 60 - 20)
      expect(await revoke()).toEqual([200])
    })
  })

  test('during an outage of the store, tokens are refused and revoke() rejects', async () => {
    const running = await service()
    const fails = () => Promise.reject(new Error('down'))
    const down = { claim: fails, mark: fails, seen: fails }
    const token = await tokenOf(running.exchange)
    expect(await codeOf(apiOf(running, { replay: { store: down } }, revocable).verify(token))).toBe('store_unavailable')
    const { exchange } = await service({}, { replay: { store: down } })
    await expect(exchange.revoke({ tokenId: 'x' })).rejects.toThrow('nothing was revoked')
  })
})

describe('keys', () => {
  test('the next key is published before it signs, the last one until its tokens have expired', async () => {
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

  test('keys sign in the order of their times, whatever the order of the list', async () => {
    const named = async (kid: string, from: number) => ({ privateKey: await makeKey(), kid, from })
    const keys = [await named('c', now + 200), await named('a', 5), await named('b', now)]
    const { exchange, clock } = await service({ keys })
    const kid = async () => {
      const iat = clock.now() / 1000
      return decodeProtectedHeader(await tokenOf(exchange, { subject_token: ciToken({ iat, exp: iat + 300 }) })).kid
    }
    expect(await kid()).toBe('b')
    clock.advance(199)
    expect(await kid()).toBe('b')
    clock.advance(1)
    expect(await kid()).toBe('c')
    const response = await exchange.fetch(`${issuer}/jwks`)
    expect(((await response.json()) as { keys: { kid: string }[] }).keys.map((key) => key.kid)).toEqual(['a', 'b', 'c'])
  })

  test('name and algorithm are those of the private key where its public half has none', async () => {
    const jwk = { ...(await makeKey()), kid: 'mine' }
    const { d: _, alg: __, kid: ___, ...publicKey } = jwk
    const { exchange } = await service({ keys: [{ privateKey: jwk, publicKey }] })
    expect(decodeProtectedHeader(await tokenOf(exchange))).toMatchObject({ alg: 'ES256', kid: 'mine' })
  })

  test('a CryptoKey that can be exported needs no public half', async () => {
    const { privateKey } = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])
    const running = await service({ keys: [{ privateKey, algorithm: 'ES256' }] })
    expect(await codeOf(apiOf(running).verify(await tokenOf(running.exchange)))).toBe('allowed')
  })

  test('a removed key is refused once verifiers have refreshed', async () => {
    const running = await service()
    const verifier = apiOf(running)
    const token = await tokenOf(running.exchange)
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    await running.exchange.useKeys([{ privateKey: await makeKey() }])
    const next = await tokenOf(running.exchange)
    expect(await codeOf(verifier.verify(next))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('key_unknown')
  })

  test.each(['ES256', 'ES384', 'ES512', 'RS256', 'PS256', 'EdDSA', 'Ed25519'])(
    'a key with %s signs tokens that verify',
    async (algorithm) => {
      const running = await service({ keys: [{ privateKey: await makeKey(algorithm) }] })
      expect(await codeOf(apiOf(running).verify(await tokenOf(running.exchange)))).toBe('allowed')
    },
  )

  test('a CryptoKey that cannot be exported works with its public key', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    const keys = [{ privateKey: pair.privateKey, publicKey: pair.publicKey, algorithm: 'ES256' }]
    const running = await service({ keys })
    expect(await codeOf(apiOf(running).verify(await tokenOf(running.exchange)))).toBe('allowed')
    await expect(service({ keys: [{ privateKey: pair.privateKey, algorithm: 'ES256' }] })).rejects.toThrow(
      'give its publicKey',
    )
  })

  test('a KMS must sign in the form of JWS, or createExchange() rejects', async () => {
    const { d: _, ...publicKey } = await makeKey()
    const signing = (length: number) => service({ keys: [{ sign: () => new Uint8Array(length), publicKey }] })
    await expect(signing(70)).rejects.toThrow('an ES256 signature of 64 bytes (RFC 7518 §3.4), or in DER, not 70 bytes')
    await expect(signing(64)).rejects.toThrow('does not sign with ES256')
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
      'RSA without an algorithm',
      async () => {
        const { alg: _, ...jwk } = await makeKey('RS256')
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
    ['both', async () => [{ privateKey: await makeKey(), sign: () => new Uint8Array(64) }], 'needs either privateKey'],
    ['nothing public', async () => [{ sign: () => new Uint8Array(64) }], 'keys[0] signs elsewhere: give its publicKey'],
    ['an unknown option', async () => [{ privateKey: await makeKey(), form: 1 }], "keys[0] has no 'form'"],
    ...[-1, Number.NaN, '5'].map((from): [string, () => Promise<readonly object[]>, string] => [
      `a time that is ${String(from)}`,
      async () => [{ privateKey: await makeKey(), from }],
      'keys[0]: from must be seconds since 1970',
    ]),
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

describe('invalid options of serviceTokens(), viaExchange() and notExchanged()', () => {
  const { publicKey: publicHalf } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const atHand = {
    jobs: gitlab,
    keys: [{ ...publicHalf.export({ format: 'jwk' }), kid: 'k', alg: 'ES256' } as never],
  }

  test.each<[string, () => unknown, string]>([
    ['no job', () => serviceTokens(issuer, {} as never), 'jobs takes providers'],
    ['an empty list of jobs', () => serviceTokens(issuer, { jobs: [] }), 'empty list'],
    ['a rule for jobs', () => serviceTokens(issuer, { jobs: shop as never }), 'jobs takes providers'],
    ['a provider without an issuer', () => serviceTokens(issuer, { jobs: spiffe }), 'jobs takes providers'],
    ['one platform twice', () => serviceTokens(issuer, { jobs: [githubActions, githubActions] }), 'twice'],
    ['itself', () => serviceTokens(issuer, { jobs: gitlab.at(issuer) }), 'not the service itself'],
    ['keys and an address', () => serviceTokens(issuer, { jobs: gitlab, keys: [], jwksUri: issuer }), 'list of public'],
    ['keys, and where they are', () => serviceTokens(issuer, { ...atHand, jwksUri: issuer }), 'nothing is fetched'],
    ['keys, and what fetches them', () => serviceTokens(issuer, { ...atHand, fetch }), 'nothing is fetched'],
    ['a fetch that is none', () => serviceTokens(issuer, { jobs: gitlab, fetch: {} as never }), 'must be a function'],
    [
      'what is neither revocable nor not',
      () => serviceTokens(issuer, { jobs: gitlab, revocable: 'yes' as never }),
      'revocable must be true or false',
    ],
    ['http', () => serviceTokens('http://auth.acme.dev', { jobs: gitlab }), 'must be https:'],
    ['http on loopback', () => serviceTokens('http://localhost:8080', { jobs: gitlab }), 'must be https:'],
    [
      'http on loopback, said otherwise',
      () => serviceTokens('http://localhost:8080', { jobs: gitlab, insecureLoopback: 'yes' as never }),
      'must be https:',
    ],
    [
      'keys over http on loopback',
      () => serviceTokens(issuer, { jobs: gitlab, jwksUri: 'http://localhost:8080/jwks' }),
      'jwksUri must be an https: URL',
    ],
    [
      'proofs for http on loopback',
      () => serviceTokens(issuer, { jobs: gitlab, dpop: { origin: 'http://localhost:8080' } }),
      'dpop.origin must be an https: URL',
    ],
    ['a scope that is none beside one', () => viaExchange(shop, { scope: ['a', 'b c'] }), 'scope must be'],
    ['an unknown option', () => serviceTokens(issuer, { jobs: gitlab, scope: 'x' } as never), "has no 'scope'"],
    ['no scope', () => viaExchange(shop, {} as never), 'scope must be'],
    ['a scope with a quote', () => viaExchange(shop, { scope: 'a"' }), 'scope must be'],
    ['a provider', () => viaExchange(githubActions as never, { scope: 'a' }), 'takes a rule'],
    ['a service rule', () => viaExchange(via() as never, { scope: 'a' }), 'takes a rule'],
    [
      'one-time use of the CI token',
      () => viaExchange(oneTime(githubActions({ ownerId: '1' })), { scope: 'a' }),
      'take oneTime() or notExchanged() off the rule',
    ],
    ['a provider for notExchanged', () => notExchanged(githubActions as never), 'takes a rule'],
    ['JSON of it', () => JSON.stringify(via()), 'has no JSON'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(message)
    expect(make).toThrow(TypeError)
  })

  test('a route rule in trust, two rules for one service, and a missing store throw', async () => {
    const running = await service()
    expect(() => apiOf(running, { trust: via() })).toThrow('is for a route')
    const twice = [serviceTokens(issuer, { jobs: gitlab }), serviceTokens(issuer, { jobs: githubActions })]
    expect(() => apiOf(running, { trust: twice })).toThrow('twice')
    const { replay: _, ...without } = { replay: 1 }
    expect(() => apiOf({ ...running, store: { claim: () => 'first' } } as never, without, { revocable: true })).toThrow(
      'seen(key)',
    )
  })

  test('a platform bound to one issuer is accepted behind a service with that issuer only', async () => {
    const rule = circleci({
      ownerId: circleciOrganization,
      projectId: String(circleciPush['oidc.circleci.com/project-id']),
    })
    const running = await service({ grants: [{ ...publish, rule }] }, { trust: rule })
    const token = await tokenOf(running.exchange, { subject_token: signToken({ ...circleciPush, aud: issuer }) })
    const bound = apiOf(running, {}, { jobs: circleci.at('https://oidc.circleci.com') })
    expect(await codeOf(bound.verify(token))).toBe('claims_invalid')
  })

  test('a platform with an issuer per tenant is accepted behind a service', async () => {
    const rule = circleci({
      ownerId: circleciOrganization,
      projectId: String(circleciPush['oidc.circleci.com/project-id']),
    })
    const running = await service({ grants: [{ ...publish, rule }] }, { trust: rule })
    const subject_token = signToken({ ...circleciPush, aud: issuer })
    const token = await tokenOf(running.exchange, { subject_token })
    const workload = await apiOf(running, {}, { jobs: [githubActions, circleci] }).verify(token)
    expect(workload).toMatchObject({ job: { provider: 'circleci', ownerId: circleciOrganization } })
  })
})
