// Routes that trust the decision of the exchange: the scope alone is enough.

import { hasScope } from '@jobpass/exchange'
import type { WorkloadAuthError } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { api, apiOf, ciToken, issuer, publish, service, tokenOf } from './service.ts'

const codeOf = (outcome: Promise<unknown>): Promise<string> =>
  outcome.then(
    () => 'allowed',
    (failure: unknown) => (failure as WorkloadAuthError).code,
  )

test.each<[string, Parameters<typeof hasScope>, string]>([
  ['its scope', ['publish'], 'allowed'],
  ['all of its scopes', [['publish', 'read']], 'allowed'],
  ['one scope that it lacks', [['publish', 'admin']], 'workload_forbidden'],
  ['a part of its scope', ['pub'], 'workload_forbidden'],
  ['its scope and its issuer', ['publish', { issuer }], 'allowed'],
  ['its scope of another issuer', ['publish', { issuer: 'https://other.acme.dev' }], 'workload_forbidden'],
])('a service token is checked for %s', async (_, args, expected) => {
  const running = await service()
  const token = await tokenOf(running.exchange, { scope: 'publish read' })
  expect(await codeOf(apiOf(running).guard(hasScope(...args))(`Bearer ${token}`))).toBe(expected)
})

test('which job it was is of no matter: the grants have decided', async () => {
  const rule = githubActions({ repositoryId: '74205118', event: 'pull_request' })
  const running = await service({ grants: [{ ...publish, rule }] }, { trust: rule })
  const sub = 'repo:acme@1234567/shop@74205118:pull_request'
  const token = await tokenOf(running.exchange, {
    subject_token: ciToken({ event_name: 'pull_request', ref: 'refs/pull/7/merge', sub }),
  })
  expect(await codeOf(apiOf(running).guard(hasScope('publish'))(`Bearer ${token}`))).toBe('allowed')
})

test('a CI token has no scope, and is refused', async () => {
  const running = await service()
  expect(await codeOf(apiOf(running).guard(hasScope('publish'))(`Bearer ${ciToken()}`))).toBe('workload_forbidden')
})

describe('bad arguments are a TypeError', () => {
  test.each<[string, () => unknown, string]>([
    ['an empty scope', () => hasScope(''), "must be a scope such as 'deploy'"],
    ['no scope', () => hasScope([]), "must be a scope such as 'deploy'"],
    ['two scopes in one text', () => hasScope('a b'), "must be a scope such as 'deploy'"],
    ['an unknown option', () => hasScope('a', { scope: 'b' } as object), "has no 'scope'"],
    ['its place in trust', () => createVerifier({ audience: api, trust: hasScope('a') }), 'serviceTokens()'],
    ['JSON of it', () => JSON.stringify(hasScope('a')), 'has no JSON'],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })
})
