// Service tokens on MCP servers: the OAuth support of the SDK's clients finds the exchange by the
// challenge, and gets a token with the CI token of the job (RFC 7523), as SEP-1933 describes, in
// every adapter.

import 'reflect-metadata'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { createExchange, resourceMetadata, serviceTokens, viaExchange } from '@jobpass/exchange'
import * as onExpress from '@jobpass/express'
import * as onFastify from '@jobpass/fastify'
import * as onHono from '@jobpass/hono'
import * as onKoa from '@jobpass/koa'
import { createVerifier, githubActions, listAllowedTools, memoryReplayStore } from '@jobpass/mcp'
import { fetchAuth, getWorkload, requireWorkload, workloadAuth } from '@jobpass/mcp'
import { createTestIssuer } from '@jobpass/testing'
import { CrossAppAccessProvider, StaticPrivateKeyJwtProvider as AssertionProvider2 } from '@modelcontextprotocol/client'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { StaticPrivateKeyJwtProvider as AssertionProvider1 } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport as NodeTransport1 } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { McpServer as McpServer2, createMcpHandler } from '@modelcontextprotocol/server'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeKey } from '../exchange/service.ts'
import type { Listening } from './servers.ts'
import { clients, listen } from './servers.ts'

const issuer = await createTestIssuer(githubActions)
const key = await makeKey()
const main = githubActions({ repository: 'acme/shop', branch: 'main' })

/** A job as an OAuth client of the SDK: nothing is registered, and its CI token is the grant. */
class JobProvider {
  readonly redirectUrl = undefined
  // Client 1 does not pass on the scope of the challenge.
  readonly clientMetadata = { redirect_uris: [], token_endpoint_auth_method: 'none', scope: 'deploy' }
  readonly #getToken: (audience: string) => Promise<string>
  #issuer = ''
  #tokens: object | undefined

  constructor(getToken: (audience: string) => Promise<string>) {
    this.#getToken = getToken
  }

  clientInformation(): object {
    return { client_id: 'ci-job' }
  }
  tokens(): object | undefined {
    return this.#tokens
  }
  saveTokens(tokens: object): void {
    this.#tokens = tokens
  }
  saveDiscoveryState({ authorizationServerUrl }: { authorizationServerUrl: string }): void {
    this.#issuer = authorizationServerUrl
  }
  redirectToAuthorization(): void {
    throw new Error('a job cannot sign in')
  }
  saveCodeVerifier(): void {}
  codeVerifier(): string {
    throw new Error('a job has no code')
  }
  async prepareTokenRequest(scope?: string): Promise<URLSearchParams> {
    const assertion = await this.#getToken(this.#issuer)
    return new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion,
      ...(scope !== undefined && { scope }),
    })
  }
}

/** An exchange and the parts of an MCP server that trusts it. */
async function partsAt(origin: string, ran: string[]) {
  const [resource, auth] = [`${origin}/mcp`, `${origin}/auth`]
  const replay = { store: memoryReplayStore() }
  const shared = { fetch: issuer.fetch, replay, onWarning: () => {} }
  const exchange = await createExchange({
    issuer: auth,
    verifier: createVerifier({ ...shared, audience: auth, trust: githubActions({ ownerId: '1234567' }) }),
    grants: [
      { name: 'deploy', rule: githubActions({ repository: 'acme/shop' }), scopes: ['deploy'], audience: resource },
    ],
    keys: [{ privateKey: key }],
    insecureLoopback: true,
    singleProcess: true,
  })
  const metadata = resourceMetadata({
    resource,
    authorizationServers: [auth],
    scopes: ['deploy'],
    insecureLoopback: true,
  })
  const verifier = createVerifier({
    ...shared,
    audience: resource,
    trust: serviceTokens(auth, { jobs: githubActions, fetch: exchange.fetch, insecureLoopback: true }),
    resourceMetadata: metadata,
  })
  const addTools = (server: McpServer1): McpServer1 => {
    const rule = viaExchange(main, { scope: 'deploy' })
    const guard = requireWorkload(rule)
    server.registerTool(
      'deploy',
      {},
      guard((context) => {
        ran.push('deploy')
        const { job, scopes } = getWorkload(context, rule)
        return { content: [{ type: 'text', text: `${job.branch} with ${scopes.join()}` }] }
      }),
    )
    return server
  }
  return { exchange, metadata, verifier, addTools }
}

type Parts = Awaited<ReturnType<typeof partsAt>>
const info = { name: 'deployments', version: '1.0.0' }

/** The MCP endpoint of version 2 of the SDK. */
const mcpHandler = ({ addTools }: Parts) =>
  createMcpHandler((): McpServer2 => addTools(listAllowedTools(new McpServer2(info)) as never) as never)

type NodeHandler = (req: IncomingMessage, res: ServerResponse, body?: unknown) => unknown
type Next = (error?: unknown) => void

/** The same behind its gate, on the requests of Node. */
function nodeMcp(parts: Parts): NodeHandler {
  const [gate, handler] = [workloadAuth(parts.verifier), toNodeHandler(mcpHandler(parts)) as NodeHandler]
  return (req, res, body) => gate(req, res, () => void handler(req, res, body))
}

/** The same on `Request` and `Response`. */
function fetchMcp(parts: Parts): (request: Request) => Promise<Response> {
  const [gate, handler] = [fetchAuth(parts.verifier), mcpHandler(parts)]
  return async (request) => {
    const caller = await gate(request)
    return caller instanceof Response ? caller : handler.fetch(request, { authInfo: caller })
  }
}

/** An exchange and an MCP server in one application of each framework. */
const servers: Readonly<Record<string, (parts: Parts) => RequestListener | Promise<RequestListener>>> = {
  'SDK 1 on Express': ({ addTools, exchange, metadata, verifier }) => {
    const serve = (req: express.Request, res: express.Response, next: Next): void => {
      const transport = new NodeTransport1()
      const server = addTools(listAllowedTools(new McpServer1(info)))
      server
        .connect(transport)
        .then(() => transport.handleRequest(req as never, res, req.body))
        .catch(next)
    }
    const app = express()
    app.use(onExpress.endpoints(metadata, exchange))
    app.use('/mcp', workloadAuth(verifier), express.json(), serve)
    return app
  },
  'SDK 2 on Express': (parts) => {
    const mcp = nodeMcp(parts)
    const app = express()
    app.use(onExpress.endpoints(parts.metadata, parts.exchange))
    app.use('/mcp', express.json(), (req, res) => void mcp(req, res, req.body))
    return app
  },
  'SDK 2 on Koa': (parts) => {
    const mcp = nodeMcp(parts)
    const app = new Koa()
    app.use(onKoa.endpoints(parts.metadata, parts.exchange))
    app.use((ctx) => {
      ctx.respond = false
      mcp(ctx.req, ctx.res)
    })
    return app.callback()
  },
  'SDK 2 on Fastify': async (parts) => {
    const mcp = nodeMcp(parts)
    const app = fastify()
    await app.register(onFastify.endpoints(parts.metadata, parts.exchange))
    app.all('/mcp', (request, reply) => {
      reply.hijack()
      mcp(request.raw, reply.raw, request.body)
    })
    await app.ready()
    return (req, res) => app.routing(req, res)
  },
  'SDK 2 on Hono': (parts) => {
    const mcp = fetchMcp(parts)
    const app = new Hono()
    app.use(onHono.endpoints(parts.metadata, parts.exchange))
    app.all('/mcp', (c) => mcp(c.req.raw))
    return getRequestListener(app.fetch, { overrideGlobalObjects: false })
  },
  'SDK 2 on NestJS': async (parts) => {
    const mcp = nodeMcp(parts)
    class AppModule {}
    Module({})(AppModule)
    const app = await NestFactory.create(AppModule, new ExpressAdapter(), { logger: false })
    app.use(onExpress.endpoints(parts.metadata, parts.exchange))
    app.use('/mcp', (req: express.Request, res: express.Response) => void mcp(req, res, req.body))
    await app.init()
    return app.getHttpAdapter().getInstance() as RequestListener
  },
  'SDK 2 in a fetch handler': (parts) => {
    const mcp = fetchMcp(parts)
    const serve = async (request: Request): Promise<Response> => {
      const { pathname: path } = new URL(request.url)
      const headers = (name: string): readonly string[] => [request.headers.get(name) ?? []].flat()
      for (const endpoint of [parts.metadata, parts.exchange]) {
        const asked = { method: request.method, path, headers, body: () => request.text() }
        const answer = await endpoint.answer(asked)
        if (answer) return new Response(answer.body, { status: answer.status, headers: { ...answer.headers } })
      }
      return mcp(request)
    }
    return getRequestListener(serve, { overrideGlobalObjects: false })
  },
}

describe.each(Object.entries(servers))('%s', (_, serve) => {
  const ran: string[] = []
  let running: Listening
  beforeAll(async () => {
    running = await listen(async (origin) => serve(await partsAt(origin, ran)))
  })
  afterAll(() => running.close())

  const providers = {
    'a provider of the application': (claims: object) =>
      new JobProvider((audience) => issuer.mint({ aud: audience, ...claims })),
    'the provider of client 2 for RFC 7523': (claims: object) =>
      new CrossAppAccessProvider({
        clientId: 'ci-job',
        clientSecret: 'not sent',
        expectedIssuer: `${running.url}/auth`,
        assertion: ({ authorizationServerUrl }) => issuer.mint({ aud: authorizationServerUrl, ...claims }),
      }),
    // The job is the client, and authenticates by its CI token (RFC 7523 §2.2).
    'the provider of client 1 for client_credentials': async (claims: object) =>
      new AssertionProvider1(await byCiToken(claims)),
    'the provider of client 2 for client_credentials': async (claims: object) =>
      new AssertionProvider2(await byCiToken(claims)),
  }
  const byCiToken = async (claims: object) => {
    const expectedIssuer = `${running.url}/auth`
    const token = await issuer.mint({ aud: expectedIssuer, ...claims })
    return { clientId: 'ci-job', jwtBearerAssertion: token, scope: 'deploy', expectedIssuer }
  }

  const pairs = Object.entries(clients).flatMap(([client, connect]) =>
    Object.entries(providers).map(([name, provide]) => [client, name, connect, provide] as const),
  )
  const foreign = (client: string, name: string): boolean =>
    client === 'client 1' ? name.includes('client 2') : name.includes('client 1')
  test.each(pairs.filter(([client, name]) => !foreign(client, name)))(
    '%s with %s exchanges the CI token by itself, and calls a tool',
    async (_client, _name, connect, provide) => {
      ran.length = 0
      const client = await connect(`${running.url}/mcp`, { authProvider: await provide({}) })
      const listed = await client.list()
      const called = await client.call('deploy')
      await client.close()
      expect([listed, called]).toEqual([['deploy'], { isError: false, text: 'main with deploy' }])
      expect(ran).toEqual(['deploy'])
    },
  )

  test.each(Object.entries(clients))('%s reads why a tool refuses the job behind a service token', async (...row) => {
    ran.length = 0
    const [, connect] = row
    const client = await connect(`${running.url}/mcp`, {
      authProvider: providers['a provider of the application']({ ref: 'refs/heads/dev' }),
    })
    const listed = await client.list()
    const { isError, text } = await client.call('deploy')
    await client.close()
    expect([listed, isError]).toEqual([[], true])
    expect(JSON.parse(text)).toMatchObject({
      code: 'workload_forbidden',
      checks: [{ field: 'job.branch', operator: 'equals', actual: 'dev' }],
    })
    expect(ran).toEqual([])
  })
})

test('the AuthInfo of a service token has its scopes, and names the job', async () => {
  const origin = 'http://127.0.0.1:1'
  const { exchange, verifier } = await partsAt(origin, [])
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: await issuer.mint({ aud: `${origin}/auth` }),
    scope: 'deploy',
  })
  const answer = await exchange.answer({
    method: 'POST',
    path: '/auth/token',
    headers: (name) => (name === 'content-type' ? ['application/x-www-form-urlencoded'] : []),
    body: async () => form.toString(),
  })
  const { access_token: token } = JSON.parse(answer?.body ?? '') as { access_token: string }
  const caller = await fetchAuth(verifier)(
    new Request(`${origin}/mcp`, { headers: { Authorization: `Bearer ${token}` } }),
  )
  if (caller instanceof Response) throw new Error(await caller.text())
  const { job } = caller.extra.workload
  expect(caller).toMatchObject({
    token,
    clientId: `${origin}/auth#${job.issuer}#${job.subject}`,
    scopes: ['deploy'],
    resource: new URL(`${origin}/mcp`),
  })
})
