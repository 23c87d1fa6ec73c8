// Revocation with expiring store keys: a revoked token or run stays revoked for as long as any
// token of it can be valid.

import { buildkite, gitlab, githubActions, jenkins } from '@jobpass/core'
import type { Exchange } from '@jobpass/exchange'
import { describe, expect, test } from 'vitest'
import { codeOf, manualClock, now, signToken } from '@jobpass/testing/internal'
import { expiringStore } from './expiring-store.ts'
import { api, apiOf, ask, ciToken, claimsOf, issuer, publish, service, shop, tokenOf } from './service.ts'

const github = 'https://token.actions.githubusercontent.com'
const run = { issuer: github, runId: '19872285394' }
const minute = 60
const hour = 60 * minute
/**
 * Longest lifetime of a CI token for the verifier and twice 30 s of tolerance, then an hour for the
 * service token and 300 s of tolerance of an API.
 */
const runLife = 24 * hour + 60 + hour + 300

async function expiring(options: Parameters<typeof service>[0] = {}) {
  const clock = manualClock(now)
  const store = expiringStore(clock)
  const marks: number[] = []
  const recording = {
    ...store,
    mark: (key: string, until: number) => (marks.push(until), store.mark(key, until)),
  }
  const running = { ...(await service(options, { clock, replay: { store: recording } })), clock, store: recording }
  return { ...running, api: apiOf(running, {}, { revocable: true }), marks }
}

const freshToken = (clock: { now(): number }, changes: object = {}): string => {
  const iat = Math.floor(clock.now() / 1000)
  return ciToken({ iat, nbf: iat, exp: iat + 300, ...changes })
}

const answerOf = async (exchange: Exchange, subject_token: string): Promise<unknown> =>
  (await ask(exchange, { subject_token })).body['code']

describe('S1: a revoked run', () => {
  test('S1: a run that is revoked twice within an hour is refused everywhere, also with an expiring store', async () => {
    const { exchange, api: verifier, clock } = await expiring()
    const before = await tokenOf(exchange)
    expect(await codeOf(verifier.verify(before))).toBe('allowed')
    await exchange.revoke({ run })
    for (let passed = 0; passed < hour; passed += 10 * minute) {
      expect(await answerOf(exchange, freshToken(clock))).toBe('token_revoked')
      expect(await codeOf(verifier.verify(before))).not.toBe('allowed')
      clock.advance(10 * minute)
    }
    await exchange.revoke({ run })
    // The second revocation counts from its own time: a day later the run is still revoked.
    clock.advance(24 * hour)
    expect(await answerOf(exchange, freshToken(clock))).toBe('token_revoked')
    expect(await answerOf(exchange, freshToken(clock, { run_id: '7' }))).toBeUndefined()
  })

  test('S1: a run is marked until its last CI token, and the last service token for it, have expired', async () => {
    const { exchange, clock, marks } = await expiring()
    await exchange.revoke({ run })
    clock.advance(hour)
    await exchange.revoke({ run })
    expect(marks).toEqual([now + runLife, now + hour + runLife])
  })

  test('S1: a run stays marked for as long as it requests tokens', async () => {
    const { exchange, clock } = await expiring()
    await exchange.revoke({ run })
    for (let day = 1; day <= 5; day++) {
      clock.advance(24 * hour)
      expect(await answerOf(exchange, freshToken(clock))).toBe('token_revoked')
    }
  })

  test('S1: a revoked run is refused before its grants are looked up', async () => {
    const asked: unknown[] = []
    const { exchange } = await expiring({ grants: () => void asked.push('grants') })
    await exchange.revoke({ run })
    expect(await answerOf(exchange, ciToken())).toBe('token_revoked')
    expect(asked).toEqual([])
  })

  test('S1: no token is issued while the store is unavailable', async () => {
    const seen = (): Promise<never> => Promise.reject(new Error('down'))
    const { exchange } = await service({}, { replay: { store: { ...expiringStore(manualClock(now)), seen } } })
    const { status, body } = await ask(exchange)
    expect([status, body['code']]).toEqual([503, 'store_unavailable'])
  })
})

describe('S1: a revoked token', () => {
  test('S1: a revoked service token is marked for the longest lifetime, and a shorter mark does not shorten that', async () => {
    const { exchange, api: verifier, clock, marks } = await expiring()
    const token = await tokenOf(exchange)
    const tokenId = String(claimsOf(token)['jti'])
    await exchange.revoke({ tokenId })
    expect(marks).toEqual([now + hour + 300])
    clock.advance(899)
    expect(await codeOf(verifier.verify(token))).toBe('token_revoked')
  })

  test('S1: a revoked CI token gets no service token, and the one issued for it is refused', async () => {
    const { exchange, api: verifier, marks } = await expiring()
    const subject_token = ciToken({ jti: 'stolen' })
    const bought = await tokenOf(exchange, { subject_token })
    await exchange.revoke({ tokenId: 'stolen', issuer: github })
    expect(marks).toEqual([now + runLife])
    expect(await codeOf(verifier.verify(bought))).toBe('token_revoked')
    expect(await answerOf(exchange, subject_token)).toBe('token_revoked')
    expect(await answerOf(exchange, ciToken())).toBeUndefined()
  })
})

describe('S1: a grant whose tokens must be revocable by run', () => {
  const rule = buildkite({ owner: 'acme', pipeline: 'deploy' })
  const grants = [{ name: 'publish', rule, scopes: ['publish'], audience: api }]
  /** Claims of https://buildkite.com/docs/agent/cli/reference/oidc, without the optional ones. */
  const buildkitePush = {
    iss: 'https://agent.buildkite.com',
    sub: 'organization:acme:pipeline:deploy:ref:refs/heads/main:commit:9f3457:step:publish',
    iat: now - 5,
    nbf: now - 5,
    exp: now + 295,
    organization_slug: 'acme',
    pipeline_slug: 'deploy',
    build_number: 412,
    build_branch: 'main',
    build_commit: '9f3457',
    step_key: 'publish',
    job_id: '019a6f0e-3c1b-4d5e-8f70-1a2b3c4d5e6f',
  }
  const job = (changes: object): string =>
    signToken({ ...buildkitePush, aud: issuer, jti: crypto.randomUUID(), ...changes })

  test('S1: a job whose token names no run gets no token, and the refusal says how to name it', async () => {
    const verifying = { trust: buildkite({ owner: 'acme' }) }
    const open = await service({ grants }, verifying)
    expect((await ask(open.exchange, { subject_token: job({}) })).status).toBe(200)
    const { exchange } = await service({ grants: [{ ...grants[0], revocableBy: 'run' } as never] }, verifying)
    expect((await ask(exchange, { subject_token: job({ build_id: 'b-1' }) })).status).toBe(200)
    const { status, body } = await ask(exchange, { subject_token: job({}) })
    expect([status, body['error'], body['code']]).toEqual([400, 'unauthorized_client', 'workload_forbidden'])
    expect(body['checks']).toEqual([
      {
        field: 'runId',
        operator: 'present',
        actual: null,
        hint: 'The token does not say, since the job did not ask: buildkite-agent oidc request-token --claim build_id.',
      },
    ])
  })

  test.each<[string, object, string]>([
    [
      'a platform that names no run',
      { rule: jenkins.at('https://ci.acme.dev/oidc')({}, { anyWorkload: true }), revocableBy: 'run' },
      'name no run',
    ],
    ['another unit', { rule: shop, revocableBy: 'token' }, "revocableBy is 'run', or left out"],
  ])('%s does not construct', async (_, changes, message) => {
    const made = service({ grants: [{ ...publish, ...changes }] })
    await expect(made).rejects.toThrow(TypeError)
    await expect(made).rejects.toThrow(message)
  })
})

describe('S1: invalid revocations are a TypeError', () => {
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'must be an object'],
    ['an empty object', {}, 'either { tokenId } or { run: { issuer, runId } }'],
    ['a token and a run', { tokenId: 'x', run }, 'either { tokenId }'],
    ['a run and a separate issuer', { run, issuer: github }, 'either { tokenId }'],
    ['a misspelt key', { tokenID: 'x' }, "did you mean 'tokenId'?"],
    ['a misspelt key of a run', { run: { ...run, runID: '7' } }, "did you mean 'runId'?"],
    ['an empty token', { tokenId: '' }, 'tokenId must be text'],
    ['a run by number', { run: { issuer: github, runId: 7 } }, 'run.runId must be text'],
    ['a run without its id', { run: { issuer: github } }, 'run.runId must be text'],
    ['a run that is text', { run: '7' }, 'run must be an object'],
    [
      'an issuer that is not trusted',
      { run: { ...run, issuer: 'https://gitlab.acme.dev' } },
      'does not trust the issuer',
    ],
    [
      'a trusted issuer with a slash',
      { run: { ...run, issuer: `${github}/` } },
      `It trusts: ${github}, https://gitlab.com`,
    ],
    ['the exchange as the issuer of a run', { run: { ...run, issuer } }, 'does not trust the issuer'],
    ["a token's issuer that is not trusted", { tokenId: 'x', issuer: 'https://a.dev' }, 'does not trust the issuer'],
  ])('%s', async (_, revocation, message) => {
    const { exchange, marks } = await expiring()
    const revoked = exchange.revoke(revocation as never)
    await expect(revoked).rejects.toThrow(TypeError)
    await expect(revoked).rejects.toThrow(message)
    expect(marks).toEqual([])
  })

  test('S1: a run of a platform whose tokens name no run is a TypeError', async () => {
    const server = jenkins.at('https://ci.acme.dev/oidc')({}, { anyWorkload: true })
    const { exchange } = await service(
      {},
      { trust: [githubActions({ ownerId: '1234567' }), server, gitlab({ ownerId: '99' })] },
    )
    const revoked = exchange.revoke({ run: { issuer: 'https://ci.acme.dev/oidc', runId: '7' } })
    await expect(revoked).rejects.toThrow('revoke(): tokens of Jenkins name no run: revoke by tokenId')
  })

  test('S1: a verifier whose store cannot mark is a TypeError for an exchange', async () => {
    const { claim, seen } = expiringStore(manualClock(now))
    await expect(service({}, { replay: { store: { claim, seen } } })).rejects.toThrow('with claim, mark and seen')
  })
})
