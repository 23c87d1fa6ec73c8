/**
 * MCP servers and clients of both versions of the SDK, over real HTTP, with only the code that a
 * user of each would write.
 */

import { once } from 'node:events'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { FetchAuth, Types, VerifierOptions } from '@jobpass/mcp'
import { fetchAuth, getMatched, getWorkload, githubActions, listAllowedTools } from '@jobpass/mcp'
import { oneTime, requireWorkload, workloadAuth } from '@jobpass/mcp'
import * as v2client from '@modelcontextprotocol/client'
import { NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node'
import { Client as Client1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as ClientTransport1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as McpServer1, ResourceTemplate as ResourceTemplate1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport as NodeTransport1 } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { WebStandardStreamableHTTPServerTransport as FetchTransport1 } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import * as v2 from '@modelcontextprotocol/server'
import express from 'express'
import { Hono } from 'hono'
import { z } from 'zod'

/** The options of a gate, for jobs only. */
export type Auth = VerifierOptions<Types.Trusted, false>

const shop = { repository: 'acme/shop' } as const
export const main = githubActions({ ...shop, branch: 'main' })

/** The rules of an environment of one repository, as a database would have them. */
const rulesOf = (environment: unknown) =>
  environment === 'production' ? main : environment === 'staging' ? githubActions(shop) : undefined

type Text = { content: { type: 'text'; text: string }[] }
const say = (text: string): Text => ({ content: [{ type: 'text', text }] })

/** A prompt, a resource and a template of addresses, each with the guard of a tool. */
function addOthers(made: McpServer1 | v2.McpServer, ran: string[]): void {
  const server = made as McpServer1
  const read = ({ href }: URL, text: string) => (ran.push(href), { contents: [{ uri: href, text }] })

  server.registerPrompt(
    'runbook',
    {},
    requireWorkload(main)((context) => {
      ran.push('runbook')
      const text = `as ${getWorkload(context, main).branch}`
      return { messages: [{ role: 'user' as const, content: { type: 'text' as const, text } }] }
    }),
  )
  server.registerResource(
    'log',
    'deployments://log',
    {},
    requireWorkload(main)((uri) => read(uri, 'all deployments')),
  )
  const template = made instanceof McpServer1 ? ResourceTemplate1 : v2.ResourceTemplate
  server.registerResource(
    'environment',
    new template('deployments://environments/{environment}', { list: undefined }) as ResourceTemplate1,
    {},
    requireWorkload((_, args) => rulesOf(args?.['environment']))((uri, { environment }) =>
      read(uri, String(environment)),
    ),
  )
}

/**
 * The tools of each server. `ran` gets the name of each tool whose handler runs. The handlers are
 * those of both versions; each version has a server type of its own.
 */
export function addTools(server: McpServer1 | v2.McpServer, ran: string[]): void {
  const register = server.registerTool.bind(server) as McpServer1['registerTool']
  const run = (name: string, text: string): Text => (ran.push(name), say(text))
  const input = { inputSchema: z.object({ environment: z.string() }) }

  register('status', { description: 'Open to every caller of the gate' }, () => run('status', 'up'))
  register(
    'deploy',
    input,
    requireWorkload(main)(({ environment }, context) => {
      const { repository, branch } = getWorkload(context, main)
      return run('deploy', `${repository}@${branch} to ${environment}, by ${getMatched(context).rule === main}`)
    }),
  )
  register(
    'roll-back',
    input,
    // Without arguments, tools are being listed: every job of the repository sees this one.
    requireWorkload((_, args) => (args === undefined ? githubActions(shop) : rulesOf(args['environment'])))(
      ({ environment }) => run('roll-back', environment),
    ),
  )
  register(
    'whoami',
    {},
    requireWorkload(githubActions(shop))((context) => run('whoami', getWorkload(context).subject)),
  )
  register(
    'release',
    {},
    requireWorkload(oneTime(main))(() => run('release', 'released')),
  )
}

const info = { name: 'deployments', version: '1.0.0' }
const server1 = (ran: string[]): McpServer1 => {
  const server = listAllowedTools(new McpServer1(info))
  addTools(server, ran)
  addOthers(server, ran)
  return server
}
const server2 = (ran: string[]): v2.McpServer => {
  const server = listAllowedTools(new v2.McpServer(info))
  addTools(server, ran)
  addOthers(server, ran)
  return server
}

/** A handler of both versions that keeps one transport per session. */
function sessions<T extends { readonly sessionId?: string | undefined }>(
  open: (opened: (id: string) => void) => Promise<T>,
): (id: string | undefined) => Promise<T> {
  const kept = new Map<string, T>()
  return async (id) => {
    const known = id === undefined ? undefined : kept.get(id)
    if (known !== undefined) return known
    const made: T = await open((session) => void kept.set(session, made))
    return made
  }
}

type Handle = (req: IncomingMessage, res: ServerResponse, body: unknown) => Promise<void>

/** An Express app with the gate in front of an MCP endpoint. */
function onExpress(auth: Auth, handle: Handle): RequestListener {
  const app = express()
  app.set('env', 'test')
  app.use('/mcp', workloadAuth(auth), express.json())
  app.all('/mcp', (req, res, next) => void handle(req, res, req.body).catch(next))
  return app
}

type AuthInfo = Exclude<Awaited<ReturnType<FetchAuth<Types.GitHubActionsWorkload>>>, Response>

/** A server of `Request` and `Response` with the gate in front of an MCP endpoint. */
function onFetch(auth: Auth, handle: (request: Request, authInfo: AuthInfo) => Promise<Response>): RequestListener {
  const gate = fetchAuth(auth)
  const app = new Hono()
  app.all('/mcp', async (c) => {
    const caller = await gate(c.req.raw)
    return caller instanceof Response ? caller : handle(c.req.raw, caller as AuthInfo)
  })
  return getRequestListener(app.fetch, { overrideGlobalObjects: false })
}

const session = { sessionIdGenerator: () => crypto.randomUUID() }
const sessionOf = (req: IncomingMessage): string | undefined => req.headers['mcp-session-id'] as string | undefined

/** The servers: with the gate for Node and for `Request`, without and with sessions. */
export const servers = {
  'SDK 1 on Express': (auth, ran) =>
    onExpress(auth, async (req, res, body) => {
      const transport = new NodeTransport1()
      await server1(ran).connect(transport)
      await transport.handleRequest(req, res, body)
    }),
  'SDK 1 on Express, with sessions': (auth, ran) => {
    const find = sessions(async (onsessioninitialized) => {
      const transport = new NodeTransport1({ ...session, onsessioninitialized })
      await server1(ran).connect(transport)
      return transport
    })
    return onExpress(auth, async (req, res, body) => (await find(sessionOf(req))).handleRequest(req, res, body))
  },
  'SDK 1 on Hono': (auth, ran) =>
    onFetch(auth, async (request, authInfo) => {
      const transport = new FetchTransport1()
      await server1(ran).connect(transport)
      return transport.handleRequest(request, { authInfo })
    }),
  'SDK 2 on Express': (auth, ran) => {
    const handler = toNodeHandler(v2.createMcpHandler(() => server2(ran)))
    return onExpress(auth, async (req, res, body) => handler(req as never, res, body))
  },
  'SDK 2 on Express, with sessions': (auth, ran) => {
    const find = sessions(async (onsessioninitialized) => {
      const transport = new NodeStreamableHTTPServerTransport({ ...session, onsessioninitialized })
      await server2(ran).connect(transport)
      return transport
    })
    return onExpress(auth, async (req, res, body) => (await find(sessionOf(req))).handleRequest(req, res, body))
  },
  'SDK 2 on Hono': (auth, ran) => {
    const handler = v2.createMcpHandler(() => server2(ran))
    return onFetch(auth, (request, authInfo) => handler.fetch(request, { authInfo }))
  },
} satisfies Readonly<Record<string, (auth: Auth, ran: string[]) => RequestListener>>

/** A server that listens. */
export interface Listening {
  readonly url: string
  readonly close: () => Promise<void>
}

/** Starts a server on loopback; the listener may need its own address. */
export async function listen(make: (origin: string) => RequestListener | Promise<RequestListener>): Promise<Listening> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  server.on('request', await make(url))
  return {
    url,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** A connected client. */
export interface Connected {
  /** Names of the tools that the server lists. */
  list(): Promise<readonly string[]>
  /** Calls a tool; the arguments are one environment. */
  call(name: string, environment?: string): Promise<{ readonly isError: boolean; readonly text: string }>
  /** The text of the prompt `runbook`. */
  prompt(): Promise<unknown>
  /** The text of a resource. */
  read(uri: string): Promise<unknown>
  close(): Promise<void>
}

interface AnyClient {
  listTools(): Promise<{ readonly tools: readonly { readonly name: string }[] }>
  callTool(call: { name: string; arguments: Record<string, unknown> }): Promise<unknown>
  getPrompt(prompt: { name: string }): Promise<unknown>
  readResource(resource: { uri: string }): Promise<unknown>
  close(): Promise<void>
}

function connected(client: AnyClient): Connected {
  return {
    list: async () => (await client.listTools()).tools.map(({ name }) => name),
    call: async (name, environment) => {
      const result = await client.callTool({ name, arguments: environment === undefined ? {} : { environment } })
      const { isError = false, content } = result as { isError?: boolean; content: [{ text: string }] }
      return { isError, text: content[0].text }
    },
    prompt: async () => {
      const { messages } = (await client.getPrompt({ name: 'runbook' })) as {
        messages: [{ content: { text: string } }]
      }
      return messages[0].content.text
    },
    read: async (uri) => {
      const { contents } = (await client.readResource({ uri })) as { contents: [{ text: string }] }
      return contents[0].text
    },
    close: () => client.close(),
  }
}

/** How a client authenticates: with a token, or by a provider of the SDK's OAuth support. */
export type Credentials = { readonly token: string } | { readonly authProvider: object }

const transportOptions = (credentials: Credentials): object =>
  'token' in credentials ? { requestInit: { headers: { Authorization: `Bearer ${credentials.token}` } } } : credentials

const modern = (mode: 'legacy' | 'auto') => async (url: string, credentials: Credentials) => {
  const client = new v2client.Client(info, { versionNegotiation: { mode } })
  await client.connect(new v2client.StreamableHTTPClientTransport(new URL(url), transportOptions(credentials)))
  return connected(client)
}

/** The clients: version 2 with the protocol of 2025 and, where the server has it, that of 2026. */
export const clients = {
  'client 1': async (url, credentials) => {
    const client = new Client1(info)
    await client.connect(new ClientTransport1(new URL(url), transportOptions(credentials)))
    return connected(client)
  },
  'client 2': modern('legacy'),
  'client 2 of 2026': modern('auto'),
} satisfies Readonly<Record<string, (url: string, credentials: Credentials) => Promise<Connected>>>
