// Which requests the authorizer admits, and what its cache may hold.

import { githubActions } from '@jobpass/core'
import { createTestIssuer } from '@jobpass/testing'
import { beforeEach, expect, test, vi } from 'vitest'
import type { AuthorizerAnswer, AuthorizerEvent } from './authorizer.ts'
import { createAuthorizer } from './authorizer.ts'

const issuer = await createTestIssuer(githubActions)
const authorize = createAuthorizer({ fetch: issuer.fetch })
const mint = (claims?: Readonly<Record<string, unknown>>): Promise<string> =>
  issuer.mint({ aud: 'https://deploy.acme.dev', ...claims })
const dev = { ref: 'refs/heads/dev', sub: 'repo:acme@1234567/shop@74205118:ref:refs/heads/dev' }
const event = async (routeKey: string, token: Promise<string> | string): Promise<AuthorizerEvent> => ({
  routeKey,
  identitySource: [`Bearer ${await token}`, routeKey],
})

beforeEach(() => {
  const silent = vi.spyOn(console, 'warn').mockImplementation(() => {})
  return () => silent.mockRestore()
})

test('main deploys, and the integration reads who it is', async () => {
  expect(await authorize(await event('POST /deploy', mint()))).toEqual({
    isAuthorized: true,
    context: expect.objectContaining({
      repository: 'acme/shop',
      issuer: 'https://token.actions.githubusercontent.com',
    }),
  })
})

test.each<[string, string, () => Promise<string> | string]>([
  ['another branch at the route of main', 'POST /deploy', () => mint(dev)],
  [
    'a stranger',
    'GET /status',
    () => mint({ repository_owner_id: '7', sub: 'repo:acme@7/shop@74205118:ref:refs/heads/main' }),
  ],
  ['a token for another API', 'GET /status', () => mint({ aud: 'https://api.acme.dev' })],
  ['text', 'GET /status', () => 'x'],
  ['a route without a rule', 'DELETE /deploy', () => mint()],
  ['the default route', '$default', () => mint()],
  ['the name of a member of every object', 'constructor', () => mint()],
])('%s is not authorized', async (_, route, make) => {
  expect(await authorize(await event(route, make()))).toEqual({ isAuthorized: false })
})

test.each([null, undefined, []])('a request without a token is not authorized: %j', async (identitySource) => {
  expect(await authorize({ routeKey: 'GET /status', identitySource })).toEqual({ isAuthorized: false })
})

test('an outage of the issuer is an error, which API Gateway answers with 500 and does not cache', async () => {
  const down = createAuthorizer({ fetch: () => Promise.reject(new Error('no network')) })
  await expect(down(await event('GET /status', mint()))).rejects.toMatchObject({ code: 'issuer_unavailable' })
})

test('with the route among the identity sources, a cached answer is never used for another route', async () => {
  // API Gateway caches by the values of the identity sources.
  const cache = new Map<string, AuthorizerAnswer>()
  const cached = async (each: AuthorizerEvent): Promise<boolean> => {
    const key = JSON.stringify(each.identitySource)
    const answer = cache.get(key) ?? (await authorize(each))
    cache.set(key, answer)
    return answer.isAuthorized
  }
  const token = await mint(dev)
  expect(await cached(await event('GET /status', token))).toBe(true)
  expect(await cached(await event('POST /deploy', token))).toBe(false)
})
