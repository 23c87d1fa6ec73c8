// Which verified tokens a verifier admits: look-ups, one-time use in trust, and the events of both.

import { describe, expect, test } from 'vitest'
import { clockAt, codeOf, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { Trusted, VerifierOptions } from '../config/options.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { Verifier } from './verifier.ts'
import { createVerifier } from './verifier.ts'
import { githubActions } from '../index.ts'
import { memoryReplayStore } from '../replay/memory-store.ts'
import { oneTime } from '../replay/one-time.ts'

const token = signToken(githubPush)

function make(options: Partial<VerifierOptions>): {
  readonly verifier: Verifier<AnyWorkload>
  readonly events: VerdictEvent[]
  readonly warnings: string[]
} {
  const events: VerdictEvent[] = []
  const warnings: string[] = []
  const verifier = createVerifier({
    audience: 'https://api.acme.dev',
    trust: githubActions({ ownerId: '1234567' }),
    fetch: fetchKeys(),
    clock: clockAt(now),
    onVerdict: (event) => void events.push(event),
    onWarning: (message) => void warnings.push(message),
    ...options,
  } as VerifierOptions<Trusted, false>)
  return { verifier, events, warnings }
}

describe('rules that a look-up finds', () => {
  test('a look-up may find rules pinned by names unless the verifier is strict', async () => {
    const { verifier, warnings } = make({ trust: githubActions.lookup(() => githubActions({ owner: 'acme' })) })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(warnings).toEqual([])
  })

  test('a one-time rule from a look-up is an outage without a store', async () => {
    const once = oneTime(githubActions({ ownerId: '1234567' }))
    const { verifier, warnings } = make({ trust: githubActions.lookup(() => once) })
    expect(await codeOf(verifier.verify(token))).toBe('resolver_unavailable')
    expect(warnings).toEqual([expect.stringContaining('One-time use needs a store')])
  })
})

describe('rules that a look-up finds, with its settings and their own', () => {
  const deploy = 'https://deploy.acme.dev'
  const own = githubActions({ ownerId: '1234567' })
  const other = githubActions({ ownerId: '666' })
  const long = { exp: now + 100_000 }

  test.each<[string, VerifierOptions['trust'], object, string]>([
    [
      'a token with the audience of the look-up',
      githubActions.lookup(() => own, { audience: deploy }),
      { aud: deploy },
      'allowed',
    ],
    [
      'a token without the audience of the look-up',
      [githubActions.lookup(() => own, { audience: deploy }), other],
      {},
      'workload_forbidden',
    ],
    [
      'a token with the audience of the look-up, where the rule has another',
      githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { audience: 'x' }), { audience: deploy }),
      { aud: deploy },
      'workload_forbidden',
    ],
    [
      'a token without the verifier’s audience, where neither sets one',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { audience: deploy })],
      { aud: deploy },
      'workload_forbidden',
    ],
    [
      'a token with the lifetime that the look-up accepts',
      githubActions.lookup(() => own, { maxLifetime: 200_000 }),
      long,
      'allowed',
    ],
    [
      'a token with a lifetime above a day, where neither accepts it',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { maxLifetime: 200_000 })],
      long,
      'workload_forbidden',
    ],
    [
      'a token with the lifetime that the rule accepts',
      [
        githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { maxLifetime: 150_000 })),
        githubActions({ ownerId: '666' }, { maxLifetime: 200_000 }),
      ],
      long,
      'allowed',
    ],
    [
      'a token with two audiences, where neither accepts several',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { multipleAudiences: true })],
      { aud: ['https://api.acme.dev', deploy] },
      'workload_forbidden',
    ],
    [
      'a token with two audiences, where the rule accepts several',
      [
        githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { multipleAudiences: true })),
        githubActions({ ownerId: '666' }, { multipleAudiences: true }),
      ],
      { aud: ['https://api.acme.dev', deploy] },
      'allowed',
    ],
  ])('the verifier decides by look-up and rule on %s', async (_, trust, claims, code) => {
    const { verifier } = make({ trust })
    expect(await codeOf(verifier.verify(signToken({ ...githubPush, ...claims })))).toBe(code)
  })

  test('a rule that refuses only the audiences is the nearest of the caller’s own rules', async () => {
    const several = githubActions({ ownerId: '666' }, { multipleAudiences: true })
    const { verifier, events } = make({ trust: [own, several] })
    await codeOf(verifier.verify(signToken({ ...githubPush, aud: ['https://api.acme.dev', deploy] })))
    expect(events[0]?.verdict?.nearestOwn?.checks.filter(({ passed }) => !passed)).toEqual([
      { field: 'audiences', operator: 'atMost', expected: 1, actual: 2, passed: false },
    ])
  })

  test('several look-ups run in order, each with its own settings', async () => {
    const trust = [
      githubActions.lookup(() => other),
      githubActions.lookup(() => own, { maxTokenAge: 10 }),
      githubActions.lookup(() => own, { maxTokenAge: 20 }),
    ]
    // The token is 50 s old; the clock tolerance is 30 s.
    expect(await codeOf(make({ trust }).verifier.verify(token))).toBe('allowed')
    expect(await codeOf(make({ trust: trust.slice(0, 2) }).verifier.verify(token))).toBe('workload_forbidden')
  })
})

describe('one-time use in trust', () => {
  const once = oneTime(githubActions({ ownerId: '1234567', branch: 'main' }))
  const elsewhere = githubActions({ ownerId: '1234567', branch: 'next' })
  const replay = { store: memoryReplayStore() }

  test.each<[string, VerifierOptions['trust']]>([
    ['a one-time rule after one that refuses', [elsewhere, once]],
    ['a one-time rule before one that refuses', [once, elsewhere]],
    ['a one-time rule from a look-up', githubActions.lookup(() => [elsewhere, once])],
  ])('%s admits one call, whose event shows the rule that admitted', async (_, trust) => {
    const { verifier, events } = make({ trust, replay: { store: memoryReplayStore() } })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('token_replayed')
    expect(events).toMatchObject([
      { layer: 'trust', allowed: true, verdict: { allowed: true, reason: 'allowed' } },
      { layer: 'trust', allowed: false, code: 'token_replayed' },
    ])
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([true])
  })

  test('a one-time rule does not limit calls that another rule admits', async () => {
    const { verifier } = make({ trust: [once, githubActions({ ownerId: '1234567' })], replay })
    for (let call = 0; call < 3; call++) expect(await codeOf(verifier.verify(token))).toBe('allowed')
  })
})

describe('cached verdicts', () => {
  test('a verdict is cached, unless the rules have code', async () => {
    for (const [rule, same] of [
      [githubActions({ ownerId: '1234567' }), true],
      [githubActions({ ownerId: '1234567', where: () => true }), false],
    ] as const) {
      const { verifier, events } = make({ trust: rule })
      await verifier.verify(token)
      await verifier.verify(token)
      expect(events[1]?.verdict === events[0]?.verdict).toBe(same)
    }
  })
})
