// Routes that trust the decision of the exchange: the scope alone is enough.

import { hasScope, viaExchange } from '@jobpass/exchange'
import type { WorkloadAuthError } from '@jobpass/core'
import { createVerifier, githubActions } from '@jobpass/core'
import { describe, expect, test } from 'vitest'
import { api, apiOf, ciToken, issuer, publish, service, shop, tokenOf } from './service.ts'

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

describe('the challenge of a 403 (RFC 6750 §3.1)', () => {
  const metadata = { url: 'https://api.acme.dev/.well-known/oauth-protected-resource', scopes: ['publish'] }
  const named = `resource_metadata="${metadata.url}"`
  const challengeOf = async (
    rule: ReturnType<typeof viaExchange>,
    resourceMetadata?: typeof metadata,
  ): Promise<string | undefined> => {
    const running = await service()
    const token = await tokenOf(running.exchange, { scope: 'publish' })
    const api = apiOf(running, resourceMetadata && { resourceMetadata })
    const refusal = await api
      .guard(rule)(`Bearer ${token}`)
      .catch((failure: unknown) => failure as WorkloadAuthError)
    return (refusal as WorkloadAuthError).headers['WWW-Authenticate']?.replace(/^.*allows this workload\."(?:, )?/, '')
  }

  test('names the scopes that the token lacks, if it lacks nothing else', async () => {
    expect(await challengeOf(hasScope(['publish', 'scan:write', 'admin']))).toBe('scope="scan:write admin"')
    expect(await challengeOf(viaExchange(shop, { scope: 'admin' }))).toBe('scope="admin"')
    expect(await challengeOf(hasScope('admin'), metadata)).toBe(`scope="admin", ${named}`)
  })

  test('names the scopes of the API where the job itself is refused', async () => {
    const other = viaExchange(githubActions({ repositoryId: '74205118', branch: 'next' }), { scope: 'admin' })
    expect(await challengeOf(other)).toBe('')
    expect(await challengeOf(other, metadata)).toBe(`scope="publish", ${named}`)
  })
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
