import { describe, expect, test } from 'vitest'
import { clockAt, fetchKeys, githubPush, now, signToken } from '@jobpass/testing/internal'
import { githubActions } from '../index.ts'
import type { Verdict } from '../model/verdict.ts'
import { createVerifier } from '../request/verifier.ts'
import type { VerifiedToken } from './verified-token.ts'
import { signedTextOf, verifiedTokenOf } from './verified-token.ts'

const text = signToken(githubPush)
const workload = await createVerifier({
  audience: 'https://api.acme.dev',
  trust: githubActions({ ownerId: '1234567' }),
  fetch: fetchKeys(),
  clock: clockAt(now),
  cache: false,
}).verify(text)

describe('the verified token of an identity', () => {
  test('the verified token of an identity has its issuer and text, and its signed part', () => {
    const token = verifiedTokenOf(workload) as VerifiedToken
    expect([token.text, token.bound, token.issuer.tolerance, token.issuer.now()]).toEqual([text, false, 30, now])
    expect(signedTextOf(workload)).toBe(text.split('.').slice(0, 2).join('.'))
  })

  test.each([[undefined], [null], ['text'], [7], [{}], [[]], [() => {}]])(
    'there is no verified token for %s',
    (value) => {
      expect(verifiedTokenOf(value)).toBeUndefined()
    },
  )

  test('there is no verified token for a copy or a proxy of an identity', () => {
    expect(verifiedTokenOf({ ...workload })).toBeUndefined()
    expect(verifiedTokenOf(new Proxy(workload, {}))).toBeUndefined()
    expect(signedTextOf({ ...workload })).toBe('')
  })

  test('a verified token keeps the verdicts of the last eight rule lists', () => {
    const token = verifiedTokenOf(workload) as VerifiedToken
    const lists = Array.from({ length: 9 }, () => ({}))
    const verdicts = lists.map((_, index) => ({ fingerprint: String(index) }) as Verdict)
    lists.forEach((list, index) => token.keepVerdict(list, verdicts[index] as Verdict))
    expect(lists.map((list) => token.verdictOf(list))).toEqual([undefined, ...verdicts.slice(1)])
    expect(token.verdictOf({})).toBeUndefined()
  })
})
