import { createTestIssuer } from '@jobpass/testing'
import { expect, test } from 'vitest'
import type { RouteRule, VerdictEvent } from '../index.ts'
import { anyEvent, createVerifier, githubActions, reportOnly } from '../index.ts'

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
  await verifier.authorize(`Bearer ${token}`, rules).catch(() => {})
  return events
}

test('lesson J6: a report-only guard tells what it would have decided', async () => {
  const [event] = await eventsOf([reportOnly(main)], { ref: 'refs/heads/dev' })

  expect(event).toMatchObject({ allowed: true, reported: { allowed: false, reason: 'no-rule-matched' } })
  expect(event?.reported?.nearestOwn?.checks.filter(({ passed }) => !passed).map(({ field }) => field)).toEqual([
    'branch',
  ])
})

test('lesson J6: a candidate is told beside the decision, and has no say in it', async () => {
  const wide = githubActions({ repository: 'acme/shop' })

  expect(await eventsOf([wide, reportOnly(main)], { ref: 'refs/heads/dev' })).toMatchObject([
    { allowed: true, verdict: { allowed: true }, reported: { allowed: false } },
  ])
  expect(await eventsOf([main, reportOnly(wide)], { ref: 'refs/heads/dev' })).toMatchObject([
    { allowed: false, verdict: { allowed: false }, reported: { allowed: true } },
  ])
})

test('a refusal by the pin of a report-only guard is a refusal', async () => {
  expect(await eventsOf([reportOnly(main)], { repository: 'acme/other' })).toMatchObject([
    { allowed: false, code: 'workload_forbidden', reported: { allowed: false } },
  ])
})

test.each([
  ['a deny rule', githubActions.deny({ repositoryId: '1' })],
  ['a look-up', githubActions.lookup(() => undefined)],
  ['the provider itself', githubActions],
  ['a report-only rule', reportOnly(main)],
  ['what only looks like a rule', { effect: 'allow' }],
])('reportOnly() refuses %s', (_name, value) => {
  expect(() => reportOnly(value as never)).toThrow('reportOnly() takes a rule made by calling a provider')
})

test('a report-only rule has no place in trust, nor in deny', () => {
  const reported = reportOnly(main)

  expect(() => createVerifier({ audience, trust: reported as never })).toThrow(
    'trust takes rules made by calling a provider',
  )
  expect(() => createVerifier({ audience, trust: main, deny: reported as never })).toThrow(
    'deny takes rules made by deny()',
  )
})

test('a report-only rule for any event is refused by a route like any other', async () => {
  const verifier = createVerifier({ audience, trust: main, fetch: issuer.fetch })
  const open = reportOnly(githubActions({ ownerId: '1234567', event: anyEvent() }))

  await expect(verifier.authorize(undefined, open)).rejects.toThrow('anyEvent() is for `trust`')
})
