// Tokens that are sent again: which checks are skipped, which never are, and what the hook gets.

import { verifiedTokenOf } from '../workload/verified-token.ts'
import { generateKeyPairSync } from 'node:crypto'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  claimsWith,
  clockAt,
  codeOf,
  fetchKeys,
  githubPush,
  manualClock,
  now,
  publicJwk,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { Verifier } from './verifier.ts'
import type { VerifierOptions } from '../config/options.ts'
import { pipelineOf } from './pipelines.ts'
import { createVerifier } from './verifier.ts'
import { githubActions, gitlab, kubernetes } from '../index.ts'
import type { Outcome } from './authorize.ts'
import { compileGuard } from './guard.ts'

const audience = 'https://api.acme.dev'
const trust = githubActions({ ownerId: '1234567' })
const token = signToken(githubPush)

const verifierWith = (options: Partial<VerifierOptions> = {}): Verifier<AnyWorkload> =>
  createVerifier({ audience, trust, fetch: fetchKeys(), clock: clockAt(now), ...options } as VerifierOptions<
    typeof trust,
    false
  >)

/**
 * The outcome if it is synchronous, else `'later'`. A signature that must be checked may be late on
 * a busy machine, where those before it have used up the budget of the event loop.
 */
function atOnce(verifier: Verifier<AnyWorkload>, text: string = token): Outcome | 'later' {
  const outcome = pipelineOf(verifier)?.authenticate([`Bearer ${text}`])
  return outcome instanceof Promise ? 'later' : outcome
}

const codeAtOnce = (verifier: Verifier<AnyWorkload>, text?: string): string => {
  const outcome = atOnce(verifier, text)
  if (typeof outcome !== 'object') return String(outcome)
  return 'code' in outcome ? outcome.code : 'allowed'
}

/** The synchronous code, once the budget of the event loop has room for one more signature. */
async function codeWithRoom(verifier: Verifier<AnyWorkload>, text?: string): Promise<string> {
  let code = codeAtOnce(verifier, text)
  for (let turn = 0; code === 'later' && turn < 1000; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    code = codeAtOnce(verifier, text)
  }
  return code
}

afterEach(() => vi.restoreAllMocks())

describe('lesson L7: a token that is sent again', () => {
  test('a token that is sent again gives the same frozen identity, synchronously', async () => {
    const verifier = verifierWith()
    const first = await verifier.verify(token)
    expect(Object.isFrozen(first)).toBe(true)
    expect(await verifier.verify(token)).toBe(first)
    expect(atOnce(verifier)).toBe(verifiedTokenOf(first))
  })

  test('a token that is sent again is not decoded again', async () => {
    const verifier = verifierWith()
    await verifier.verify(token)
    const parse = vi.spyOn(JSON, 'parse')
    expect(codeAtOnce(verifier)).toBe('allowed')
    expect(parse).not.toHaveBeenCalled()
  })

  test('another verifier, or one without a cache, makes a new identity', async () => {
    const one = verifierWith()
    const identity = await one.verify(token)
    expect(await verifierWith().verify(token)).not.toBe(identity)
    const forgetful = verifierWith({ cache: false })
    expect(await forgetful.verify(token)).not.toBe(await forgetful.verify(token))
  })

  test('a forged token with the signature of a cached one is refused', async () => {
    const verifier = verifierWith()
    await verifier.verify(token)
    const [header, , signature] = token.split('.')
    const claims = Buffer.from(JSON.stringify(claimsWith(githubPush, { ref: 'refs/heads/evil' }))).toString('base64url')
    const forged = `${header}.${claims}.${signature}`
    expect(forged.slice(-43)).toBe(token.slice(-43))
    expect(await codeOf(verifier.verify(forged))).toBe('signature_invalid')
    expect(codeAtOnce(verifier, token)).toBe('allowed')
  })

  test.each([
    ['when it expires', { exp: now + 100 }, 130, 'token_expired'],
    ['at the maximum age of the verifier', {}, 51, 'token_too_old'],
  ])('a cached token is refused %s', async (_, changes, seconds, code) => {
    const clock = manualClock(now)
    const verifier = verifierWith({ clock, maxTokenAge: code === 'token_too_old' ? 70 : 86_400 })
    const text = signToken(claimsWith(githubPush, { exp: now + 3000, ...changes }))
    await verifier.verify(text)
    clock.advance(seconds - 1)
    expect(codeAtOnce(verifier, text)).toBe('allowed')
    clock.advance(1)
    expect(await codeOf(verifier.verify(text))).toBe(code)
    clock.advance(-seconds)
    expect(await codeOf(verifier.verify(text))).toBe('allowed')
  })

  test('a cached token is not yet valid when the clock is set back', async () => {
    const clock = manualClock(now)
    const verifier = verifierWith({ clock })
    const text = signToken(claimsWith(githubPush, { nbf: now - 10, iat: now - 10 }))
    await verifier.verify(text)
    clock.advance(-41)
    expect(await codeOf(verifier.verify(text))).toBe('token_not_yet_valid')
  })

  test('a cached token is verified again after the maxAge of the cache', async () => {
    const clock = manualClock(now)
    const verifier = verifierWith({ clock, cache: { maxAge: 60 } })
    const text = signToken(claimsWith(githubPush, { exp: now + 3000 }))
    const first = await verifier.verify(text)
    clock.advance(60)
    expect(await verifier.verify(text)).toBe(first)
    clock.advance(1)
    const second = await verifier.verify(text)
    expect(second).not.toBe(first)
    clock.advance(60)
    expect(await verifier.verify(text)).toBe(second)
  })

  test('a cached token is valid for as long as its key is published', async () => {
    const clock = manualClock(now)
    const keys: unknown[] = [publicJwk]
    const verifier = verifierWith({ clock, fetch: fetchKeys(keys) })
    const text = signToken(claimsWith(githubPush, { exp: now + 7200 }))
    const first = await verifier.verify(text)
    // The key set is refreshed, and still has the key, next to another one.
    keys.push({ ...publicJwk, kid: 'k2' })
    clock.advance(601)
    await verifier.verify(text)
    await new Promise((resolve) => setImmediate(resolve))
    expect(await verifier.verify(text)).toBe(first)
    // The key is withdrawn.
    keys.shift()
    clock.advance(601)
    await verifier.verify(text)
    await new Promise((resolve) => setImmediate(resolve))
    expect(await codeOf(verifier.verify(text))).toBe('key_unknown')
  })

  test('a cached token is refused as soon as another token shows that its key was withdrawn', async () => {
    const keys: unknown[] = [publicJwk]
    const verifier = verifierWith({ fetch: fetchKeys(keys) })
    for (let time = 0; time < 3; time++) await verifier.verify(token)
    keys[0] = { ...publicJwk, kid: 'k2' }
    await verifier.verify(signToken(githubPush, { kid: 'k2' }))
    expect(await codeOf(verifier.verify(token))).toBe('key_unknown')
  })

  test('refusals are not cached', async () => {
    let member = false
    const verifier = verifierWith({ trust: githubActions({ ownerId: '1234567', where: () => member }) })
    expect(await codeOf(verifier.verify(token))).toBe('workload_forbidden')
    member = true
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    member = false
    expect(await codeOf(verifier.verify(token))).toBe('workload_forbidden')
  })

  test('tokens that are refused do not evict a cached token', async () => {
    const verifier = verifierWith({ cache: { entries: 2 } })
    const first = await verifier.verify(token)
    for (let stranger = 0; stranger < 8; stranger++) {
      const theirs = { repository_owner_id: '7', sub: 'repo:acme/shop:ref:refs/heads/main', jti: `s${stranger}` }
      expect(await codeOf(verifier.verify(signToken(claimsWith(githubPush, theirs))))).toBe('workload_forbidden')
    }
    expect(await verifier.verify(token)).toBe(first)
  })

  test('a cached token ages for a route with its own maxTokenAge', async () => {
    const clock = manualClock(now)
    const verifier = verifierWith({ clock })
    const guard = compileGuard([githubActions({ ownerId: '1234567' }, { maxTokenAge: 60 })])
    const policy = pipelineOf(verifier)?.config as Parameters<typeof guard>[0]['config']
    const call = async (): Promise<unknown> => {
      const workload = await verifier.verify(token)
      return (
        (await guard({ config: policy, request: undefined, token: verifiedTokenOf(workload) }, undefined))?.code ??
        'allowed'
      )
    }
    expect([await call(), await call()]).toEqual(['allowed', 'allowed'])
    clock.advance(41)
    expect(await call()).toBe('workload_forbidden')
  })

  test('a cached token runs deny rules with code, and look-ups, at each call', async () => {
    let denied = 0
    const deny = githubActions.deny({
      where: () => {
        denied++
        return false
      },
    })
    let found = 0
    const lookup = githubActions.lookup(() => {
      found++
      return found < 3 ? trust : undefined
    })
    const verifier = verifierWith({ deny, trust: lookup })
    const codes = []
    for (let call = 0; call < 3; call++) codes.push(await codeOf(verifier.verify(token)))
    expect(codes).toEqual(['allowed', 'allowed', 'workload_forbidden'])
    expect([denied, found]).toEqual([3, 3])
  })

  test('a cached token ages for a rule with its own maxTokenAge', async () => {
    const clock = manualClock(now)
    const verifier = verifierWith({ clock, trust: [githubActions({ ownerId: '1234567' }, { maxTokenAge: 60 })] })
    await verifier.verify(token)
    clock.advance(60)
    expect(await codeOf(verifier.verify(token))).toBe('token_too_old')
  })

  test('the hook gets each call with a cached token', async () => {
    const seen: VerdictEvent[] = []
    const verifier = verifierWith({ onVerdict: (event) => void seen.push(event) })
    const first = await verifier.verify(token)
    await verifier.verify(token)
    expect(seen.map(({ allowed, layer }) => [allowed, layer])).toEqual([
      [true, 'trust'],
      [true, 'trust'],
    ])
    expect(seen[1]?.workload).toBe(first)
    expect(seen[1]?.verdict?.rules[0]?.matched).toBe(true)
  })

  test('a cached token passes the look-up of one route and not that of another', async () => {
    const verifier = verifierWith()
    const asked: string[] = []
    const call = async (path: string): Promise<unknown> => {
      await verifier.verify(token)
      const guard = compileGuard([
        (_: unknown, request: string) => {
          asked.push(request)
          return request === '/first' ? githubActions({ repository: 'acme/shop' }) : undefined
        },
      ])
      const workload = await verifier.verify(token)
      const policy = pipelineOf(verifier)?.config as Parameters<typeof guard>[0]['config']
      const refusal = await guard({ config: policy, request: undefined, token: verifiedTokenOf(workload) }, path)
      return refusal?.code ?? 'allowed'
    }
    expect([await call('/first'), await call('/second'), await call('/first')]).toEqual([
      'allowed',
      'workload_forbidden',
      'allowed',
    ])
    expect(asked).toEqual(['/first', '/second', '/first'])
  })
})

describe('synchronous outcomes', () => {
  test('a new token is verified synchronously when the keys are cached', async () => {
    // Else an attempt that was late would leave its token in the cache.
    const verifier = verifierWith({ cache: false })
    await verifier.ready()
    expect(await codeWithRoom(verifier)).toBe('allowed')
    expect(
      await codeWithRoom(
        verifier,
        signToken(claimsWith(githubPush, { repository_owner_id: '7', sub: 'repo:acme/shop:ref:refs/heads/main' })),
      ),
    ).toBe('workload_forbidden')
  })

  test('a token is refused synchronously if no key is needed', async () => {
    const verifier = verifierWith()
    expect(codeAtOnce(verifier, 'x')).toBe('token_malformed')
    expect(codeAtOnce(verifier, signToken(claimsWith(githubPush, { exp: 1 })))).toBe('token_expired')
    expect(codeAtOnce(verifier, signToken(claimsWith(githubPush, { iss: 'https://evil.example' })))).toBe(
      'issuer_untrusted',
    )
  })

  test.each([
    ['a bad signature', `${token.slice(0, -8)}AAAAAAAA`, 'signature_invalid'],
    ['a key that is not published', signToken(githubPush, { kid: 'other' }), 'key_unknown'],
  ])('%s is refused synchronously while no refresh of the keys is due', async (_, text, code) => {
    const fetch = vi.fn(fetchKeys())
    const verifier = verifierWith({ fetch })
    await verifier.ready()
    // The first refusals look for a new key, until the rate limit of refreshes.
    expect(await codeWithRoom(verifier, text)).toBe(code)
    const fetches = fetch.mock.calls.length
    expect(await codeWithRoom(verifier, text)).toBe(code)
    expect(fetch).toHaveBeenCalledTimes(fetches)
  })

  test('many new tokens at once do not block the event loop until all are verified', async () => {
    const verifier = verifierWith()
    await verifier.ready()
    await new Promise((resolve) => setImmediate(resolve))
    const texts = Array.from({ length: 200 }, (_, index) => signToken(claimsWith(githubPush, { jti: String(index) })))
    const outcomes: unknown[] = []
    const verified = texts.map(async (text) => {
      const outcome = await pipelineOf(verifier)?.authenticate([`Bearer ${text}`])
      outcomes.push(outcome)
      return outcome
    })
    const inBetween = await new Promise<number>((resolve) => setImmediate(() => resolve(outcomes.length)))

    expect(inBetween).toBeGreaterThan(0)
    expect(inBetween).toBeLessThan(200)
    for (const outcome of await Promise.all(verified))
      expect(outcome).toMatchObject({ identity: { repository: 'acme/shop' } })
  })

  test('Web Crypto gives the same outcomes, asynchronously', async () => {
    const process = globalThis.process as { getBuiltinModule?: unknown }
    const { getBuiltinModule } = process
    delete process.getBuiltinModule
    const verifier = verifierWith()
    try {
      await verifier.ready()
    } finally {
      process.getBuiltinModule = getBuiltinModule
    }
    // Awaited, since two concurrent verifications may end in any order, and the later one is
    // cached.
    const pending = pipelineOf(verifier)?.authenticate([`Bearer ${token}`])
    expect(pending).toBeInstanceOf(Promise)
    await pending
    const first = await verifier.verify(token)
    expect(first.repository).toBe('acme/shop')
    expect(atOnce(verifier)).toBe(verifiedTokenOf(first))
    const tampered = `${token.slice(0, -8)}AAAAAAAA`
    expect(await codeOf(verifier.verify(tampered))).toBe('signature_invalid')
  })
})

describe('two credentials, the first of another scheme', () => {
  test.each([
    ['in one line', [`Basic dXNlcjpwYXNz, Bearer ${token}`]],
    ['in two lines', ['Basic dXNlcjpwYXNz', `Bearer ${token}`]],
  ])('two credentials %s are refused with 400, with and without cache and optional', async (_, values) => {
    for (const options of [{}, { cache: false }, { optional: true }] as const) {
      const verifier = verifierWith(options)
      const refusal = await refusalOf(verifier.authorize(values))
      expect([refusal.status, refusal.code]).toEqual([400, 'request_malformed'])
    }
  })
})

describe('the event of a refusal', () => {
  const eventsOf = async (claims: object, options: Partial<VerifierOptions> = {}): Promise<VerdictEvent[]> => {
    const events: VerdictEvent[] = []
    const verifier = verifierWith({
      trust: [trust, gitlab({ ownerId: '99' })],
      onVerdict: (event) => void events.push(event),
      ...options,
    })
    await codeOf(verifier.verify(signToken(claimsWith(githubPush, { ...claims }))))
    return events
  }

  const unverified = {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:acme@1234567/shop@74205118:ref:refs/heads/main',
    audience: ['https://api.acme.dev'],
    keyId: 'k1',
    algorithm: 'RS256',
  }

  test('the event of an untrusted issuer has the code and the unverified token', async () => {
    const events = await eventsOf({ iss: 'https://evil.example', repository_id: 7 })
    expect(events).toStrictEqual([
      {
        layer: 'token',
        allowed: false,
        code: 'issuer_untrusted',
        unverified: { ...unverified, issuer: 'https://evil.example' },
      },
    ])
  })

  test.each(['https://token.actions.githubusercontent.com/', 'https://gitlab.com/'])(
    'the event of the issuer %s hints at the trailing slash',
    async (iss) => {
      expect(await eventsOf({ iss })).toStrictEqual([
        {
          layer: 'token',
          allowed: false,
          code: 'issuer_untrusted',
          hint: 'The issuer differs from a trusted one by a slash at the end only.',
          unverified: { ...unverified, issuer: iss },
        },
      ])
    },
  )

  test('the event of an invalid claim in a signed token names the claim', async () => {
    expect(await eventsOf({ repository_id: 7 })).toStrictEqual([
      { layer: 'token', allowed: false, code: 'claims_invalid', claim: 'repository_id', unverified },
    ])
  })

  test('the event of a refusal by rules has the workload and the verdict', async () => {
    const [event, ...others] = await eventsOf({ repository_owner_id: '7', sub: 'x' })
    expect(others).toEqual([])
    expect(event).toStrictEqual({
      layer: 'trust',
      allowed: false,
      code: 'workload_forbidden',
      workload: event?.workload,
      verdict: event?.verdict,
    })
    expect([event?.workload?.ownerId, event?.verdict?.reason]).toEqual(['7', 'no-rule-matched'])
  })

  test('the event of a look-up that throws has the workload and the cause', async () => {
    const cause = new Error('down')
    const lookup = githubActions.lookup(() => Promise.reject(cause))
    const [event, ...others] = await eventsOf({}, { trust: lookup })
    expect(others).toEqual([])
    expect(event).toStrictEqual({
      layer: 'trust',
      allowed: false,
      code: 'resolver_unavailable',
      workload: event?.workload,
      cause,
    })
    expect(event?.workload?.repository).toBe('acme/shop')
  })
})

describe('a bad signature', () => {
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const renamed = { ...publicJwk, ...other }

  test('a bad signature is checked again with a new key of the same id', async () => {
    const keys: unknown[] = [renamed]
    const verifier = verifierWith({ fetch: fetchKeys(keys) })
    await verifier.ready()
    keys[0] = publicJwk
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(`${token.slice(0, -8)}AAAAAAAA`))).toBe('signature_invalid')
  })

  test('a bad signature is refused if it fails with the new key too', async () => {
    const third = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
    const keys: unknown[] = [renamed]
    const fetch = fetchKeys(keys)
    const verifier = verifierWith({ fetch })
    await verifier.ready()
    keys[0] = { ...publicJwk, ...third }
    expect(await codeOf(verifier.verify(token))).toBe('signature_invalid')
    expect(fetch.asked).toHaveLength(4)
  })

  test('a key that cannot be imported triggers no refetch', async () => {
    const { x, y } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' })
    const fetch = fetchKeys([{ kty: 'EC', crv: 'P-256', kid: 'k1', x: y, y: x }])
    const cluster = kubernetes.at('https://cluster.acme.dev')
    const verifier = verifierWith({ trust: cluster({ namespace: 'ci' }), fetch })
    await verifier.ready()
    const claims = {
      iss: 'https://cluster.acme.dev',
      sub: 'system:serviceaccount:ci:runner',
      aud: audience,
      iat: now,
      exp: now + 300,
    }
    const [, payload] = signToken(claims).split('.')
    const header = Buffer.from('{"alg":"ES256","kid":"k1","typ":"JWT"}').toString('base64url')
    const refusal = await refusalOf(verifier.verify(`${header}.${payload}.${'A'.repeat(86)}`))
    expect([refusal.status, refusal.code, refusal.headers['Retry-After']]).toEqual([503, 'issuer_unavailable', '60'])
    expect(fetch.asked).toHaveLength(2)
  })
})
