// A misbehaving server on a real socket: results for callers with a known and an unknown key, and
// the number of requests.

import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import type { Verifier, WorkloadAuthError } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import type { ListeningIssuer, Misbehaviour, TestServer } from '@jobpass/testing/node'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const audience = 'https://api.acme.dev'
let issuer: ListeningIssuer<GitHubActionsWorkload>
let server: TestServer<GitHubActionsWorkload>

beforeAll(async () => {
  issuer = await createTestIssuer(githubActions)
  server = await issuer.listen()
})
afterAll(() => server.close())

// A timeout of one second, so that a server that never answers costs no more.
const make = (): Verifier =>
  createVerifier({ audience, trust: server.provider({ ownerId: '1234567' }), jwks: { timeout: 1 } })

async function call(verifier: Verifier, header: Record<string, unknown> = {}): Promise<string> {
  const token = await server.mint({ aud: audience }, { header })
  return verifier.verify(token).then(
    () => 'allowed',
    ({ code, headers }: WorkloadAuthError) => `${code} ${headers['Retry-After'] === undefined ? '' : 'later'}`.trim(),
  )
}

/** The number of requests of an action. */
async function asking(run: () => Promise<unknown>): Promise<number> {
  const before = server.asked.length
  await run()
  return server.asked.length - before
}

const outage = 'issuer_unavailable later'

// Cold: the verifier has no keys. `requests` is the cost of one cold call.
const faults: readonly [how: Misbehaviour, reason: RegExp, requests: number][] = [
  ['hang', /took longer than 1000 ms/, 1],
  ['drip', /took longer than 1000 ms/, 1],
  ['reset', /fetch failed/, 1],
  ['error', /the status of "http:.*" was 500/, 1],
  ['missing', /the status of "http:.*" was 404/, 1],
  ['html', /the answer of "http:.*" is not JSON/, 1],
  ['truncated', /terminated/, 1],
  ['huge', /larger than 524288 bytes/, 1],
  ['redirect', /the status of "http:.*" was 302/, 1],
  ['foreign-issuer', /discovery names another issuer/, 1],
  ['foreign-keys', /keys on another host/, 1],
  ['empty-set', /no key that can be used/, 2],
  ['no-set', /the key set has no list of keys/, 2],
  ['symmetric-key', /no key that can be used/, 2],
  ['small-key', /no key that can be used/, 2],
  ['many-keys', /more than 100 keys/, 2],
]

describe.each(faults)('%s', (how, reason, requests) => {
  test('cold: every caller gets an outage within the timeout, after one attempt', async () => {
    const verifier = make()
    server.misbehave(how)
    const started = performance.now()
    const outcomes: string[] = []
    const cost = await asking(async () => {
      outcomes.push(...(await Promise.all(Array.from({ length: 20 }, () => call(verifier)))))
      outcomes.push(await call(verifier))
    })
    server.misbehave(undefined)

    expect(new Set(outcomes)).toEqual(new Set([outage]))
    expect(cost).toBe(requests)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('cold: ready() reports the reason', async () => {
    server.misbehave(how)
    const [report] = await make().ready()
    server.misbehave(undefined)

    expect(report).toMatchObject({ issuer: server.issuer, ready: false, keys: 0 })
    expect(report?.reason).toMatch(reason)
  })

  test('warm: a token with a known key is admitted, one with an unknown key gets an outage', async () => {
    const verifier = make()
    expect(await call(verifier)).toBe('allowed')
    server.misbehave(how)
    const unknown = await call(verifier, { kid: 'unknown' })
    const known = await call(verifier)
    const again = await asking(async () => call(verifier, { kid: 'another' }))
    server.misbehave(undefined)

    expect({ unknown, known, again }).toEqual({ unknown: outage, known: 'allowed', again: 0 })
  })
})

// Unusual keys next to a good one do no harm.
describe.each<[Misbehaviour, number]>([
  ['null-key', 1],
  ['duplicate-key', 1],
  ['private-key', 1],
])('%s', (how, keys) => {
  test('the good key is used', async () => {
    const verifier = make()
    server.misbehave(how)
    const outcome = await call(verifier)
    const [report] = await verifier.ready()
    server.misbehave(undefined)

    expect(outcome).toBe('allowed')
    expect(report).toEqual({ issuer: server.issuer, ready: true, keys })
  })
})

test('a private key that an issuer publishes by mistake verifies nothing', async () => {
  const verifier = make()
  server.misbehave('private-key')
  const outcome = await call(verifier, { kid: 'private' })
  server.misbehave(undefined)

  expect(outcome).toBe('key_unknown later')
})

test('the default timeout is five seconds from connecting to the last byte, for discovery and keys together', async () => {
  const waits: number[] = []
  const clock = {
    now: () => Date.now(),
    after: (milliseconds: number, callback: () => void) => {
      waits.push(milliseconds)
      const timer = setTimeout(callback, milliseconds / 50)
      return () => clearTimeout(timer)
    },
  }
  const verifier = createVerifier({ audience, trust: server.provider({ ownerId: '1234567' }), clock })
  server.misbehave('drip')
  const outcome = await call(verifier)
  server.misbehave(undefined)

  expect({ outcome, waits }).toEqual({ outcome: outage, waits: [5000] })
})

test('requests during a rotation see one key set or the other, never a mix', async () => {
  const verifier = make()
  const old = await server.mint({ aud: audience })
  expect(await verifier.verify(old)).toMatchObject({ repository: 'acme/shop' })
  await issuer.rotate()
  const fresh = await server.mint({ aud: audience })

  const outcomes = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      verifier.verify(index % 2 === 0 ? fresh : old).then(
        () => (index % 2 === 0 ? 'new' : 'old'),
        ({ code }: WorkloadAuthError) => code,
      ),
    ),
  )

  // The old token was verified either before the refresh and admitted, or after it and refused.
  expect(outcomes.filter((outcome) => outcome === 'new')).toHaveLength(50)
  expect(outcomes.filter((outcome) => outcome === 'old' || outcome === 'key_unknown')).toHaveLength(50)
})
