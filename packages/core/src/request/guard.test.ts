// What a guard requires of a caller, which events it emits, and which arguments it rejects.

import { verifiedTokenOf } from '../workload/verified-token.ts'
import { describe, expect, test } from 'vitest'
import type { Claims } from '@jobpass/testing/internal'
import { claimsWith, clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { RouteRule } from '../rule/rule.ts'
import type { Verdict } from '../model/verdict.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { VerifierOptions } from '../config/options.ts'
import { anyEvent } from '../rule/condition.ts'
import { pipelineOf } from './pipelines.ts'
import { createVerifier } from './verifier.ts'
import { githubActions, gitlab } from '../index.ts'
import { memoryReplayStore } from '../replay/memory-store.ts'
import { oneTime } from '../replay/one-time.ts'
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

/** A caller that passed a verifier, the verifier's events and warnings, and a way to run guards. */
async function setUp(
  options: Partial<VerifierOptions> = {},
  claims: Claims = githubPush,
): Promise<{
  readonly workload: AnyWorkload
  readonly config: VerifierConfig
  readonly events: VerdictEvent[]
  readonly warnings: string[]
  /** Runs a guard, in a new request. */
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
  const config = pipelineOf(verifier)?.config as VerifierConfig
  const ask = async (guard: Guard): Promise<unknown> =>
    (await guard({ config, request: undefined, token: verifiedTokenOf(workload) }, undefined))?.code ?? 'allowed'
  return { workload, config, events, warnings, ask }
}

const sourceOf = (snapshot: Readonly<Record<string, readonly RouteRule[]>>): { current(): RuleSnapshot } => {
  const version = new Map(Object.entries(snapshot)) as unknown as RuleSnapshot
  return { current: () => version }
}

describe('the hook of a route', () => {
  test('the hook gets workload and verdict of an allowed call, and no more', async () => {
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

  test('the hook gets workload and verdict of a refused call, and no more', async () => {
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

  test('the hook gets the refusal of a call without a token', async () => {
    const { config, events } = await setUp()
    const refusal = await compileGuard([main])({ config: config, request: undefined, token: undefined }, undefined)
    expect(refusal?.code).toBe('token_missing')
    expect(events).toStrictEqual([{ layer: 'route', allowed: false, code: 'token_missing', guard }])
  })

  test('the hook gets what a look-up threw, and the workload', async () => {
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

  test('the hook gets all rules that refused, including one-time rules', async () => {
    const { events, ask } = await setUp({ replay: { store: memoryReplayStore() } })
    expect(await ask(compileGuard([oneTime(next), githubActions({ ownerId: '666' })]))).toBe('workload_forbidden')
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([false, false])
    expect(events[0]?.verdict?.nearestOwn?.checks.filter(({ passed }) => !passed)).toMatchObject([{ field: 'branch' }])
  })

  test('the hook gets only the one-time rule that used the token up', async () => {
    const { events, ask } = await setUp({ replay: { store: memoryReplayStore() } })
    const guard = compileGuard([next, oneTime(main)])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'token_replayed'])
    expect(events).toMatchObject([{ allowed: true, verdict: { allowed: true, reason: 'allowed' } }, { allowed: false }])
    expect(events[0]?.verdict?.rules.map(({ matched }) => matched)).toEqual([true])
  })
})

describe('faults', () => {
  test('a where that throws is reported as a warning', async () => {
    const { warnings, ask } = await setUp()
    const where = (): boolean => {
      throw new Error('secret')
    }
    expect(await ask(compileGuard([githubActions({ ownerId: '1234567', where })]))).toBe('workload_forbidden')
    expect(warnings).toEqual(['where in a rule for github-actions threw; it must answer true or false at once'])
  })

  test('the warnings of a rule go to each verifier that uses it, once', async () => {
    const guard = compileGuard([githubActions({ ownerId: '1234567', environment: 'release/*' })])
    for (const { warnings, ask } of [await setUp(), await setUp()]) {
      await ask(guard)
      await ask(guard)
      expect(warnings).toEqual([
        "A rule for GitHub Actions: 'environment' is an exact value with characters of a pattern in it. Did you mean glob()?",
      ])
    }
  })
})

describe('rules that a look-up finds', () => {
  test.each<[string, RouteRule, Partial<VerifierOptions>, string]>([
    [
      'a rule with anyEvent()',
      githubActions({ ownerId: '1234567', event: anyEvent() }),
      {},
      'anyEvent() is for `trust`',
    ],
    [
      'a rule pinned by names on a strict verifier',
      githubActions({ owner: 'acme' }),
      { strict: true, trust: githubActions({ ownerId: '1234567' }) },
      'pin an id',
    ],
    ['a one-time rule without a store', oneTime(githubActions({ ownerId: '1234567' })), {}, 'needs a store'],
  ])('a look-up that finds %s is an outage', async (_, rule, options, reason) => {
    const { warnings, ask } = await setUp(options)
    expect(await ask(compileGuard([() => rule]))).toBe('resolver_unavailable')
    expect(warnings).toEqual([expect.stringContaining(reason)])
  })

  test('a look-up may find a one-time rule if there is a store', async () => {
    const { ask } = await setUp({ replay: { store: memoryReplayStore() } })
    const guard = compileGuard([() => oneTime(githubActions({ ownerId: '1234567' }))])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'token_replayed'])
  })

  test('a look-up may find a rule pinned by names unless the verifier is strict', async () => {
    const { ask } = await setUp()
    expect(await ask(compileGuard([() => githubActions({ owner: 'acme' })]))).toBe('allowed')
  })
})

describe('named sets with rules', () => {
  const set = makeRuleSet(sourceOf({ deploy: [next] }), 'deploy')
  const own = makeRuleSet(sourceOf({ deploy: [main] }), 'deploy')

  test.each<[string, readonly unknown[], string]>([
    ['the rule after a set', [set, main], 'allowed'],
    ['the rule before a set', [main, set], 'allowed'],
    ['a set before a rule', [own, next], 'allowed'],
    ['one of two sets', [set, own], 'allowed'],
    ['neither a set nor a rule', [set, githubActions({ ownerId: '666' })], 'workload_forbidden'],
  ])('a guard of sets and rules decides on a caller that matches %s, in a new request', async (_, args, code) => {
    const { ask } = await setUp()
    expect(await ask(compileGuard(args))).toBe(code)
  })

  test('a guard with a named set rejects an argument that is not a rule', () => {
    expect(() => compileGuard([set, 'main'])).toThrow('takes rules made by calling a provider')
    expect(() => compileGuard([set, githubActions])).toThrow('takes rules made by calling a provider')
  })
})

describe('one-time rules with others', () => {
  test('a one-time rule admits once a caller that the other rules refuse', async () => {
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

describe('cached verdicts', () => {
  test.each([
    ['an allowing', main, 'allowed'],
    ['a refusing', next, 'workload_forbidden'],
  ])('%s verdict stays cached, however many look-ups run', async (_, rule, code) => {
    const { events, ask } = await setUp()
    const [fixed, finding] = [compileGuard([rule]), compileGuard([() => main])]
    expect(await ask(fixed)).toBe(code)
    for (let call = 0; call < 20; call++) expect(await ask(finding)).toBe('allowed')
    expect(await ask(fixed)).toBe(code)
    expect(events[21]?.verdict).toBe(events[0]?.verdict)
  })

  test('the verdict of a named set is cached until its version changes', async () => {
    const { events, ask } = await setUp()
    let version = sourceOf({ deploy: [main] }).current()
    const guard = compileGuard([makeRuleSet({ current: () => version }, 'deploy')])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'allowed'])
    expect(events[1]?.verdict).toBe(events[0]?.verdict)
    version = sourceOf({ deploy: [next] }).current()
    expect(await ask(guard)).toBe('workload_forbidden')
  })

  test('verdicts are not cached next to report-only rules', async () => {
    const { events, ask } = await setUp()
    const guard = compileGuard([main, reportOnly(next)])
    expect([await ask(guard), await ask(guard)]).toEqual(['allowed', 'allowed'])
    expect(events[1]?.verdict).not.toBe(events[0]?.verdict)
    expect(events.map(({ reported }) => reported?.reason)).toEqual(['no-rule-matched', 'no-rule-matched'])
  })
})

describe('arguments that a guard rejects', () => {
  test.each<[string, () => unknown]>([
    ['deny', () => Reflect.get(githubActions, 'deny')],
    ['lookup', () => Reflect.get(githubActions, 'lookup')],
    ['at', () => Reflect.get(githubActions, 'at')],
  ])('a guard rejects %s of a provider, which is not a look-up', (_, part) => {
    expect(() => compileGuard([part()])).toThrow(TypeError)
    expect(() => compileGuard([part()])).toThrow('call deny(), lookup() or at() of a provider where they belong')
  })
})

test('a guard of report-only rules refuses the pull request of a stranger', async () => {
  const { ask } = await setUp({}, claimsWith(githubPush, { event_name: 'pull_request_target' }))
  expect(await ask(compileGuard([reportOnly(main)]))).toBe('workload_forbidden')
})

describe('a rule for an issuer that the verifier does not trust', () => {
  const local = githubActions.at('https://ci.acme.dev/_services/token')
  const start = 'requireWorkload() has a rule for GitHub Actions that admits nobody: the verifier does not trust '

  test('it warns once, with the issuer that is trusted', async () => {
    const { ask, warnings } = await setUp()
    const guard = compileGuard([local({ ownerId: '1234567' })])
    expect([await ask(guard), await ask(guard)]).toEqual(['workload_forbidden', 'workload_forbidden'])
    expect(warnings).toEqual([
      `${start}https://ci.acme.dev/_services/token; make the rule by .at("https://token.actions.githubusercontent.com")`,
    ])
  })

  test('it warns where the verifier trusts no issuer of the provider', async () => {
    const { ask, warnings } = await setUp()
    const lab = gitlab({ ownerId: '99' })
    await ask(compileGuard([lab]))
    expect(warnings).toEqual([
      'requireWorkload() has a rule for GitLab CI that admits nobody: the verifier does not trust https://gitlab.com; add a rule for it to trust',
    ])
  })

  test('a rule for a trusted issuer does not warn', async () => {
    const { ask, warnings } = await setUp()
    expect(await ask(compileGuard([githubActions({ ownerId: '1234567' })]))).toBe('allowed')
    expect(warnings).toEqual([])
  })
})
