// What a route asks of a caller, what it tells the hook, and what does not construct.

import { verifiedTokenOf } from '../workload/verified-token.ts'
import { describe, expect, test } from 'vitest'
import type { Claims } from '../../../../test/lessons/samples.ts'
import { claimsWith, githubPush } from '../../../../test/lessons/samples.ts'
import { clockAt, fetchKeys, now, signToken } from '../../../../test/lessons/forge.ts'
import type { AnyWorkload } from '../model/workload.ts'
import type { RouteRule } from '../rule/rule.ts'
import type { Verdict } from '../model/verdict.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { VerifierOptions } from '../config/options.ts'
import { anyEvent } from '../rule/condition.ts'
import { createVerifier, pipelineOf } from './verifier.ts'
import { githubActions } from '../index.ts'
import { memoryReplayStore } from '../replay/memory-store.ts'
import { oneTime } from '../rule/one-time.ts'
import { reportOnly } from '../rule/report-only.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import type { RuleSnapshot } from '../rule/rule-set.ts'
import { makeRuleSet } from '../rule/rule-set.ts'
import type { Guard } from './guard.ts'
import { compileGuard } from './guard.ts'

const trust = githubActions({ ownerId: '1234567', event: anyEvent() })
const main = githubActions({ ownerId: '1234567', branch: 'main' })
const next = githubActions({ ownerId: '1234567', branch: 'next' })
/** How events name the guard of `main`. */
const guard = 'github-actions ownerId "1234567" branch "main"'

/** A caller that has passed a verifier, what that verifier tells, and a way to ask guards about the caller. */
async function setUp(
  options: Partial<VerifierOptions> = {},
  claims: Claims = githubPush,
): Promise<{
  readonly workload: AnyWorkload
  readonly policy: VerifierConfig
  readonly events: VerdictEvent[]
  readonly warnings: string[]
  /** Asks in a request of its own. */
  readonly ask: (guard: Guard) => Promise<unknown>
}> {
  const events: VerdictEvent[] = []
  const warnings: string[] = []
  const verifier = createVerifier({
    audience: 'https://api.acme.dev',
    trust,
    fetch: fetchKeys(),
    clock: clockAt(now),
    onVerdict: (event) => void events.push(event),
    onWarning: (message) => void warnings.push(message),
    ...options,
  })
  const workload = await verifier.verify(signToken(claims))
  events.length = 0
  const policy = pipelineOf(verifier)?.config as VerifierConfig
  const ask = async (guard: Guard): Promise<unknown> =>
    (await guard({ config: policy, request: undefined, token: verifiedTokenOf(workload) }, undefined))?.code ??
    'allowed'
  return { workload, policy, events, warnings, ask }
}

const sourceOf = (snapshot: Readonly<Record<string, readonly RouteRule[]>>): { current(): RuleSnapshot } => {
  const version = new Map(Object.entries(snapshot)) as unknown as RuleSnapshot
  return { current: () => version }
}

describe('the hook of a route', () => {
  test('is told who passed, by which verdict, and no more', async () => {
    const { workload, events, ask } = await setUp()
    expect(await ask(compileGuard([main]))).toBe('allowed')
    expect(events).toStrictEqual([
      {
        layer: 'route',
        allowed: true,
        guard,
        workload,
        verdict: expect.objectContaining({ allowed: true }) as Verdict,
      },
    ])
  })

  test('is told who was refused, by which verdict, and no more', async () => {
    const { workload, events, ask } = await setUp()
    expect(await ask(compileGuard([next]))).toBe('workload_forbidden')
    expect(events).toStrictEqual([
      {
        layer: 'route',
        allowed: false,
        code: 'workload_forbidden',
        guard: guard.replace('main', 'next'),
        workload,
        verdict: expect.objectContaining({ reason: 'no-rule-matched' }) as Verdict,
      },
    ])
  })

  test('is told of no caller', async () => {
    const { policy, events } = await setUp()
    const refusal = await compileGuard([main])({ config: policy, request: undefined, token: undefined }, undefined)
    expect(refusal?.code).toBe('token_missing')
    expect(events).toStrictEqual([{ layer: 'route', allowed: false, code: 'token_missing', guard }])
  })

  test('is told what a resolver threw, and of whom it was asked', async () => {
    const { workload, events, warnings, ask } = await setUp()
    const cause = new Error('down')
    const guard = compileGuard([
      () => {
        throw cause
      },
    ])
    expect(await ask(guard)).toBe('resolver_unavailable')
    expect(events).toStrictEqual([
      { layer: 'route', allowed: false, code: 'resolver_unavailable', guard: 'a look-up', workload, cause },
    ])
    expect(warnings).toEqual(['A look-up of rules failed: Error'])
  })

  test('is told of all rules that refused, those that admit once among them', async () => {
    const { events, ask } = await setUp({ replay: { store: memoryReplayStore() } })
    expect(await ask(compileGuard([oneTime(next), githubActions({ ownerId: '666' })]))).toBe('workload_forbidden')
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([false, false])
    expect(events[0]?.verdict?.nearestOwn?.checks.filter(({ passed }) => !passed)).toMatchObject([{ field: 'branch' }])
  })

  test('is told of the one rule by which a token was used up', async () => {
    const { events, ask } = await setUp({ replay: { store: memoryReplayStore() } })
    const guard = compileGuard([next, oneTime(main)])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'token_replayed'])
    expect(events).toMatchObject([{ allowed: true, verdict: { allowed: true, reason: 'allowed' } }, { allowed: false }])
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([true])
  })
})

describe('faults', () => {
  test('in a where go to the warnings when it refuses', async () => {
    const { warnings, ask } = await setUp()
    const where = (): boolean => {
      throw new Error('secret')
    }
    expect(await ask(compileGuard([githubActions({ ownerId: '1234567', where })]))).toBe('workload_forbidden')
    expect(warnings).toEqual(['where in a rule for github-actions threw; it must answer true or false at once'])
  })

  test('that a rule may have go to the warnings of each verifier that meets it', async () => {
    const guard = compileGuard([githubActions({ ownerId: '1234567', branch: 'release/*' })])
    for (const { warnings, ask } of [await setUp(), await setUp()]) {
      await ask(guard)
      await ask(guard)
      expect(warnings).toEqual([
        "A rule for GitHub Actions: 'branch' is an exact value with characters of a pattern in it. Did you mean glob()?",
      ])
    }
  })
})

describe('rules that are found are held to what holds for written ones', () => {
  test.each<[string, RouteRule, Partial<VerifierOptions>, string]>([
    ['every event', githubActions({ ownerId: '1234567', event: anyEvent() }), {}, 'anyEvent() is for `trust`'],
    [
      'names where ids are demanded',
      githubActions({ owner: 'acme' }),
      { strict: true, trust: githubActions({ ownerId: '1234567' }) },
      'pin an id',
    ],
    ['one-time use without a store', githubActions({ ownerId: '1234567' }, { replay: 'once' }), {}, 'needs a store'],
  ])('%s', async (_, rule, options, reason) => {
    const { warnings, ask } = await setUp(options)
    expect(await ask(compileGuard([() => rule]))).toBe('resolver_unavailable')
    expect(warnings).toEqual([expect.stringContaining(reason)])
  })

  test('one-time use with a store', async () => {
    const { ask } = await setUp({ replay: { store: memoryReplayStore() } })
    const guard = compileGuard([() => githubActions({ ownerId: '1234567' }, { replay: 'once' })])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'token_replayed'])
  })

  test('names where nobody demands ids', async () => {
    const { ask } = await setUp()
    expect(await ask(compileGuard([() => githubActions({ owner: 'acme' })]))).toBe('allowed')
  })
})

describe('named sets beside rules', () => {
  const set = makeRuleSet(sourceOf({ deploy: [next] }), 'deploy')
  const own = makeRuleSet(sourceOf({ deploy: [main] }), 'deploy')

  test.each<[string, readonly unknown[], string]>([
    ['the rule', [set, main], 'allowed'],
    ['the rule before the set', [main, set], 'allowed'],
    ['the set', [own, next], 'allowed'],
    ['one of two sets', [set, own], 'allowed'],
    ['neither', [set, githubActions({ ownerId: '666' })], 'workload_forbidden'],
  ])('admit whom %s admits, in a request that has asked nothing before', async (_, args, code) => {
    const { ask } = await setUp()
    expect(await ask(compileGuard(args))).toBe(code)
  })

  test('what is no rule is told at construction, whatever stands beside it', () => {
    expect(() => compileGuard([set, 'main'])).toThrow('takes rules made by calling a provider')
    expect(() => compileGuard([set, githubActions])).toThrow('takes rules made by calling a provider')
  })
})

describe('one-time rules beside others', () => {
  test('admit once whom the others refuse', async () => {
    const { ask } = await setUp({ replay: { store: memoryReplayStore() } })
    for (const rules of [
      [oneTime(main, { scope: 'a' }), next],
      [next, oneTime(main, { scope: 'b' })],
    ]) {
      const guard = compileGuard(rules)
      expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'token_replayed'])
    }
  })
})

describe('what is remembered of a caller', () => {
  test.each([
    ['allows', main, 'allowed'],
    ['refuses', next, 'workload_forbidden'],
  ])('is the verdict that %s, and finding rules pushes it not out', async (_, rule, code) => {
    const { events, ask } = await setUp()
    const [fixed, finding] = [compileGuard([rule]), compileGuard([() => main])]
    expect(await ask(fixed)).toBe(code)
    for (let call = 0; call < 20; call++) expect(await ask(finding)).toBe('allowed')
    expect(await ask(fixed)).toBe(code)
    expect(events[21]?.verdict).toBe(events[0]?.verdict)
  })

  test('is the verdict of a named set, for as long as its version lasts', async () => {
    const { events, ask } = await setUp()
    let version = sourceOf({ deploy: [main] }).current()
    const guard = compileGuard([makeRuleSet({ current: () => version }, 'deploy')])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'allowed'])
    expect(events[1]?.verdict).toBe(events[0]?.verdict)
    version = sourceOf({ deploy: [next] }).current()
    expect(await ask(guard)).toBe('workload_forbidden')
  })

  test('is nothing beside rules that report', async () => {
    const { events, ask } = await setUp()
    const guard = compileGuard([main, reportOnly(next)])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'allowed'])
    expect(events[1]?.verdict).not.toBe(events[0]?.verdict)
    expect(events.map(({ reported }) => reported?.reason)).toEqual(['no-rule-matched', 'no-rule-matched'])
  })
})

describe('what does not construct', () => {
  test.each<[string, () => unknown]>([
    ['deny', () => Reflect.get(githubActions, 'deny')],
    ['lookup', () => Reflect.get(githubActions, 'lookup')],
    ['at', () => Reflect.get(githubActions, 'at')],
  ])('a provider’s %s, which is no function that finds rules', (_, part) => {
    expect(() => compileGuard([part()])).toThrow(TypeError)
    expect(() => compileGuard([part()])).toThrow('call deny(), lookup() or at() of a provider where they belong')
  })
})

test('a pull request of a stranger passes a route that only reports no more than any other', async () => {
  const { ask } = await setUp({}, claimsWith(githubPush, { event_name: 'pull_request_target' }))
  expect(await ask(compileGuard([reportOnly(main)]))).toBe('workload_forbidden')
})
