// The life of an issuer's keys over hours, on a clock that the test moves.

import type { GitHubActionsWorkload } from '../types.ts'
import { createTestIssuer } from '@jobpass/testing'
import type { TestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import type { KeyEvent } from './key-source.ts'
import type { KeySnapshot } from './jwks-snapshot.ts'
import type { Verifier } from '../request/verifier.ts'
import type { VerifierOptions } from '../config/options.ts'
import type { WorkloadAuthError } from '../response/error.ts'
import { createVerifier } from '../request/verifier.ts'
import { githubActions } from '../index.ts'

const audience = 'https://api.acme.dev'
const start = 1_795_166_200
const keySets = (issuer: TestIssuer<GitHubActionsWorkload>): number =>
  issuer.fetched.filter((url) => url.endsWith('/jwks')).length

interface Scene {
  readonly issuer: TestIssuer<GitHubActionsWorkload>
  readonly clock: ReturnType<typeof manualClock>
  readonly verifier: Verifier<GitHubActionsWorkload>
  readonly events: KeyEvent[]
  /** `'allowed'`, or the code and the seconds to wait. */
  readonly call: (header?: Record<string, unknown>) => Promise<string>
}

async function scene(options: Partial<VerifierOptions> = {}): Promise<Scene> {
  const clock = manualClock(start)
  const issuer = await createTestIssuer(githubActions, { clock })
  const events: KeyEvent[] = []
  const verifier = createVerifier({
    audience,
    trust: githubActions({ ownerId: '1234567' }),
    fetch: issuer.fetch,
    clock,
    onKeys: (event) => events.push(event),
    ...options,
  } as VerifierOptions<never>) as unknown as Verifier<GitHubActionsWorkload>
  const call: Scene['call'] = async (header) =>
    outcome(verifier.verify(await issuer.mint({ aud: audience }, { header: header ?? {} })))
  return { issuer, clock, verifier, events, call }
}

const outcome = (verified: Promise<unknown>): Promise<string> =>
  verified.then(
    () => 'allowed',
    ({ code, headers }: WorkloadAuthError) => [code, headers['Retry-After']].filter(Boolean).join(' '),
  )

/** Lets everything finish that was started without waiting for it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a verifier without keys', () => {
  test('lesson D7: a thousand concurrent requests fetch one discovery document and one key set', async () => {
    const { issuer, verifier } = await scene()
    const token = await issuer.mint({ aud: audience })

    const outcomes = await Promise.all(Array.from({ length: 1000 }, () => outcome(verifier.verify(token))))

    expect(new Set(outcomes)).toEqual(new Set(['allowed']))
    expect(issuer.fetched).toHaveLength(2)
  })

  test('lesson D6: an issuer that is down gets one request per step of the back-off, however many calls there are', async () => {
    const { issuer, clock, call } = await scene()
    issuer.goOffline()
    const asked: number[] = []
    const answers = new Set<string>()
    // Two minutes, a call each second: pauses of 5, 10, 20, 40 and 60 s, each up to a tenth
    // shorter.
    for (let second = 0; second < 120; second++) {
      const before = issuer.fetched.length
      answers.add((await call()).replace(/ \d+$/, ''))
      if (issuer.fetched.length > before) asked.push(second)
      clock.advance(1)
    }

    expect(answers).toEqual(new Set(['issuer_unavailable']))
    expect(asked).toHaveLength(5)
    const pauses = asked.slice(1).map((second, index) => second - (asked[index] ?? 0))
    expect(pauses.map((pause, index) => pause <= 5 * 2 ** index && pause >= 4.5 * 2 ** index)).toEqual([
      true,
      true,
      true,
      true,
    ])
  })

  test('lesson D16: ready() fetches once, and reports what is wrong', async () => {
    const { issuer, verifier, clock } = await scene()
    issuer.goOffline()
    expect(await verifier.ready()).toEqual([
      { issuer: issuer.issuer, ready: false, keys: 0, reason: 'fetch failed: the test issuer is offline' },
    ])
    issuer.goOnline()
    clock.advance(5)
    expect(await verifier.ready()).toEqual([{ issuer: issuer.issuer, ready: true, keys: 1 }])
    expect(await verifier.ready()).toEqual([{ issuer: issuer.issuer, ready: true, keys: 1 }])
    expect(keySets(issuer)).toBe(1)
  })
})

describe('a verifier with keys', () => {
  test('fresh keys are not fetched again', async () => {
    const { issuer, clock, call } = await scene()
    await call()
    clock.advance(539)

    expect(await call()).toBe('allowed')
    expect(keySets(issuer)).toBe(1)
  })

  test('lesson D10: stale keys are used at once, and refreshed in the background', async () => {
    let hang = false
    const { issuer, clock, call, verifier } = await scene({
      fetch: (input, init) => (hang ? new Promise(() => {}) : issuerFetch(input, init)),
    })
    const issuerFetch = issuer.fetch
    await call()
    clock.advance(601)
    hang = true

    // The refresh never ends, and the request does not wait for it.
    expect(await call()).toBe('allowed')
    expect(await call()).toBe('allowed')
    expect(await verifier.ready()).toMatchObject([{ ready: true }])
  })

  test('lesson D10: known keys stay in use for a day of outage, and not longer', async () => {
    const { issuer, clock, call } = await scene()
    await call()
    issuer.goOffline()
    clock.advance(660)
    expect(await call()).toBe('allowed')
    clock.advance(85_000)
    expect(await call()).toBe('allowed')
    await settle()
    clock.advance(900)
    expect(await call()).toMatch(/^issuer_unavailable \d+$/)
    issuer.goOnline()
    clock.advance(60)
    expect(await call()).toBe('allowed')
  })

  test('lesson D9: a withdrawn key is refused after the next refresh', async () => {
    const { issuer, verifier, clock, call } = await scene()
    const old = await issuer.mint({ aud: audience, exp: start + 4000 })
    expect(await outcome(verifier.verify(old))).toBe('allowed')
    await issuer.rotate()
    expect(await outcome(verifier.verify(old))).toBe('allowed')
    clock.advance(601)
    // This call uses the stale keys, and starts the refresh that withdraws them.
    expect(await outcome(verifier.verify(old))).toBe('allowed')
    await settle()
    expect(await outcome(verifier.verify(old))).toMatch(/^key_unknown \d+$/)
    expect(await call()).toBe('allowed')
  })

  test('lesson D8: a bad answer of the issuer changes no keys', async () => {
    let bad = false
    const { issuer, clock, call } = await scene({
      fetch: async (input, init) => (bad ? Response.json({ keys: [] }) : issuerFetch(input, init)),
    })
    const issuerFetch = issuer.fetch
    await call()
    bad = true
    clock.advance(700)
    await call()
    await settle()

    expect(await call()).toBe('allowed')
  })

  test('a clock that is set back makes keys stale, and stops nothing', async () => {
    const { issuer, clock, call } = await scene()
    await call()
    clock.advance(-7200)
    expect(await call()).toBe('allowed')
    await settle()
    expect(keySets(issuer)).toBe(2)
    await issuer.rotate()
    clock.advance(10)
    expect(await call()).toBe('allowed')
  })
})

describe('unknown keys', () => {
  test('a key published right after a fetch is accepted with its first token', async () => {
    const { issuer, call } = await scene()
    await call()
    await issuer.rotate()

    expect(await call()).toBe('allowed')
    expect(keySets(issuer)).toBe(2)
  })

  test('lesson D4: ten thousand unknown keys in ten seconds cost at most three key sets, and no good token waits', async () => {
    const { issuer, clock, verifier, call } = await scene()
    await call()
    const good = await issuer.mint({ aud: audience })
    const [, payload, signature] = good.split('.') as [string, string, string]
    const bad = (kid: string): string =>
      [Buffer.from(JSON.stringify({ alg: 'RS256', kid })).toString('base64url'), payload, signature].join('.')
    const before = keySets(issuer)
    const outcomes = new Set<string>()
    for (let tenth = 0; tenth < 100; tenth++) {
      const flood = Array.from({ length: 100 }, (_, index) => outcome(verifier.verify(bad(`k-${tenth}-${index}`))))
      expect(await outcome(verifier.verify(good))).toBe('allowed')
      for (const each of await Promise.all(flood)) outcomes.add(each.replace(/ \d+$/, ''))
      clock.advance(0.1)
    }

    expect(keySets(issuer) - before).toBeLessThanOrEqual(3)
    expect(outcomes).toEqual(new Set(['key_unknown']))
  })

  test('lesson D5: under a flood of unknown keys, a new key is accepted within ten seconds', async () => {
    const { issuer, clock, call } = await scene()
    await call()
    for (let index = 0; index < 20; index++) await call({ kid: `flood-${index}` })
    await issuer.rotate()
    const seen: string[] = []
    for (let second = 0; second <= 10 && seen.at(-1) !== 'allowed'; second++) {
      await call({ kid: `more-${second}` })
      seen.push(await call())
      clock.advance(1)
    }

    expect(seen.at(-1)).toBe('allowed')
  })

  test('the refusal of an unknown key says when to retry', async () => {
    const { call, clock } = await scene()
    await call()
    expect(await call({ kid: 'x' })).toMatch(/^key_unknown (9|10)$/)
    clock.advance(4)
    expect(await call({ kid: 'x' })).toMatch(/^key_unknown (5|6)$/)
  })

  test('an unknown key during an outage is an outage', async () => {
    const { issuer, call } = await scene()
    await call()
    issuer.goOffline()

    expect(await call({ kid: 'x' })).toMatch(/^issuer_unavailable \d+$/)
    expect(await call()).toBe('allowed')
  })

  test('tokens with a wrong issuer, audience or date never cause a refresh', async () => {
    const { issuer, verifier, call } = await scene()
    await call()
    const wrong = [
      { aud: 'https://other.example' },
      { aud: audience, exp: start - 100 },
      { aud: audience, iat: start + 100 },
      { aud: audience, iss: 'https://evil.example' },
    ]
    for (let index = 0; index < 100; index++) {
      const claims = wrong[index % wrong.length] as object
      await outcome(verifier.verify(await issuer.mint(claims as never, { header: { kid: `k-${index}` } })))
    }

    expect(issuer.fetched).toHaveLength(2)
  })

  test('new key material under an old kid takes over, by one refresh after a bad signature', async () => {
    const { issuer, verifier, clock } = await scene()
    const old = await issuer.mint({ aud: audience }, { header: { kid: 'only' } })
    const keys = { now: issuer.keys.map((key) => ({ ...key, kid: 'only' })) }
    const renamed = createVerifier({
      audience,
      trust: githubActions({ ownerId: '1234567' }),
      clock,
      fetch: async (input, init) =>
        String(input).endsWith('/jwks') ? Response.json({ keys: keys.now }) : issuer.fetch(input, init),
    })
    expect(await outcome(renamed.verify(old))).toBe('allowed')
    await issuer.rotate()
    keys.now = issuer.keys.map((key) => ({ ...key, kid: 'only' }))
    const fresh = await issuer.mint({ aud: audience }, { header: { kid: 'only' } })

    expect(await outcome(renamed.verify(fresh))).toBe('allowed')
    expect(await outcome(renamed.verify(old))).toBe('signature_invalid')
    expect(verifier).toBeDefined()
  })
})

describe('hooks and stores', () => {
  test('every key event reaches onKeys', async () => {
    const { issuer, clock, events, call } = await scene()
    await call()
    await call({ kid: 'x' })
    issuer.goOffline()
    clock.advance(700)
    await call()
    await settle()

    const common = { issuer: issuer.issuer, keys: 1 }
    expect(events).toEqual([
      { ...common, event: 'fetched' },
      { ...common, event: 'unknown' },
      { ...common, event: 'fetched' },
      { ...common, event: 'failed', reason: 'fetch failed: the test issuer is offline' },
    ])
  })

  test('lesson D17: keys from a snapshot are used without a fetch, and keep their age', async () => {
    const stored = new Map<string, KeySnapshot>()
    const keySnapshot = {
      get: (issuer: string) => stored.get(issuer),
      set: (issuer: string, snapshot: KeySnapshot) => void stored.set(issuer, snapshot),
    }
    const first = await scene({ keySnapshot })
    await first.call()
    const second = createVerifier({
      audience,
      trust: githubActions({ ownerId: '1234567' }),
      clock: first.clock,
      fetch: first.issuer.fetch,
      keySnapshot,
    })
    first.clock.advance(60)
    expect(await outcome(second.verify(await first.issuer.mint({ aud: audience })))).toBe('allowed')
    expect(keySets(first.issuer)).toBe(1)

    first.clock.advance(86_400)
    const third = createVerifier({
      audience,
      trust: githubActions({ ownerId: '1234567' }),
      clock: first.clock,
      fetch: first.issuer.fetch,
      keySnapshot,
    })
    expect(await outcome(third.verify(await first.issuer.mint({ aud: audience })))).toBe('allowed')
    expect(keySets(first.issuer)).toBe(2)
  })

  test.each([
    [
      'throws',
      {
        get: () => {
          throw new Error('x')
        },
        set: () => {
          throw new Error('x')
        },
      },
    ],
    ['rejects', { get: () => Promise.reject(new Error('x')), set: () => Promise.reject(new Error('x')) }],
    [
      'holds nonsense',
      { get: () => ({ keys: [null, { kty: 'oct', k: 'AA' }], fetchedAt: Number.NaN }), set: () => {} },
    ],
  ])('a snapshot store that %s is treated as empty', async (_name, keySnapshot) => {
    const { call } = await scene({ keySnapshot: keySnapshot as never })

    expect(await call()).toBe('allowed')
    await settle()
  })

  test('lesson D3: two verifiers share no keys', async () => {
    const { issuer, clock, call } = await scene()
    await call()
    const other = createVerifier({ audience, trust: githubActions({ ownerId: '1234567' }), clock, fetch: issuer.fetch })
    await outcome(other.verify(await issuer.mint({ aud: audience })))

    expect(keySets(issuer)).toBe(2)
  })

  test('lesson D1: a thousand unknown issuers cause no request', async () => {
    const { issuer, verifier } = await scene()
    const token = await issuer.mint({ aud: audience, iss: 'https://evil.example' })
    const codes = await Promise.all(Array.from({ length: 1000 }, () => outcome(verifier.verify(token))))

    expect(new Set(codes)).toEqual(new Set(['issuer_untrusted']))
    expect(issuer.fetched).toEqual([])
  })
})

describe('the jwks option', () => {
  test('the jwks option sets the times', async () => {
    const { issuer, clock, call } = await scene({ jwks: { maxAge: 30, staleIfError: 60 } })
    await call()
    issuer.goOffline()
    clock.advance(45)
    expect(await call()).toBe('allowed')
    await settle()
    clock.advance(20)
    expect(await call()).toMatch(/^issuer_unavailable/)
  })

  test.each([
    [{ maxAge: 0 }, 'jwks.maxAge must be a number of seconds from 1 to 86400'],
    [{ maxAge: Number.NaN }, 'jwks.maxAge'],
    [{ staleIfError: 10 }, 'jwks.staleIfError must be at least jwks.maxAge, 600'],
    [{ staleIfError: Infinity }, 'jwks.staleIfError must be a number of seconds from 1 to 604800'],
    [{ cooldown: -1 }, 'jwks.cooldown must be a number of seconds from 1 to 3600'],
    [{ timeout: 61 }, 'jwks.timeout must be a number of seconds from 1 to 60'],
    [{ ttl: 5 }, "jwks has no 'ttl'"],
    [null, "'jwks' is null"],
  ])('the jwks option %j is refused', (jwks, message) => {
    const options = { audience, trust: githubActions({ ownerId: '1234567' }), jwks: jwks as never }

    expect(() => createVerifier(options)).toThrow(message)
  })

  test.each([[{}], [{ get: () => undefined }], ['redis']])('the keySnapshot store %j is refused', (keySnapshot) => {
    const options = { audience, trust: githubActions({ ownerId: '1234567' }), keySnapshot: keySnapshot as never }

    expect(() => createVerifier(options)).toThrow('must be a function')
  })
})
