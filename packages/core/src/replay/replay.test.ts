// One-time use: which keys are claimed and for how long, and what happens when the store fails.

import { verifiedTokenOf } from '../workload/verified-token.ts'
import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  circleciOrganization,
  circleciPush,
  claimsWith,
  codeOf,
  fetchKeys,
  githubPush,
  manualClock,
  now,
  refusalOf,
  signToken,
} from '@jobpass/testing/internal'
import type { AnyWorkload } from '../model/workload.ts'
import type { ReplayStore } from '../model/replay-store.ts'
import type { CompiledRule, RouteRule, TrustRule } from '../rule/rule.ts'
import type { Verifier } from '../request/verifier.ts'
import type { VerifierOptions } from '../config/options.ts'
import { circleci, githubActions } from '../index.ts'
import { pipelineOf } from '../request/pipelines.ts'
import { createVerifier } from '../request/verifier.ts'
import { compiledRule } from '../rule/make-rule.ts'
import { parseRule } from '../provider/parse-rule.ts'
import { defineProvider } from '../provider/define-provider.ts'
import { memoryReplayStore } from './memory-store.ts'
import { oneTime } from './one-time.ts'
import { reportOnly } from '../rule/report-only.ts'
import * as providers from '../providers/index.ts'
import { providerForm } from '../provider/make-provider.ts'
import { runCheck } from '../rule/run-check.ts'
import type { VerifierConfig } from '../config/verifier-config.ts'
import type { Guard } from '../request/guard.ts'
import { compileGuard } from '../request/guard.ts'

const audience = 'https://api.acme.dev'
const trust = githubActions({ ownerId: '1234567' })
const pinned = githubActions({ repositoryId: '74205118' })
const token = signToken(githubPush)

interface Claim {
  readonly key: string
  readonly expiresAt: number
}

/** A store that records its claims. */
function recordingStore(): ReplayStore & { readonly claims: Claim[] } {
  const claims: Claim[] = []
  return {
    claims,
    claim: async (key, expiresAt) => {
      const seen = claims.some((claim) => claim.key === key)
      claims.push({ key, expiresAt })
      return seen ? 'seen' : 'first'
    },
  }
}

function verifierWith(options: Partial<VerifierOptions> = {}): Verifier<AnyWorkload> {
  return createVerifier({
    audience,
    trust,
    fetch: fetchKeys(),
    clock: manualClock(now),
    ...options,
  } as VerifierOptions<typeof trust, false>)
}

const bearer = [`Bearer ${token}`]

describe('lesson H1: a route with a one-time rule', () => {
  test('a route with a one-time rule admits a token once, and other routes admit it any time', async () => {
    const verifier = verifierWith({ replay: { store: recordingStore() } })
    const rule = oneTime(pinned)
    expect(await codeOf(verifier.guard(pinned)(bearer))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule)(bearer))).toBe('allowed')
    const refusal = await refusalOf(verifier.guard(rule)(bearer))
    expect([refusal.code, refusal.status]).toEqual(['token_replayed', 401])
    expect(await codeOf(verifier.guard(pinned)(bearer))).toBe('allowed')
    expect(
      await codeOf(verifier.guard(rule)([`Bearer ${signToken(claimsWith(githubPush, { jti: 'another' }))}`])),
    ).toBe('allowed')
  })

  test('lesson H5: a call that is refused makes no claim', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ replay: { store } })
    expect(await codeOf(verifier.guard(oneTime(githubActions({ repositoryId: '1' })))(bearer))).toBe(
      'workload_forbidden',
    )
    expect(await codeOf(verifier.guard(oneTime(pinned))([`Bearer ${token.slice(0, -4)}AAAA`]))).toBe(
      'signature_invalid',
    )
    expect(store.claims).toEqual([])
  })

  test('claims count separately by scope, and together for verifiers that share a store', async () => {
    const store = recordingStore()
    const [one, other] = [verifierWith({ replay: { store } }), verifierWith({ replay: { store } })]
    expect(await codeOf(one.guard(oneTime(pinned, { scope: 'publish' }))(bearer))).toBe('allowed')
    expect(await codeOf(other.guard(oneTime(pinned, { scope: 'deploy' }))(bearer))).toBe('allowed')
    expect(await codeOf(other.guard(oneTime(pinned, { scope: 'publish' }))(bearer))).toBe('token_replayed')
  })

  test('a one-time rule does not limit calls that another rule admits', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ replay: { store } })
    const rules = [oneTime(pinned), githubActions({ ownerId: '1234567' })] as const
    for (let call = 0; call < 3; call++) expect(await codeOf(verifier.guard(...rules)(bearer))).toBe('allowed')
    expect(store.claims).toEqual([])
  })

  test('lesson H2: a one-time rule admits one of fifty concurrent calls', async () => {
    const verifier = verifierWith({ replay: { store: memoryReplayStore() }, onWarning: () => {} })
    const rule = oneTime(pinned)
    const calls = Array.from({ length: 50 }, () => codeOf(verifier.guard(rule)(bearer)))
    const codes = await Promise.all(calls)
    expect(codes.filter((code) => code === 'allowed')).toHaveLength(1)
    expect(codes.filter((code) => code === 'token_replayed')).toHaveLength(49)
  })
})

describe('the key of a claim', () => {
  test('lesson H4: the key of a claim is a digest, never a token', async () => {
    const store = recordingStore()
    await verifierWith({ replay: { store } }).guard(oneTime(pinned))(bearer)
    expect(store.claims).toHaveLength(1)
    expect(store.claims[0]?.key).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  test('lesson H3: a claim lasts until exp plus the largest tolerance and a minute', async () => {
    const store = recordingStore()
    await verifierWith({ replay: { store }, clockTolerance: 10 }).guard(oneTime(pinned))(bearer)
    expect(store.claims[0]?.expiresAt).toBe((githubPush['exp'] as number) + 300 + 60)
  })

  test('a claim per run covers all tokens of the run attempt, for a week', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ replay: { store } })
    const rule = oneTime(pinned, { per: 'run' })
    const again = `Bearer ${signToken(claimsWith(githubPush, { jti: 'another' }))}`
    const rerun = `Bearer ${signToken(claimsWith(githubPush, { jti: 'third', run_attempt: '2' }))}`
    expect(await codeOf(verifier.guard(rule)(bearer))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule)(again))).toBe('token_replayed')
    expect(await codeOf(verifier.guard(rule)(rerun))).toBe('allowed')
    expect(store.claims[0]?.expiresAt).toBe(now + 604_800 + 300 + 60)
  })

  test('a claim on a token without id covers its signed text', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ trust: circleci({ ownerId: circleciOrganization }), replay: { store } })
    const rule = oneTime(circleci({ ownerId: circleciOrganization }))
    const text = signToken(circleciPush)
    expect(await codeOf(verifier.guard(rule)(`Bearer ${text}`))).toBe('allowed')
    expect(await codeOf(verifier.guard(rule)(`Bearer ${text}`))).toBe('token_replayed')
    const later = signToken(claimsWith(circleciPush, { iat: (circleciPush['iat'] as number) + 1 }))
    expect(await codeOf(verifier.guard(rule)(`Bearer ${later}`))).toBe('allowed')
  })
})

describe('one request', () => {
  test('the guards of one request claim a token once for each scope', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ replay: { store } })
    const workload = await verifier.verify(token)
    const policy = pipelineOf(verifier)?.config as VerifierConfig
    const [request, later] = [
      { config: policy, request: undefined, token: verifiedTokenOf(workload) },
      { config: policy, request: undefined, token: verifiedTokenOf(workload) },
    ]
    const [guard, again, deploy] = [{}, {}, { scope: 'deploy' }].map((options) =>
      compileGuard([oneTime(pinned, options)]),
    ) as [Guard, Guard, Guard]
    expect([await guard(request, undefined), await again(request, undefined)]).toEqual([undefined, undefined])
    expect(store.claims).toHaveLength(1)
    expect(await deploy(request, undefined)).toBeUndefined()
    expect(store.claims).toHaveLength(2)
    expect((await again(later, undefined))?.code).toBe('token_replayed')
    // A claim that was refused does not count as made by the request.
    const refusal = await guard(later, undefined)
    expect([refusal?.code, refusal?.context.workload]).toEqual(['token_replayed', workload])
  })
})

describe('a run', () => {
  const table = {
    id: 'acme-ci',
    title: 'Acme CI',
    issuer: 'https://ci.acme.dev',
    algorithms: ['RS256'],
    claims: { team: 'id', run: 'id', jti: 'id' },
    pins: ['ownerId'],
  } as const
  const claims = { iss: 'https://ci.acme.dev', sub: 'x', aud: audience, iat: now, exp: now + 300, team: 'a' }

  test('per: run is rejected for a platform whose tokens name no run', () => {
    const rule = defineProvider({ ...table, identity: { ownerId: 'team' } })({ ownerId: 'a' })
    expect(() => oneTime(rule, { per: 'run' })).toThrow(
      new TypeError("oneTime(): per: 'run': tokens of Acme CI name no run"),
    )
    expect(() => oneTime(rule, { per: 'token' })).not.toThrow()
  })

  test('S6: with per: run, a token that names no run is refused without a claim', async () => {
    const rule = defineProvider({
      ...table,
      identity: { ownerId: 'team', runId: 'run' },
      optInClaims: { runId: 'acme token --with run' },
    })({ ownerId: 'a' })
    const store = recordingStore()
    const verifier = verifierWith({ trust: rule, replay: { store } })
    const guard = oneTime(rule, { per: 'run' })
    const call = (changes: object): Promise<unknown> =>
      codeOf(verifier.guard(guard)(`Bearer ${signToken({ ...claims, ...changes })}`))
    expect([await call({ jti: '1' }), await call({ jti: '2' }), await call({ jti: '2' })]).toEqual([
      'workload_forbidden',
      'workload_forbidden',
      'workload_forbidden',
    ])
    expect(store.claims).toEqual([])
    expect([await call({ jti: '3', run: '9' }), await call({ jti: '4', run: '9' })]).toEqual([
      'allowed',
      'token_replayed',
    ])
    const refusal = await refusalOf(verifier.guard(guard)(`Bearer ${signToken({ ...claims, jti: '5' })}`))
    expect(refusal.problem.checks).toEqual([
      {
        field: 'runId',
        operator: 'present',
        actual: null,
        hint: 'The token does not say, since the job did not ask: acme token --with run.',
      },
    ])
  })

  test.each(Object.values(providers).map((provider) => [provider] as const))(
    'S6: per: run checks the run id of every platform, or is rejected: %#',
    (provider) => {
      const form = providerForm(provider) as NonNullable<ReturnType<typeof providerForm>>
      const check = (): unknown => runCheck('oneTime()', form.table)
      if (form.table.fields.has('runId')) expect(check()).toMatchObject({ field: 'runId', operator: 'present' })
      else expect(check).toThrow(TypeError)
    },
  )

  test('the claim on a run expires at a whole second, rounded up', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ replay: { store }, clock: manualClock(now + 0.25) })
    await verifier.guard(oneTime(pinned, { per: 'run' }))(bearer)
    expect(store.claims[0]?.expiresAt).toBe(now + 1 + 604_800 + 300 + 60)
  })
})

describe('the key of a claim is stable, since processes of several versions share a store', () => {
  const digest = (...parts: readonly string[]): string =>
    createHash('sha256')
      .update(JSON.stringify(['https://token.actions.githubusercontent.com', ...parts]))
      .digest('base64url')
  const id = githubPush['jti'] as string

  test.each<[string, Partial<VerifierOptions>, RouteRule | undefined, string]>([
    ['a route', {}, oneTime(pinned), digest('use ', 'jti', id)],
    ['a route with a scope', {}, oneTime(pinned, { scope: 'publish' }), digest('use publish', 'jti', id)],
    ['a run', {}, oneTime(pinned, { per: 'run' }), digest('use ', 'run', '19872285394', '1')],
    ['a rule in trust', { trust: oneTime(trust) }, undefined, digest('use ', 'jti', id)],
    ['a rule in trust with a scope', { trust: oneTime(trust, { scope: 'a' }) }, undefined, digest('use a', 'jti', id)],
  ])('the key of a claim of %s is stable', async (_, options, rule, key) => {
    const store = recordingStore()
    const verifier = verifierWith({ ...options, replay: { store } })
    expect(await codeOf(rule === undefined ? verifier.authorize(bearer) : verifier.guard(rule)(bearer))).toBe('allowed')
    expect(store.claims.map((claim) => claim.key)).toEqual([key])
  })
})

describe('lesson H6: a store that fails', () => {
  test.each<[string, ReplayStore['claim']]>([
    ['rejects', () => Promise.reject(new Error('secret of the store'))],
    [
      'throws',
      () => {
        throw new Error('secret of the store')
      },
    ],
    ['returns another value', () => 'OK' as 'first'],
    ['returns undefined', () => undefined as unknown as 'first'],
  ])('a call is refused with 503 if the store %s', async (_, claim) => {
    const warnings: string[] = []
    const verifier = verifierWith({ replay: { store: { claim } }, onWarning: (text) => void warnings.push(text) })
    const refusal = await refusalOf(verifier.guard(oneTime(pinned))(bearer))
    expect([refusal.code, refusal.status, refusal.headers['Retry-After']]).toEqual(['store_unavailable', 503, '5'])
    expect(JSON.stringify(refusal.problem)).not.toContain('secret')
    expect(warnings).toHaveLength(1)
    expect(await codeOf(verifier.guard(pinned)(bearer))).toBe('allowed')
  })

  test('a call is refused if the store does not answer within two seconds', async () => {
    const clock = manualClock(now)
    const verifier = verifierWith({
      clock,
      replay: { store: { claim: () => new Promise(() => {}) } },
      onWarning: () => {},
    })
    await verifier.ready()
    const code = codeOf(verifier.guard(oneTime(pinned))(bearer))
    while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(2)
    expect(await code).toBe('store_unavailable')
  })

  test('O14: each outage of the store is reported with its cause, at most once a minute', async () => {
    const clock = manualClock(now)
    const warnings: string[] = []
    let down: unknown
    const store: ReplayStore = {
      claim: () => (down === undefined ? 'first' : Promise.reject(down)),
    }
    const verifier = verifierWith({ clock, replay: { store }, onWarning: (text) => void warnings.push(text) })
    const call = (): Promise<unknown> => codeOf(verifier.guard(oneTime(pinned))(bearer))
    down = new Error('connect ECONNREFUSED\u001b[31m 127.0.0.1:6379\nat line two')
    for (let second = 0; second < 90; second += 10) {
      expect(await call()).toBe('store_unavailable')
      clock.advance(10)
    }
    const warning = 'The replay store failed, took longer than 2 s, or gave an invalid answer: Error: connect'
    const first = `${warning} ECONNREFUSED\\u001b[31m 127.0.0.1:6379`
    expect(warnings).toEqual([first, first])
    down = undefined
    expect(await call()).toBe('allowed')
    clock.advance(60)
    down = new TypeError('again')
    expect(await call()).toBe('store_unavailable')
    expect(warnings).toHaveLength(3)
    expect(warnings[2]).toBe(warning.replace('Error: connect', 'TypeError: again'))
  })

  test('O6: a store that answers late may have claimed, and both refusals say to get a new token', async () => {
    const keys = new Set<string>()
    // The store keeps the claim, and its answer gets lost.
    const store: ReplayStore = {
      claim: (key) => {
        if (keys.has(key)) return 'seen'
        keys.add(key)
        return Promise.reject(new Error('Redis took longer than 1000 ms'))
      },
    }
    const verifier = verifierWith({ replay: { store }, onWarning: () => {} })
    const late = await refusalOf(verifier.guard(oneTime(pinned))(bearer))
    const retried = await refusalOf(verifier.guard(oneTime(pinned))(bearer))
    expect([late.code, late.problem.detail]).toEqual([
      'store_unavailable',
      'Whether the token was used before cannot be looked up right now; retry with a new token, since this one may count as used.',
    ])
    expect([retried.code, retried.problem.detail]).toEqual([
      'token_replayed',
      'The token was used before, and is good for one use; ask for a new one. A call that was answered 503 may have used it.',
    ])
  })

  test('a missing store is a TypeError at construction, or at the first call of a route', async () => {
    expect(() => verifierWith({ trust: oneTime(trust) })).toThrow('needs a store')
    await expect(verifierWith().guard(oneTime(pinned))(bearer)).rejects.toThrow('needs a store')
  })
})

describe('one-time use in trust', () => {
  test('a one-time rule in trust admits a token for one call', async () => {
    const verifier = verifierWith({ trust: oneTime(trust), replay: { store: recordingStore() } })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('token_replayed')
  })

  test('one-time rules in trust and on the route claim a purpose once for each request', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ trust: oneTime(trust), replay: { store } })
    expect(await codeOf(verifier.guard(oneTime(pinned))(bearer))).toBe('allowed')
    expect(store.claims).toHaveLength(1)
    expect(await codeOf(verifier.guard(oneTime(pinned))(bearer))).toBe('token_replayed')
  })

  test('one-time rules in trust and on the route claim each of their purposes', async () => {
    const store = recordingStore()
    const verifier = verifierWith({ trust: oneTime(trust), replay: { store } })
    expect(await codeOf(verifier.guard(oneTime(pinned, { scope: 'publish' }))(bearer))).toBe('allowed')
    expect(store.claims).toHaveLength(2)
  })

  test('a one-time rule that a look-up finds admits a token for one call', async () => {
    const found = oneTime(githubActions({ repositoryId: '74205118' }))
    const verifier = verifierWith({
      trust: githubActions.lookup(() => found) as never,
      replay: { store: recordingStore() },
    })
    expect(await codeOf(verifier.verify(token))).toBe('allowed')
    expect(await codeOf(verifier.verify(token))).toBe('token_replayed')
  })
})

describe('the memory store', () => {
  test('a full memory store throws, and drops only expired claims', async () => {
    const clock = manualClock(now)
    const store = memoryReplayStore({ entries: 2, clock })
    expect([store.claim('a', now + 60), store.claim('b', now + 180), store.claim('a', now + 60)]).toEqual([
      'first',
      'first',
      'seen',
    ])
    expect(() => store.claim('c', now + 60)).toThrow('full')
    clock.advance(120)
    expect([store.claim('c', now + 300), store.claim('b', now + 180)]).toEqual(['first', 'seen'])
    expect(() => store.claim('a', now + 300)).toThrow('full')
  })

  test('a memory store whose clock is ahead still recognizes a claim', () => {
    const store = memoryReplayStore({ clock: manualClock(now + 3600) })
    expect([store.claim('a', now + 10), store.claim('a', now + 10)]).toEqual(['first', 'seen'])
    // Even after other claims, while there is room.
    expect([store.claim('b', now + 10), store.claim('a', now + 10)]).toEqual(['first', 'seen'])
  })

  test('a memory store triggers a warning that it is not shared', () => {
    const warnings: string[] = []
    verifierWith({ replay: { store: memoryReplayStore() }, onWarning: (text) => void warnings.push(text) })
    expect(warnings).toEqual([
      'The replay store is of this process only: behind several processes, a token is good for one use in each',
    ])
  })

  test.each([0, 1.5, Number.NaN, Infinity, 10_000_001, '5'])(
    'a memory store of %s entries is a TypeError',
    (entries) => {
      expect(() => memoryReplayStore({ entries: entries as number })).toThrow(TypeError)
    },
  )
})

describe('the limits of options', () => {
  test.each([1, 10_000_000])('a memory store may have %s entries', (entries) => {
    expect(() => memoryReplayStore({ entries })).not.toThrow()
  })

  test.each(['x', ' x ', 'x'.repeat(100)])('oneTime() accepts the scope %j', (scope) => {
    expect(() => oneTime(pinned, { scope })).not.toThrow()
  })

  test('a memory store of one entry keeps one claim', () => {
    const store = memoryReplayStore({ entries: 1, clock: manualClock(now) })
    expect(store.claim('a', now + 10)).toBe('first')
    expect(() => store.claim('b', now + 10)).toThrow(new Error('the replay store is full of live claims'))
    expect(store.claim('a', now + 10)).toBe('seen')
  })

  test('a shared store triggers no warning', () => {
    const warnings: string[] = []
    const onWarning = (text: string): void => void warnings.push(text)
    verifierWith({ replay: { store: recordingStore() }, onWarning })
    verifierWith({ replay: { store: { ...recordingStore(), perProcess: false } }, onWarning })
    expect(warnings).toEqual([])
  })
})

describe('arguments and options that are rejected', () => {
  test.each<[string, () => unknown, string]>([
    ['a provider', () => oneTime(githubActions as unknown as TrustRule), 'takes a rule'],
    ['a rule that only reports', () => oneTime(reportOnly(pinned) as unknown as TrustRule), 'takes a rule'],
    ['an empty scope', () => oneTime(pinned, { scope: ' ' }), 'scope must be text'],
    ['a scope that is not text', () => oneTime(pinned, { scope: 5 as unknown as string }), 'scope must be text'],
    ['a long scope', () => oneTime(pinned, { scope: 'x'.repeat(101) }), 'scope must be text'],
    ['another unit', () => oneTime(pinned, { per: 'job' as 'run' }), "per is 'token' or 'run'"],
    ['an unknown option', () => oneTime(pinned, { scpoe: 'x' } as object), "did you mean 'scope'?"],
    ['no store', () => verifierWith({ replay: {} as never }), 'store must have claim'],
    ['one use of one use', () => oneTime(oneTime(pinned)), 'the rule is in oneTime() or notExchanged() already'],
    [
      'a mode of the store',
      () => verifierWith({ replay: { store: recordingStore(), tokens: 'once' } as never }),
      "replay has no 'tokens'. Known: store",
    ],
    ['a setting', () => githubActions({ ownerId: '1' }, { oneTime: true } as object), "has no 'oneTime'"],
  ])('%s is a TypeError', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  test.each([{}, { per: 'run' }, { scope: 'publish' }, { scope: 'publish', per: 'token' }] as const)(
    'a one-time rule has JSON, which makes the same rule: %j',
    (options) => {
      const rule = oneTime(githubActions({ ownerId: '1' }, { maxTokenAge: 60 }), options)
      const json = JSON.parse(JSON.stringify(rule)) as { readonly settings: unknown }
      expect(json.settings).toEqual({ maxTokenAge: 60, oneTime: Object.keys(options).length === 0 ? true : options })
      const { checks, ...form } = compiledRule(rule) as CompiledRule
      const back = compiledRule(parseRule(json, [githubActions])) as CompiledRule
      expect(back).toMatchObject({ once: form.once, json: form.json, settings: form.settings })
      expect(back.checks.map(({ field }) => field)).toEqual(checks.map(({ field }) => field))
    },
  )

  test.each([[false], ['once'], [null], [[]]])('the JSON of a rule is refused with oneTime: %j', (use) => {
    const json = { ...githubActions({ ownerId: '1' }).toJSON(), settings: { oneTime: use } }
    expect(() => parseRule(json, [githubActions])).toThrow(TypeError)
  })
})
