// The keys of one issuer, step by step: which requests are made and when, and which events are
// emitted.

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { manualClock } from '@jobpass/testing/internal'
import { Refusal } from '../model/refusal.ts'
import type { IssuerOptions } from './issuer-options.ts'
import type { JSONWebKey } from './jwk.ts'
import { readJwksOptions } from './refresh-policy.ts'
import { createKeySource } from './remote-jwks.ts'
import type { KeySnapshot, KeySnapshots } from './jwks-snapshot.ts'
import type { KeyEvent, KeySource } from './key-source.ts'
import type { PublishedKey } from './published-key.ts'
import type { Token } from '../model/token.ts'

const issuer = 'https://ci.example'
const keyOf = (kid: string): JSONWebKey => ({
  ...(generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }) as JSONWebKey),
  kid,
})
const [a, b, c] = [keyOf('a'), keyOf('b'), keyOf('c')] as const
const asking = (kid: string): Token => ({ text: '', header: { alg: 'ES256', kid }, claims: { iss: issuer } })

/** One request for the key set, which the test answers. */
interface Asked {
  readonly answer: (keys: readonly unknown[]) => void
  readonly fail: () => void
}

interface Scene {
  readonly source: KeySource
  readonly clock: ReturnType<typeof manualClock>
  readonly events: KeyEvent[]
  /** The requests so far. */
  readonly asked: Asked[]
  /** The kid of the found key, or the code and the seconds to wait. */
  readonly find: (kid: string) => Promise<string>
  /** Answers requests automatically from now on; `undefined` for an outage. */
  readonly publish: (keys: readonly unknown[] | undefined) => void
  readonly store: { reads: number; readonly written: KeySnapshot[] }
}

interface Setting {
  readonly jwks?: object
  readonly options?: IssuerOptions
  readonly shared?: boolean
  readonly snapshots?: Partial<KeySnapshots>
}

function scene({ jwks, options = {}, shared = true, snapshots }: Setting = {}): Scene {
  const clock = manualClock()
  const events: KeyEvent[] = []
  const asked: Asked[] = []
  const store = { reads: 0, written: [] as KeySnapshot[] }
  let published: { keys: readonly unknown[] | undefined } | undefined
  const reach: typeof fetch = () => {
    const now = published
    return new Promise((resolve, reject) => {
      const settle = (keys: readonly unknown[] | undefined): void => {
        if (keys === undefined) reject(new TypeError('no network'))
        else resolve(Response.json({ keys }))
      }
      asked.push({ answer: settle, fail: () => settle(undefined) })
      if (now !== undefined) settle(now.keys)
    })
  }
  const keySnapshot: KeySnapshots | undefined = snapshots && {
    get: (name) => {
      store.reads++
      return snapshots.get?.(name)
    },
    set: (name, snapshot) => {
      store.written.push(snapshot)
      return snapshots.set?.(name, snapshot)
    },
  }
  const source = createKeySource(
    issuer,
    { jwksUri: `${issuer}/jwks`, ...options },
    {
      fetch: reach,
      clock,
      keyTimes: readJwksOptions(jwks),
      keySnapshot,
      onKeys: (event) => events.push(event),
      keyHosts: [],
      random: () => 0,
      shared,
    },
  )
  const find = async (kid: string): Promise<string> => outcomeOf(await source.find(asking(kid)))
  return { source, clock, events, asked, find, store, publish: (keys) => void (published = { keys }) }
}

const outcomeOf = (found: PublishedKey | Refusal | undefined): string =>
  found instanceof Refusal ? `${found.code} ${found.context.retryAfter ?? ''}`.trim() : String(found?.jwk.kid)
const keyIn = async (source: KeySource, kid: string): Promise<PublishedKey> =>
  (await source.find(asking(kid))) as PublishedKey
/** Lets everything finish that was started without waiting for it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('lesson D17: static keys', () => {
  test('lesson D17: static keys are found, current and ready, and nothing is fetched', async () => {
    const { source, asked, find } = scene({ options: { keys: [a, b] } })
    expect([await find('a'), await find('b'), await find('c')]).toEqual(['a', 'b', 'key_unknown'])
    expect(await source.ready()).toEqual({ issuer, ready: true, keys: 2 })
    const key = await keyIn(source, 'a')
    expect(source.isCurrent(key)).toBe(true)
    expect(source.isCurrent({ ...key })).toBe(false)
    expect(await source.refetch(asking('b'), key)).toBeUndefined()
    expect(asked).toEqual([])
  })
})

describe('fresh, stale, expired', () => {
  const jwks = { maxAge: 10, staleIfError: 20, cooldown: 1 }
  test.each([
    [0, 1],
    [9.999, 1],
    [10, 2],
    [19.999, 2],
    [-1, 2],
  ])('after %d seconds a key is used at once, with %i requests', async (seconds, requests) => {
    const { source, asked, clock, find, publish } = scene({ jwks })
    publish([a])
    expect(await find('a')).toBe('a')
    clock.advance(seconds)
    const found = source.find(asking('a'))
    expect(found).not.toBeInstanceOf(Promise)
    expect(outcomeOf(found as PublishedKey)).toBe('a')
    expect(asked).toHaveLength(requests)
  })

  test.each([
    [19.999, 'a'],
    [20, 'issuer_unavailable 5'],
  ])('lesson D10: after %d seconds, the last of them an outage, a request gets %s', async (seconds, outcome) => {
    const { clock, find, publish } = scene({ jwks })
    publish([a])
    await find('a')
    publish(undefined)
    clock.advance(seconds)
    expect(await find('a')).toBe(outcome)
  })

  test('expired keys are an outage, not a bad token, when no refresh is due', async () => {
    const { clock, find, publish } = scene({ jwks: { maxAge: 1, staleIfError: 2, cooldown: 100 } })
    publish([a])
    for (let time = 0; time < 2; time++) {
      expect(await find('a')).toBe('a')
      clock.advance(2)
    }
    expect(await find('a')).toBe('issuer_unavailable 96')
  })

  test('a key is current while it is published and usable, and a stale one is refreshed in the background', async () => {
    const { source, clock, asked, publish } = scene({ jwks })
    publish([a, b])
    const [first, second] = [await keyIn(source, 'a'), await keyIn(source, 'b')]
    clock.advance(9)
    expect([source.isCurrent(first), source.isCurrent({ ...first }), asked.length]).toEqual([true, false, 1])
    clock.advance(1)
    publish([a])
    expect([source.isCurrent(first), source.isCurrent(second), asked.length]).toEqual([true, true, 2])
    await settle()
    // The first key is withdrawn; the second is the same object.
    expect([source.isCurrent(first), source.isCurrent(second)]).toEqual([true, false])
    clock.advance(20)
    expect(source.isCurrent(first)).toBe(false)
  })
})

describe('key events without a store', () => {
  const common = { issuer, keys: 1 }
  test('a fetch emits an event, and so does a token that names an unknown key', async () => {
    const { events, find, publish } = scene()
    publish([a])
    expect([await find('a'), await find('b')]).toEqual(['a', 'key_unknown 10'])
    await settle()
    expect(events).toStrictEqual([
      { ...common, event: 'fetched' },
      { ...common, event: 'unknown' },
      { ...common, event: 'fetched' },
    ])
  })

  test('no event reports an unknown key while no key is known', async () => {
    const { events, find, publish } = scene()
    publish(undefined)
    expect(await find('a')).toBe('issuer_unavailable 5')
    expect(events).toStrictEqual([{ issuer, keys: 0, event: 'failed', reason: 'no network' }])
  })
})

test('lesson D4: an unknown key costs one request, even though the keys are stale', async () => {
  const { asked, clock, find, publish } = scene({ jwks: { maxAge: 10 } })
  publish([a])
  await find('a')
  clock.advance(60)
  expect(await find('b')).toBe('key_unknown 1')
  expect(asked).toHaveLength(2)
})

describe('lesson D7: one refresh at a time', () => {
  test('lesson D7: requests that arrive during a refresh wait for it', async () => {
    const { asked, find } = scene()
    const all = [find('a'), find('a'), find('b')]
    expect(asked).toHaveLength(1)
    asked[0]?.answer([a, b])
    expect(await Promise.all(all)).toEqual(['a', 'a', 'b'])
    expect(asked).toHaveLength(1)
  })

  test('a key that was published too late for the running refresh causes a second one', async () => {
    const { asked, find } = scene()
    const [first, second] = [find('a'), find('b')]
    asked[0]?.answer([a])
    expect(await first).toBe('a')
    await settle()
    expect(asked).toHaveLength(2)
    asked[1]?.answer([a, b])
    expect(await second).toBe('b')
  })

  test('the request that started a refresh does not start a second one', async () => {
    const { asked, find, publish } = scene()
    publish([a])
    expect(await find('b')).toBe('key_unknown 1')
    expect(asked).toHaveLength(1)
  })

  test('when a refresh fails, all who waited get the outage, and none starts another', async () => {
    const { asked, find } = scene()
    const all = [find('a'), find('a')]
    asked[0]?.fail()
    expect(await Promise.all(all)).toEqual(['issuer_unavailable 5', 'issuer_unavailable 5'])
    expect(asked).toHaveLength(1)
  })

  test('requests that cannot share promises each fetch for themselves', async () => {
    const { asked, find } = scene({ shared: false })
    const all = [find('a'), find('a')]
    expect(asked).toHaveLength(2)
    for (const each of asked) each.answer([a])
    expect(await Promise.all(all)).toEqual(['a', 'a'])
  })
})

describe('runtimes on which nothing outlives its request', () => {
  const jwks = { maxAge: 10, staleIfError: 20, cooldown: 1 }

  test('stale keys are refreshed before use, and a withdrawn one is not used', async () => {
    const { source, asked, clock, find, publish, events } = scene({ jwks, shared: false })
    publish([a])
    const key = await keyIn(source, 'a')
    expect(source.isCurrent(key)).toBe(true)
    clock.advance(10)
    expect(source.isCurrent(key)).toBe(false)
    publish([b])
    expect([await find('a'), await find('b'), asked.length]).toEqual(['key_unknown 1', 'b', 2])
    clock.advance(10)
    expect(await find('b')).toBe('b')
    expect(events.map(({ event }) => event)).toEqual(['fetched', 'fetched', 'unknown', 'fetched'])
  })

  test('an empty store is read once, even though no fetch succeeds either', async () => {
    const { find, publish, store } = scene({ shared: false, snapshots: {} })
    publish(undefined)
    expect([await find('a'), await find('a')]).toEqual(['issuer_unavailable 5', 'issuer_unavailable 5'])
    expect(store.reads).toBe(1)
  })

  test('stale keys stay in use while the issuer is down, and no request waits during a pause', async () => {
    const { source, asked, clock, find, publish } = scene({ jwks, shared: false })
    publish([a])
    const key = await keyIn(source, 'a')
    publish(undefined)
    clock.advance(10)
    expect([await find('a'), await find('a'), asked.length]).toEqual(['a', 'a', 2])
    expect(source.isCurrent(key)).toBe(true)
  })

  test('an unknown key costs one refresh, even while that of another request runs', async () => {
    const { asked, find } = scene({ shared: false })
    const all = [find('a'), find('b')]
    for (const each of asked) each.answer([a])
    expect([await Promise.all(all), asked.length]).toEqual([['a', 'key_unknown 10'], 2])
  })
})

describe('O3: cold starts where requests cannot share a fetch', () => {
  test('O3: all of thirty concurrent requests are answered, and none fetches once keys are there', async () => {
    const { asked, find } = scene({ shared: false })
    const all = Array.from({ length: 30 }, () => find('a'))
    expect(asked).toHaveLength(30)
    for (const each of asked) each.answer([a])
    expect(new Set(await Promise.all(all))).toEqual(new Set(['a']))
    expect([await find('a'), asked.length]).toEqual(['a', 30])
  })

  test('O3: at most a hundred requests fetch at once', async () => {
    const { asked, find } = scene({ shared: false })
    const all = Array.from({ length: 150 }, () => find('a'))
    for (const each of asked) each.answer([a])
    const outcomes = await Promise.all(all)
    expect([asked.length, outcomes.filter((outcome) => outcome === 'a').length]).toEqual([100, 100])
    expect(new Set(outcomes)).toEqual(new Set(['a', 'issuer_unavailable 10']))
  })

  test('O3: no request is made during the pause after a failure', async () => {
    const { asked, find, publish } = scene({ shared: false })
    publish(undefined)
    expect([await find('a'), await find('a'), asked.length]).toEqual([
      'issuer_unavailable 5',
      'issuer_unavailable 5',
      1,
    ])
  })

  test('O3: unknown keys are limited by the bucket only, once keys are there', async () => {
    const { asked, find, publish } = scene({ shared: false })
    publish([a])
    await find('a')
    const all = await Promise.all(Array.from({ length: 30 }, () => find('b')))
    expect([new Set(all).size, asked.length]).toEqual([1, 2])
  })
})

describe('O15: a process that is frozen between calls', () => {
  const jwks = { maxAge: 3, staleIfError: 3600, cooldown: 1 }

  /** Fetches `a`, lets it become stale, and starts a refresh during which the process freezes. */
  async function frozenRefresh(): Promise<Scene & { readonly held: PublishedKey }> {
    const started = scene({ jwks })
    const first = started.find('a')
    started.asked[0]?.answer([a])
    await first
    started.clock.advance(3)
    const held = await keyIn(started.source, 'a')
    expect(started.asked).toHaveLength(2)
    return { ...started, held }
  }

  test('O15: a request waits for the next refresh where the timers did not run yet, and takes no withdrawn key', async () => {
    const { source, asked, clock, find, held } = await frozenRefresh()
    clock.freeze(60)
    expect(source.isCurrent(held)).toBe(false)
    const found = find('a')
    asked[2]?.answer([b])
    expect(await found).toBe('key_unknown 1')
    expect(source.isCurrent(held)).toBe(false)
    // The answer to the frozen request is as old as that request.
    asked[1]?.answer([a])
    await settle()
    expect([source.isCurrent(held), await find('b')]).toEqual([false, 'b'])
  })

  test('O15: a request waits for the next refresh where the timers ran first, and the issuer gets no failure counted', async () => {
    const { source, asked, clock, find, held, publish } = await frozenRefresh()
    clock.advance(60)
    await settle()
    expect(source.isCurrent(held)).toBe(false)
    publish([b])
    expect([await find('a'), await find('b'), asked.length]).toEqual(['key_unknown 1', 'b', 3])
  })

  test('O15: stale keys stay in use while the issuer is down', async () => {
    const { source, clock, find, held, publish } = await frozenRefresh()
    clock.freeze(60)
    publish(undefined)
    expect([await find('a'), source.isCurrent(held)]).toEqual(['a', true])
  })

  test("O15: with refresh 'foreground', requests wait for every refresh", async () => {
    const { source, asked, clock, find, publish } = scene({ jwks: { ...jwks, refresh: 'foreground' } })
    publish([a])
    const held = await keyIn(source, 'a')
    clock.advance(3)
    publish([b])
    expect(source.isCurrent(held)).toBe(false)
    expect(await Promise.all([find('a'), find('b'), find('b')])).toEqual(['key_unknown 1', 'b', 'b'])
    expect(asked).toHaveLength(2)
  })
})

describe('lesson D6: the back-off after a failure', () => {
  test('lesson D6: each pause is twice the one before, up to a minute', async () => {
    const { asked, clock, find, publish } = scene({ jwks: { cooldown: 1 } })
    publish(undefined)
    for (const pause of [5, 10, 20, 40, 60, 60]) {
      const before = asked.length
      expect(await find('a')).toBe(`issuer_unavailable ${pause}`)
      // Neither at once nor right before the end is a request made.
      expect(await find('a')).toBe(`issuer_unavailable ${pause}`)
      clock.advance(pause - 0.001)
      expect(await find('a')).toBe('issuer_unavailable 1')
      expect(asked).toHaveLength(before + 1)
      clock.advance(0.001)
    }
  })

  test('lesson D6: a success resets the back-off to the first pause', async () => {
    const { clock, find, publish } = scene({ jwks: { cooldown: 1 } })
    publish(undefined)
    for (const pause of [5, 10]) {
      expect(await find('a')).toBe(`issuer_unavailable ${pause}`)
      clock.advance(pause)
    }
    publish([a])
    expect(await find('b')).toBe('key_unknown 1')
    clock.advance(2)
    publish(undefined)
    expect(await find('b')).toBe('issuer_unavailable 5')
    expect(await find('a')).toBe('a')
  })

  test('lesson D6: a clock that is set back ends the pause', async () => {
    const { asked, clock, find, publish } = scene()
    publish(undefined)
    await find('a')
    clock.advance(-3600)
    publish([a])
    expect(await find('a')).toBe('a')
    expect(asked).toHaveLength(2)
  })
})

describe('keys after a bad signature', () => {
  test('refetch finds another key of the same kid, once it is published', async () => {
    const { source, asked, publish } = scene()
    publish([a])
    const tried = await keyIn(source, 'a')
    const renamed = { ...b, kid: 'a' }
    publish([renamed])
    expect((await source.refetch(asking('a'), tried))?.jwk).toEqual(renamed)
    expect(asked).toHaveLength(2)
  })

  test.each<[string, readonly unknown[] | undefined]>([
    ['the same key is published', [a]],
    ['the same key is published with other words', [{ ...a, use: 'sig', alg: 'ES256' }]],
    ['no key of that name is published', [b]],
    ['nothing can be fetched', undefined],
  ])('refetch finds no key when %s', async (_, keys) => {
    const { source, publish } = scene()
    publish([a])
    const tried = await keyIn(source, 'a')
    publish(keys)
    expect(await source.refetch(asking('a'), tried)).toBeUndefined()
  })

  test('refetch finds no key when the keys expired meanwhile', async () => {
    const { source, clock, publish } = scene({ jwks: { maxAge: 1, staleIfError: 2 } })
    publish([a])
    const tried = await keyIn(source, 'a')
    publish(undefined)
    clock.advance(3)
    expect(await source.refetch(asking('a'), tried)).toBeUndefined()
  })
})

describe('lesson D16: ready', () => {
  test('lesson D16: ready() fetches once, and reports what is wrong', async () => {
    const { source, asked, clock, publish } = scene()
    publish(undefined)
    expect(await source.ready()).toStrictEqual({ issuer, ready: false, keys: 0, reason: 'no network' })
    clock.advance(5)
    publish([a, b])
    expect(await source.ready()).toStrictEqual({ issuer, ready: true, keys: 2 })
    publish(undefined)
    expect(await source.ready()).toStrictEqual({ issuer, ready: true, keys: 2 })
    expect(asked).toHaveLength(2)
  })

  test('ready() reports that no refresh is due', async () => {
    const { source, clock, publish } = scene({ jwks: { maxAge: 1, staleIfError: 1, cooldown: 100 } })
    publish([a])
    for (let time = 0; time < 2; time++) {
      expect(await source.ready()).toMatchObject({ ready: true })
      clock.advance(1)
    }
    expect(await source.ready()).toStrictEqual({ issuer, ready: false, keys: 0, reason: 'a refresh is not due yet' })
  })

  test('ready() reveals nothing of a thrown value that is not an error', async () => {
    const { source } = scene({ options: { fetch: () => Promise.reject('secret') } })
    expect(await source.ready()).toStrictEqual({ issuer, ready: false, keys: 0, reason: 'the fetch failed' })
  })
})

describe('a snapshot store', () => {
  const snapshot = (clock: { now(): number }, keys: readonly JSONWebKey[], age = 0): KeySnapshot => ({
    keys,
    fetchedAt: clock.now() - age * 1000,
  })
  const common = { issuer, keys: 1 }

  test('lesson D17: a snapshot is used without a request, and is read once', async () => {
    const clock = manualClock()
    const { asked, find, source, events, store } = scene({ snapshots: { get: () => snapshot(clock, [a]) } })
    expect([await find('a'), await find('a')]).toEqual(['a', 'a'])
    expect(await source.ready()).toStrictEqual({ issuer, ready: true, keys: 1 })
    expect([asked.length, store.reads, store.written]).toEqual([0, 1, []])
    expect(events).toStrictEqual([{ ...common, event: 'restored' }])
  })

  test('concurrent requests share one read of the store', async () => {
    const clock = manualClock()
    const { asked, find, store } = scene({ snapshots: { get: async () => snapshot(clock, [a]) } })
    expect(await Promise.all([find('a'), find('a'), find('a')])).toEqual(['a', 'a', 'a'])
    expect([asked.length, store.reads]).toEqual([0, 1])
  })

  test('a store that does not answer is waited for no longer than an issuer', async () => {
    const { asked, clock, find, publish, events } = scene({ snapshots: { get: () => new Promise(() => {}) } })
    publish([a])
    const found = find('a')
    clock.advance(5)
    expect([await found, asked.length]).toEqual(['a', 1])
    expect(events[0]).toMatchObject({ event: 'failed', reason: 'the snapshot could not be read' })
  })

  test('ready() uses a snapshot too', async () => {
    const clock = manualClock()
    const { asked, source, store } = scene({ snapshots: { get: () => snapshot(clock, [a]) } })
    expect(await source.ready()).toStrictEqual({ issuer, ready: true, keys: 1 })
    expect(await source.ready()).toStrictEqual({ issuer, ready: true, keys: 1 })
    expect([asked.length, store.reads]).toEqual([0, 1])
  })

  test('a snapshot keeps its age: stale keys are refreshed, expired ones are not used', async () => {
    const clock = manualClock()
    for (const [age, requests] of [
      [599, 0],
      [600, 1],
      [86_399, 1],
    ] as const) {
      const { asked, find } = scene({ snapshots: { get: () => snapshot(clock, [a], age) } })
      expect([await find('a'), asked.length]).toEqual(['a', requests])
    }
    const { find, publish } = scene({ snapshots: { get: () => snapshot(clock, [a], 86_400) } })
    publish([b])
    expect([await find('b'), await find('a')]).toEqual(['b', 'key_unknown 10'])
  })

  test.each<[string, () => unknown]>([
    ['is empty', () => undefined],
    ['will be empty', () => Promise.resolve()],
    ['has no usable key', () => ({ keys: [null, { kty: 'oct', k: 'AA' }], fetchedAt: 0 })],
    ['does not know when it was written', () => ({ keys: [a], fetchedAt: Number.NaN })],
    ['was written at no number', () => ({ keys: [a], fetchedAt: '0' })],
    ['was written at no time', () => ({ keys: [a] })],
  ])('a store that %s is treated as empty, without a failure', async (_, get) => {
    const { asked, find, events, store, publish } = scene({ snapshots: { get: get as never } })
    publish([a])
    expect([await find('a'), await find('a')]).toEqual(['a', 'a'])
    expect([asked.length, store.reads]).toEqual([1, 1])
    expect(events).toStrictEqual([{ ...common, event: 'fetched' }])
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
    ['holds null', () => null],
    ['holds a text for keys', () => ({ keys: 'x', fetchedAt: 0 })],
  ])('a store that %s is treated as empty, and the failure is reported on read and write', async (name, act) => {
    const failing = name === 'throws' || name === 'rejects'
    const { find, events, publish } = scene({
      snapshots: { get: act as never, ...(failing ? { set: act as never } : {}) },
    })
    publish([a])
    expect(await find('a')).toBe('a')
    await settle()
    expect(events).toStrictEqual([
      { issuer, keys: 0, event: 'failed', reason: 'the snapshot could not be read' },
      { ...common, event: 'fetched' },
      ...(failing ? [{ ...common, event: 'failed', reason: 'the snapshot could not be stored' }] : []),
    ])
  })

  test('the store gets the fetched keys, reduced to what is needed, with their time', async () => {
    const { find, clock, store, publish } = scene({ snapshots: {} })
    publish([{ ...a, use: 'sig', x5c: ['MII'] }, null, b])
    await find('a')
    expect(store.written).toEqual([{ keys: [a, b], fetchedAt: clock.now() }])
  })

  test('where a request ends what it began, it waits until the keys are stored', async () => {
    let stored: () => void = () => {}
    const storing = new Promise<void>((resolve) => (stored = resolve))
    const { find, publish, store } = scene({ shared: false, snapshots: { set: () => storing } })
    publish([a])
    let found: unknown
    const finding = find('a').then((key) => (found = key))
    await settle()
    expect([found, store.written.length]).toEqual([undefined, 1])
    stored()
    await finding
    expect(found).toBe('a')
  })

  test('elsewhere no request waits for the store', async () => {
    const { find, publish } = scene({ snapshots: { set: () => new Promise(() => {}) } })
    publish([a])
    expect(await find('a')).toBe('a')
  })

  test('a store that takes no keys is waited for no longer than an issuer', async () => {
    const { clock, find, events, publish } = scene({
      shared: false,
      snapshots: { set: () => new Promise(() => {}) },
    })
    publish([a])
    const finding = find('a')
    await settle()
    clock.advance(5)
    expect(await finding).toBe('a')
    expect(events.at(-1)).toMatchObject({ event: 'failed', reason: 'the snapshot could not be stored' })
  })

  test('a store that answers late does not replace what was fetched meanwhile', async () => {
    let late: (snapshot: KeySnapshot) => void = () => {}
    const clock = manualClock()
    const {
      clock: time,
      find,
      events,
      publish,
    } = scene({
      snapshots: { get: () => new Promise<KeySnapshot>((resolve) => (late = resolve)) },
    })
    publish([a, c])
    const waiting = find('a')
    time.advance(5)
    expect(await waiting).toBe('a')
    late(snapshot(clock, [a]))
    await settle()
    expect(await find('c')).toBe('c')
    expect(events.map(({ event }) => event)).toEqual(['failed', 'fetched'])
  })
})
