import { createTestIssuer } from '@jobpass/testing'
import { describe, expect, test } from 'vitest'
import type { Verifier } from '../request/verifier.ts'
import { checkSnapshot } from '../request/guard-rules.ts'
import { makeRuleSet } from './rule-set.ts'
import type { RouteRule, TrustRule } from './rule.ts'
import type { VerdictEvent } from '../model/verdict-event.ts'
import type { WorkloadAuthError } from '../response/error.ts'
import { anyEvent, glob, not } from './condition.ts'
import { circleci, githubActions } from '../index.ts'
import { createVerifier } from '../request/verifier.ts'
import { reportOnly } from './report-only.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const main = githubActions({ repository: 'acme/shop', branch: 'main' })

async function eventsOf(rules: RouteRule[], claims: Record<string, unknown> = {}): Promise<VerdictEvent[]> {
  const events: VerdictEvent[] = []
  const verifier = createVerifier({
    audience,
    trust: githubActions({ ownerId: '1234567', event: anyEvent() }),
    fetch: issuer.fetch,
    onVerdict: (event) => void (event.layer === 'route' && events.push(event)),
  })
  const token = await issuer.mint({ aud: audience, ...claims })
  await verifier
    .guard(...(rules as [RouteRule]))(`Bearer ${token}`)
    .catch(() => {})
  return events
}

test('lesson J6: a report-only guard reports what it would have decided', async () => {
  const [event] = await eventsOf([reportOnly(main)], { ref: 'refs/heads/dev' })

  expect(event).toMatchObject({ allowed: true, reported: { allowed: false, reason: 'no-rule-matched' } })
  expect(event?.reported?.nearestOwn?.checks.filter(({ passed }) => !passed).map(({ field }) => field)).toEqual([
    'branch',
  ])
})

test('lesson J6: a candidate is reported with the decision, and does not change it', async () => {
  const wide = githubActions({ repository: 'acme/shop' })

  expect(await eventsOf([wide, reportOnly(main)], { ref: 'refs/heads/dev' })).toMatchObject([
    { allowed: true, verdict: { allowed: true }, reported: { allowed: false } },
  ])
  expect(await eventsOf([main, reportOnly(wide)], { ref: 'refs/heads/dev' })).toMatchObject([
    { allowed: false, verdict: { allowed: false }, reported: { allowed: true } },
  ])
})

test('a report-only guard refuses callers that do not match its pins', async () => {
  expect(await eventsOf([reportOnly(main)], { repository: 'acme/other' })).toMatchObject([
    { allowed: false, code: 'workload_forbidden', reported: { allowed: false } },
  ])
})

test.each<[string, TrustRule, string]>([
  ['its event', githubActions({ ownerId: '1234567', event: 'release' }), 'event'],
  ['a raw event', githubActions({ ownerId: '1234567', claims: { event_name: 'release' } }), 'claims.event_name'],
  ['its audience', githubActions({ ownerId: '1234567' }, { audience: 'https://other.acme.dev' }), 'audience'],
  ['its age', githubActions({ ownerId: '1234567' }, { maxTokenAge: 1 }), 'tokenAge'],
  ['its lifetime', githubActions({ ownerId: '1234567' }, { maxLifetime: 1 }), 'tokenLifetime'],
  ['an owner', githubActions({ ownerId: '1234567', owner: 'quill' }), 'owner'],
])('a report-only guard refuses for %s like any other', async (_name, rule, field) => {
  const [event] = await eventsOf([reportOnly(rule)], { iat: Math.floor(Date.now() / 1000) - 100 })

  expect(event).toMatchObject({ allowed: false, code: 'workload_forbidden' })
  expect(event?.verdict?.rules[0]?.checks.filter(({ passed }) => !passed).map((check) => check.field)).toEqual([field])
})

test.each<[string, TrustRule]>([
  ['the ref', githubActions({ ownerId: '1234567', branch: 'next' })],
  ['a pattern on events, which names none', githubActions({ ownerId: '1234567', event: glob('rel*') })],
  ['an event that it is not', githubActions({ ownerId: '1234567', event: not('push') })],
  ['a raw claim', githubActions({ ownerId: '1234567', claims: { sha: '0'.repeat(40) } })],
  ['code', githubActions({ ownerId: '1234567', where: () => false })],
])('a report-only guard only reports %s', async (_name, rule) => {
  expect(await eventsOf([reportOnly(rule)])).toMatchObject([{ allowed: true, reported: { allowed: false } }])
})

test('a report-only guard refuses the jobs of another issuer, even if every id is the same', async () => {
  const elsewhere = githubActions.at('https://git.acme.dev/_services/token')({ ownerId: '1234567' })

  expect(await eventsOf([reportOnly(elsewhere)])).toMatchObject([{ allowed: false, code: 'workload_forbidden' }])
})

test('a report-only guard refuses untrusted runs unless its rule names them, and then trusted ones', async () => {
  const circle = await createTestIssuer(circleci)
  const ownerId = '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22'
  const verifier = createVerifier({
    audience,
    trust: [circleci({ ownerId }), circleci({ ownerId, sshRerun: true })],
    fetch: circle.fetch,
  })
  const [plain, rerun] = await Promise.all(
    [false, true].map((again) => circle.mint({ aud: audience, 'oidc.circleci.com/ssh-rerun': again })),
  )
  const codeOf = (token: string | undefined, rule: TrustRule): Promise<string> =>
    verifier
      .guard(reportOnly(rule))(`Bearer ${token}`)
      .then(
        () => 'allowed',
        (error: WorkloadAuthError) => error.code,
      )

  expect(await codeOf(plain, circleci({ ownerId }))).toBe('allowed')
  expect(await codeOf(rerun, circleci({ ownerId }))).toBe('workload_forbidden')
  expect(await codeOf(rerun, circleci({ ownerId, sshRerun: true }))).toBe('allowed')
  expect(await codeOf(plain, circleci({ ownerId, sshRerun: true }))).toBe('workload_forbidden')
})

test.each([
  ['a deny rule', githubActions.deny({ repositoryId: '1' })],
  ['a look-up', githubActions.lookup(() => undefined)],
  ['the provider itself', githubActions],
  ['a report-only rule', reportOnly(main)],
  ['an object that only looks like a rule', { effect: 'allow' }],
])('reportOnly() refuses %s', (_name, value) => {
  expect(() => reportOnly(value as never)).toThrow('reportOnly() takes a rule made by calling a provider')
})

test('a report-only rule is refused in trust and in deny', () => {
  const reported = reportOnly(main)

  expect(() => createVerifier({ audience, trust: reported as never })).toThrow(
    'trust takes rules made by calling a provider',
  )
  expect(() => createVerifier({ audience, trust: main, deny: reported as never })).toThrow(
    'deny takes rules made by deny()',
  )
})

test('a report-only rule for any event is refused on a route like any other', () => {
  const verifier = createVerifier({ audience, trust: main, fetch: issuer.fetch })
  const open = reportOnly(githubActions({ ownerId: '1234567', event: anyEvent() }))

  expect(() => verifier.guard(open)).toThrow('anyEvent() is for `trust`')
})

describe('S13: a guard with only report-only rules', () => {
  const byId = githubActions({ ownerId: '1234567', repositoryId: '74205118', branch: 'main' })
  const strict = (): Verifier => createVerifier({ audience, trust: byId, fetch: issuer.fetch, strict: true })

  test('S13: a strict verifier refuses a guard with only report-only rules, and says what it would admit', async () => {
    for (const rules of [[reportOnly(byId)], [reportOnly(byId), reportOnly(byId)]])
      await expect(
        strict().guard(...(rules as unknown as [RouteRule]))(`Bearer ${await issuer.mint({ aud: audience })}`),
      ).rejects.toThrow(
        new TypeError(
          'strict: all rules of this guard only report, so that any ordinary job of their tenants may call; add one that enforces',
        ),
      )
  })

  test('S13: such a guard is taken with an enforcing rule, and by a verifier that is not strict', async () => {
    const token = `Bearer ${await issuer.mint({ aud: audience })}`
    await expect(strict().guard(byId, reportOnly(byId))(token)).resolves.toMatchObject({ branch: 'main' })
    const loose = createVerifier({ audience, trust: byId, fetch: issuer.fetch })
    await expect(loose.guard(reportOnly(byId))(token)).resolves.toMatchObject({ branch: 'main' })
  })

  test('S13: a strict verifier refuses a named set of report-only rules, and such a new version of a set', async () => {
    let rules: readonly RouteRule<never>[] = [byId as never]
    const source = { current: () => new Map([['deploy', rules]]) }
    const set = makeRuleSet(source as never, 'deploy') as never
    const verifier = strict()
    const token = `Bearer ${await issuer.mint({ aud: audience })}`
    await expect(verifier.guard(set)(token)).resolves.toMatchObject({ branch: 'main' })
    const version = new Map([['deploy', [reportOnly(byId) as never]]])
    expect(() => checkSnapshot(source as never, version as never)).toThrow(
      "The rules 'deploy' do not suit a verifier that uses them: strict: all rules of this guard only report",
    )
    rules = version.get('deploy') ?? []
    await expect(verifier.guard(set)(token)).rejects.toThrow('strict: all rules of this guard only report')
  })
})
