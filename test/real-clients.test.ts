// Tokens from clients and servers of other projects.

import type { GitHubActionsWorkload } from '@jobpass/core/internal'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import { getIDToken } from '@actions/core'
import { createVerifier, defineProvider, githubActions, workloadAuth } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import type { TestServer } from '@jobpass/testing/node'
import express from 'express'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import request from 'supertest'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'

describe('the client of GitHub Actions', () => {
  let server: TestServer<GitHubActionsWorkload>
  beforeAll(async () => {
    server = await (await createTestIssuer(githubActions)).listen()
  })
  afterAll(() => server.close())
  afterEach(() => void vi.unstubAllEnvs())

  test("GitHub's client gets a token for an audience, and the API admits it", async () => {
    const app = express()
    app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: server.provider({ ownerId: '1234567' }) }))
    app.get('/whoami', (req, res) => void res.json({ branch: req.workload?.branch }))
    const { env: environment } = await server.startJob({ ref: 'refs/heads/release/1' })
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
    // The client sends the runner a command to mask the token; there is no runner here.
    const output = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    const token = await getIDToken('https://api.acme.dev').finally(() => output.mockRestore())

    const response = await request(app).get('/whoami').set('authorization', `Bearer ${token}`)

    expect({ status: response.status, body: response.body as unknown }).toEqual({
      status: 200,
      body: { branch: 'release/1' },
    })
  })

  test("GitHub's client gets the default audience if it requests none, and the API refuses it", async () => {
    const { env } = await server.startJob()
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret } = env
    const answer = await fetch(url, { headers: { authorization: `bearer ${secret}` } })
    const { value } = (await answer.json()) as { value: string }
    const verifier = createVerifier({
      audience: 'https://api.acme.dev',
      trust: server.provider({ ownerId: '1234567' }),
    })

    await expect(verifier.verify(value)).rejects.toMatchObject({ status: 401, code: 'audience_mismatch' })
  })

  test('GitHub’s client gets nothing without the request token of the job', async () => {
    const { env } = await server.startJob()
    const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '' } = env

    expect((await fetch(url, { headers: { authorization: 'bearer guess' } })).status).toBe(401)
  })
})

describe('a real OpenID Connect server as a custom provider', () => {
  const acme = defineProvider({
    id: 'acme-identity',
    title: 'Acme Identity',
    algorithms: ['RS256'],
    tokenType: 'at+jwt',
    claims: { jti: 'id', client_id: 'id', team: 'name', scope: 'text' },
    identity: { tokenId: 'jti', projectId: 'client_id', owner: 'team' },
    pins: [],
  })
  const audience = 'https://api.acme.dev'
  let server: Server
  let issuer: string

  beforeAll(async () => {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    // The server warns that plain http and its defaults are for development, as here.
    const quiet = [vi.spyOn(console, 'warn').mockReturnValue(), vi.spyOn(console, 'info').mockReturnValue()]
    const provider = new Provider(issuer, {
      jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }] },
      clients: [
        {
          client_id: 'builder',
          client_secret: 'not-a-real-secret',
          grant_types: ['client_credentials'],
          redirect_uris: [],
          response_types: [],
        },
      ],
      extraTokenClaims: () => ({ team: 'acme' }),
      features: {
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: () => ({
            scope: 'deploy',
            audience,
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: 'RS256' } },
          }),
        },
      },
    })
    const handle = provider.callback()
    server.on('request', (req, res) => void handle(req, res))
    for (const spy of quiet) spy.mockRestore()
  })
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })

  const tokenFor = async (): Promise<string> => {
    const body = new URLSearchParams({ grant_type: 'client_credentials', scope: 'deploy', resource: audience })
    const authorization = `Basic ${Buffer.from('builder:not-a-real-secret').toString('base64')}`
    const response = await fetch(`${issuer}/token`, { method: 'POST', body, headers: { authorization } })
    return ((await response.json()) as { access_token: string }).access_token
  }

  test('a real server is found by discovery, and its token yields the identity of the table', async () => {
    const trust = acme.at(issuer, { insecureLoopback: true })({ projectId: 'builder' })
    const workload = await createVerifier({ audience, trust }).verify(await tokenFor())

    expect(workload).toMatchObject({
      provider: 'acme-identity',
      issuer,
      projectId: 'builder',
      owner: 'acme',
      subject: 'builder',
    })
  })

  test('access tokens of a real server are refused as job tokens', async () => {
    const job = defineProvider({
      id: 'job',
      title: 'Job',
      algorithms: ['RS256'],
      claims: { client_id: 'id' },
      identity: { projectId: 'client_id' },
      pins: ['projectId'],
    })
    const trust = job.at(issuer, { insecureLoopback: true })({ projectId: 'builder' })

    await expect(createVerifier({ audience, trust }).verify(await tokenFor())).rejects.toMatchObject({
      code: 'header_unsupported',
    })
  })
})
