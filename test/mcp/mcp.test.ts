// The gate and the guards of tools with the servers and the clients of both versions of the SDK.

import { resourceMetadata } from '@jobpass/exchange'
import { createTestIssuer } from '@jobpass/testing'
import { fetchAuth, githubActions, memoryReplayStore, workloadAuth } from '@jobpass/mcp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Auth, Connected, Credentials, Listening } from './servers.ts'
import { clients, listen, servers } from './servers.ts'

const audience = 'https://mcp.acme.dev/mcp'
const issuer = await createTestIssuer(githubActions)
const metadata = resourceMetadata({
  resource: audience,
  authorizationServers: ['https://auth.acme.dev'],
  scopes: ['deploy', 'roll-back'],
})
const auth = (changes: Partial<Auth> = {}): Auth => ({
  audience,
  trust: githubActions({ ownerId: '1234567' }),
  fetch: issuer.fetch,
  resourceMetadata: metadata,
  replay: { store: memoryReplayStore() },
  onWarning: () => {},
  ...changes,
})

const mint = (claims: object = {}): Promise<string> => issuer.mint({ aud: audience, ...claims })
const onMain = await mint()
const onDev = await mint({ ref: 'refs/heads/dev', sub: 'repo:acme/shop:ref:refs/heads/dev' })

describe.each(Object.entries(servers))('%s', (_, serve) => {
  const ran: string[] = []
  let running: Listening
  beforeAll(async () => {
    running = await listen(() => serve(auth(), ran))
  })
  afterAll(() => running.close())

  describe.each(Object.entries(clients))('with %s', (_name, connect) => {
    const using = async <T>(credentials: Credentials, use: (client: Connected) => Promise<T>): Promise<T> => {
      ran.length = 0
      const client = await connect(`${running.url}/mcp`, credentials)
      try {
        return await use(client)
      } finally {
        await client.close()
      }
    }

    test('a job calls the tools that admit it, which read its identity and the rule', async () => {
      await using({ token: onMain }, async (client) => {
        expect(await client.call('status')).toEqual({ isError: false, text: 'up' })
        expect(await client.call('deploy', 'production')).toEqual({
          isError: false,
          text: 'acme/shop@main to production, by true',
        })
      })
      expect(ran).toEqual(['status', 'deploy'])
    })

    test('the model reads why a tool refuses, and the handler does not run', async () => {
      const { isError, text } = await using({ token: onDev }, (client) => client.call('deploy', 'production'))
      expect(isError).toBe(true)
      expect(JSON.parse(text)).toEqual({
        title: 'Forbidden',
        status: 403,
        detail: 'No rule allows this workload.',
        code: 'workload_forbidden',
        issuer: 'https://token.actions.githubusercontent.com',
        owner: 'acme',
        repository: 'acme/shop',
        checks: [{ field: 'branch', operator: 'equals', actual: 'dev' }],
      })
      expect(ran).toEqual([])
    })

    test('a prompt and resources run for the jobs that they admit, and the error says why they refuse', async () => {
      const environment = (name: string): string => `deployments://environments/${name}`
      const read = await using({ token: onMain }, async (client) => [
        await client.prompt(),
        await client.read('deployments://log'),
        await client.read(environment('production')),
      ])
      expect(read).toEqual(['as main', 'all deployments', 'production'])
      expect(ran).toEqual(['runbook', 'deployments://log', environment('production')])

      await using({ token: onDev }, async (client) => {
        const refused = [client.prompt(), client.read('deployments://log'), client.read(environment('production'))]
        for (const each of await Promise.allSettled(refused)) {
          const { code, message } = (each as { reason: { code: unknown; message: string } }).reason
          expect([code, JSON.parse(message.slice(message.indexOf('{')))]).toMatchObject([
            -32_600,
            { status: 403, code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'dev' }] },
          ])
        }
        expect(ran).toEqual([])
        expect(await client.read(environment('staging'))).toBe('staging')
      })
    })

    test('rules that a function finds see the arguments of the call', async () => {
      const { failed, done } = await using({ token: onDev }, async (client) => ({
        failed: [await client.call('roll-back', 'production'), await client.call('roll-back', 'moon')],
        done: await client.call('roll-back', 'staging'),
      }))
      expect(failed.map(({ isError, text }) => [isError, (JSON.parse(text) as { code: string }).code])).toEqual([
        [true, 'workload_forbidden'],
        [true, 'workload_forbidden'],
      ])
      expect(done).toEqual({ isError: false, text: 'staging' })
      expect(ran).toEqual(['roll-back'])
    })

    test('a caller sees the tools that it may call, and listing uses nothing up', async () => {
      const release = await mint()
      await using({ token: release }, async (client) => {
        const all = ['status', 'deploy', 'roll-back', 'whoami', 'release']
        expect([await client.list(), await client.list()]).toEqual([all, all])
        expect(await client.call('release')).toEqual({ isError: false, text: 'released' })
        expect(JSON.parse((await client.call('release')).text)).toMatchObject({ status: 401, code: 'token_replayed' })
      })
      expect(await using({ token: onDev }, (client) => client.list())).toEqual(['status', 'roll-back', 'whoami'])
      expect(await using({ token: await mint({ repository: 'acme/other' }) }, (client) => client.list())).toEqual([
        'status',
      ])
    })
  })

  const post = async (token: string | undefined, body: unknown, headers: object = {}): Promise<Response> =>
    fetch(`${running.url}/mcp`, {
      method: 'POST',
      headers: {
        ...(token !== undefined && { Authorization: `Bearer ${token}` }),
        Accept: 'application/json, text/event-stream',
        'Content-Type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  const call = (name: string, id = 1): object => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } })

  const foreign = { aud: 'https://other.acme.dev' }
  test.each([
    ['no token', async () => undefined, 401, 'token_missing', ''],
    ['a token for another audience', () => mint(foreign), 401, 'audience_mismatch', 'invalid_token'],
    [
      'a job of another owner',
      () => mint({ repository_owner_id: '666' }),
      403,
      'workload_forbidden',
      'insufficient_scope',
    ],
  ])('%s gets the problem document, and a challenge with the scopes and the metadata', async (...row) => {
    const [, make, status, code, error] = row
    ran.length = 0
    const response = await post(await make(), call('status'))

    expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/problem+json'])
    expect(await response.json()).toMatchObject({ status, code })
    const fault = error === '' ? '' : `, error="${error}", error_description="[^"]+"`
    expect(response.headers.get('www-authenticate')).toMatch(
      new RegExp(
        `^Bearer realm="jobpass"${fault}, scope="deploy roll-back", resource_metadata="https://mcp.acme.dev/.well-known/oauth-protected-resource/mcp"$`,
      ),
    )
    expect(ran).toEqual([])
  })

  test.each(['GET', 'DELETE', 'OPTIONS'])('a %s without a token is refused as well', async (method) => {
    const response = await fetch(`${running.url}/mcp`, { method })
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'token_missing' }])
  })
})

test.each(['deploy', ['a"b'], [''], [7], ['a b'], ['a\\b'], {}])(
  'scopes that no challenge can name are a TypeError at construction: %j',
  (scopes) => {
    const resourceMetadata = { url: 'https://mcp.acme.dev/.well-known/oauth-protected-resource', scopes } as never
    const options = { audience: 'https://mcp.acme.dev', trust: githubActions({ ownerId: '1' }), resourceMetadata }
    expect(() => workloadAuth(options)).toThrow(
      'resourceMetadata takes what resourceMetadata() of @jobpass/exchange makes',
    )
    expect(() => fetchAuth(options)).toThrow(
      'resourceMetadata takes what resourceMetadata() of @jobpass/exchange makes',
    )
  },
)
