// Who of the verified may call: look-ups, one-time use in trust, and what is told of it.

import { describe, expect, test } from 'vitest'
import { githubPush } from '../../../../test/lessons/samples.ts'
import { clockAt, codeOf, fetchKeys, now, signToken } from '../../../../test/lessons/forge.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { Trusted, VerifierOptions } from '../config/options.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { Verifier } from './verifier.ts'
import { createVerifier } from './verifier.ts'
import { githubActions } from '../index.ts'
import { memoryReplayStore } from '../replay/memory-store.ts'

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

describe('what a look-up finds', () => {
  test('may be pinned by names where nobody demands ids', async () => {
    const { verifier, warnings } = make({ trust: githubActions.lookup(() => githubActions({ owner: 'acme' })) })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(warnings).toEqual([])
  })

  test('admits nobody once where there is no store', async () => {
    const once = githubActions({ ownerId: '1234567' }, { replay: 'once' })
    const { verifier, warnings } = make({ trust: githubActions.lookup(() => once) })
    expect(await codeOf(verifier.verify(token))).toBe('resolver_unavailable')
    expect(warnings).toEqual([expect.stringContaining('One-time use needs a store')])
  })
})

describe('what a look-up finds is held to the settings of the look-up, beside its own', () => {
  const deploy = 'https://deploy.acme.dev'
  const own = githubActions({ ownerId: '1234567' })
  const other = githubActions({ ownerId: '666' })
  const long = { exp: now + 100_000 }

  test.each<[string, VerifierOptions['trust'], object, string]>([
    ['its audience', githubActions.lookup(() => own, { audience: deploy }), { aud: deploy }, 'allowed'],
    ['no other audience', [githubActions.lookup(() => own, { audience: deploy }), other], {}, 'workload_forbidden'],
    [
      'the audience of a found rule as well',
      githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { audience: 'x' }), { audience: deploy }),
      { aud: deploy },
      'workload_forbidden',
    ],
    [
      'the verifier’s audience where neither says one',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { audience: deploy })],
      { aud: deploy },
      'workload_forbidden',
    ],
    ['its life', githubActions.lookup(() => own, { maxLifetime: 200_000 }), long, 'allowed'],
    [
      'a day’s life where neither says another',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { maxLifetime: 200_000 })],
      long,
      'workload_forbidden',
    ],
    [
      'the life of a found rule',
      [
        githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { maxLifetime: 150_000 })),
        githubActions({ ownerId: '666' }, { maxLifetime: 200_000 }),
      ],
      long,
      'allowed',
    ],
    [
      'one audience where neither takes several',
      [githubActions.lookup(() => own), githubActions({ ownerId: '666' }, { multipleAudiences: true })],
      { aud: ['https://api.acme.dev', deploy] },
      'workload_forbidden',
    ],
    [
      'several audiences where a found rule takes them',
      [
        githubActions.lookup(() => githubActions({ ownerId: '1234567' }, { multipleAudiences: true })),
        githubActions({ ownerId: '666' }, { multipleAudiences: true }),
      ],
      { aud: ['https://api.acme.dev', deploy] },
      'allowed',
    ],
  ])('%s', async (_, trust, claims, code) => {
    const { verifier } = make({ trust })
    expect(await codeOf(verifier.verify(signToken({ ...githubPush, ...claims })))).toBe(code)
  })

  test('and is the caller’s own where its audiences alone refuse', async () => {
    const several = githubActions({ ownerId: '666' }, { multipleAudiences: true })
    const { verifier, events } = make({ trust: [own, several] })
    await codeOf(verifier.verify(signToken({ ...githubPush, aud: ['https://api.acme.dev', deploy] })))
    expect(events[0]?.verdict?.nearestOwn?.checks.filter(({ passed }) => !passed)).toEqual([
      { field: 'audiences', operator: 'atMost', expected: 1, actual: 2, passed: false },
    ])
  })

  test('one-time use, unless the found rule says otherwise', async () => {
    const accepted = githubActions({ ownerId: '1234567' }, { replay: 'accepted' })
    const { verifier } = make({
      trust: githubActions.lookup(() => accepted, { replay: 'once' }),
      replay: { store: memoryReplayStore() },
    })
    for (let call = 0; call < 3; call++) expect(await codeOf(verifier.verify(token))).toBe('allowed')
  })

  test('several look-ups are asked in turn, and each has settings of its own', async () => {
    const trust = [
      githubActions.lookup(() => other),
      githubActions.lookup(() => own, { maxTokenAge: 10 }),
      githubActions.lookup(() => own, { maxTokenAge: 20 }),
    ]
    // Fifty seconds old, and clocks may differ by thirty.
    expect(await codeOf(make({ trust }).verifier.verify(token))).toBe('allowed')
    expect(await codeOf(make({ trust: trust.slice(0, 2) }).verifier.verify(token))).toBe('workload_forbidden')
  })
})

describe('one-time use in trust', () => {
  const once = githubActions({ ownerId: '1234567', branch: 'main' }, { replay: 'once' })
  const elsewhere = githubActions({ ownerId: '1234567', branch: 'next' })
  const replay = { store: memoryReplayStore() }

  test.each<[string, VerifierOptions['trust']]>([
    ['of a rule beside one that refuses', [elsewhere, once]],
    ['of a rule before one that refuses', [once, elsewhere]],
    ['of a rule that is found', githubActions.lookup(() => [elsewhere, once])],
    ['that a look-up sets', githubActions.lookup(() => githubActions({ ownerId: '1234567' }), { replay: 'once' })],
  ])('%s is one call, told with the rule that admitted', async (_, trust) => {
    const { verifier, events } = make({ trust, replay: { store: memoryReplayStore() } })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('token_replayed')
    expect(events).toMatchObject([
      { layer: 'trust', allowed: true, verdict: { allowed: true, reason: 'allowed' } },
      { layer: 'trust', allowed: false, code: 'token_replayed' },
    ])
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([true])
  })

  test('is no matter where a rule beside it admits any number of calls', async () => {
    const { verifier } = make({ trust: [once, githubActions({ ownerId: '1234567' })], replay })
    for (let call = 0; call < 3; call++) expect(await codeOf(verifier.verify(token))).toBe('allowed')
  })
})

describe('what is remembered of a caller', () => {
  test('is the verdict, and it is asked anew where there is code in the rules', async () => {
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
