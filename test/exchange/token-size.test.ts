// O12: the maximum size of a service token, and the claims of the CI token that it carries.

import { viaExchange } from '@jobpass/exchange'
import type { Grant } from '@jobpass/exchange'
import type { AnyWorkload, TrustRule } from '@jobpass/core'
import { absent, githubActions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { codeOf } from '@jobpass/testing/internal'
import { api, apiOf, ask, ciToken, claimsOf, publish, service, tokenOf } from './service.ts'

const issueWith = async (grant: Partial<Grant>, claims: Readonly<Record<string, unknown>>) => {
  const running = await service({ grants: [{ ...publish, ...grant }] })
  const subject_token = ciToken(claims)
  return { ...running, subject_token, ...(await ask(running.exchange, { subject_token })) }
}

describe('O12: the size of a token', () => {
  // Base64 makes four characters from three bytes.
  const padding = (size: number): object => ({ claims: () => ({ padding: 'x'.repeat(size) }) })

  test('O12: a token has up to 7000 characters; a longer one is refused, and nothing is used up', async () => {
    const { status, body, warnings, exchange, subject_token, records } = await issueWith(padding(6000), {})
    expect([status, body['error']]).toEqual([400, 'invalid_request'])
    expect(body['error_description']).toMatch(/^The token would have \d+ characters, and 7000 are the most here/)
    expect(warnings.at(-1)).toMatch(/longer than the maxTokenSize of its grant: \d+ characters of at most 7000$/)
    expect(records).toMatchObject([{ outcome: 'refused', error: 'invalid_request' }])
    expect((await ask(exchange, { subject_token })).body['code']).not.toBe('token_replayed')
  })

  test('O12: a grant sets the maximum size, up to the limit of verifiers', async () => {
    const running = await service({ grants: [{ ...publish, ...padding(9000), maxTokenSize: 16_384 }] })
    const token = await tokenOf(running.exchange)
    expect(token.length).toBeGreaterThan(12_000)
    expect(await codeOf(apiOf(running).verify(token))).toBe('allowed')
    expect((await issueWith({ ...padding(12_000), maxTokenSize: 16_384 }, {})).status).toBe(400)
  })

  test.each([999, 16_385, 7000.5, '7000'])('O12: maxTokenSize cannot be %s', async (maxTokenSize) => {
    const grant = { ...publish, maxTokenSize: maxTokenSize as number }
    await expect(service({ grants: [grant] })).rejects.toThrow('maxTokenSize must be a whole number from 1000 to 16384')
  })
})

describe('O12: the claims of the CI token', () => {
  const extra = { invented: 'x'.repeat(9000) }

  test('O12: a service token carries the claims that rules can name, and no others', async () => {
    const { status, body, subject_token } = await issueWith({}, extra)
    expect(status).toBe(200)
    const { invented: _, ...declared } = claimsOf(subject_token)
    expect(claimsOf(body['access_token'])['job']).toEqual(declared)
  })

  test('O12: a service token carries all claims if the grant says so', async () => {
    const { body, subject_token } = await issueWith({ jobClaims: 'all', maxTokenSize: 16_384 }, extra)
    expect(claimsOf(body['access_token'])['job']).toEqual(claimsOf(subject_token))
    await expect(service({ grants: [{ ...publish, jobClaims: [] as never }] })).rejects.toThrow("jobClaims is 'all'")
  })

  const pinned = { repositoryId: '74205118' } as const
  test.each<[string, TrustRule<AnyWorkload>, string]>([
    ['a field', githubActions({ ...pinned, branch: 'main' }), 'allowed'],
    ['a claim', githubActions({ ...pinned, claims: { run_number: '412' } }), 'allowed'],
    ['another value of a claim', githubActions({ ...pinned, claims: { run_number: '1' } }), 'workload_forbidden'],
    ['a claim that is absent', githubActions({ ...pinned, environment: absent() }), 'allowed'],
    [
      'a claim that is not absent',
      githubActions({ ...pinned, claims: { run_number: absent() } }),
      'workload_forbidden',
    ],
    ['an audience', githubActions(pinned, { audience: api }), 'workload_forbidden'],
  ])('O12: a rule on %s decides as for the CI token', async (_, rule, expected) => {
    const running = await service()
    const token = await tokenOf(running.exchange, { subject_token: ciToken(extra) })
    const via = viaExchange(rule, { scope: 'publish' })
    expect(await codeOf(apiOf(running).guard(via)([`Bearer ${token}`]))).toBe(expected)
  })

  test('O12: a deny rule decides as for the CI token', async () => {
    const running = await service()
    const token = await tokenOf(running.exchange, { subject_token: ciToken(extra) })
    const deny = githubActions.deny({ claims: { run_number: '412' } })
    expect(await codeOf(apiOf(running, { deny }).verify(token))).toBe('workload_denied')
  })
})
