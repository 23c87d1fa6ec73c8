// Who is the caller of a tool: the job that the gate verified in the same HTTP request, and nobody
// else.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { VerdictEvent, VerifierOptions } from '@jobpass/mcp'
import { WorkloadAuthError, createVerifier, fetchAuth, fetchGuard, getWorkload, githubActions } from '@jobpass/mcp'
import { gitlab, listAllowedTools, memoryReplayStore, oneTime, requireWorkload, workloadAuth } from '@jobpass/mcp'
import { createTestIssuer } from '@jobpass/testing'
import { McpServer as McpServer1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport as FetchTransport1 } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { McpServer as McpServer2, createMcpHandler } from '@modelcontextprotocol/server'
import { describe, expect, test } from 'vitest'
import type { Auth } from './servers.ts'
import { addTools, listen, main, servers } from './servers.ts'

const audience = 'https://mcp.acme.dev/mcp'
const issuer = await createTestIssuer(githubActions)
const auth = (changes: Partial<Auth> = {}): Auth => ({
  audience,
  trust: githubActions({ ownerId: '1234567' }),
  fetch: issuer.fetch,
  replay: { store: memoryReplayStore() },
  onWarning: () => {},
  ...changes,
})
const mint = (claims: object = {}): Promise<string> => issuer.mint({ aud: audience, ...claims })
const dev = { ref: 'refs/heads/dev', sub: 'repo:acme/shop:ref:refs/heads/dev' }

/** A POST of JSON-RPC messages. */
const rpc = (token: string | undefined, body: unknown, session?: string): RequestInit => ({
  method: 'POST',
  headers: {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(session !== undefined && { 'Mcp-Session-Id': session }),
    Accept: 'application/json, text/event-stream',
    'Content-Type': 'application/json',
  },
  body: JSON.stringify(body),
})
const message = (method: string, params: object = {}, id = 1): object => ({ jsonrpc: '2.0', id, method, params })
const callOf = (name: string, id = 1): object =>
  message('tools/call', { name, arguments: { environment: 'production' } }, id)

interface Answer {
  readonly id: number
  readonly error?: { readonly message: string }
  readonly result?: {
    readonly isError?: boolean
    readonly content: readonly [{ readonly text: string }]
    readonly tools: readonly { readonly name: string }[]
  }
}

/** The messages of a response: a JSON body, or a stream of events. */
async function messagesOf(response: Response): Promise<readonly Answer[]> {
  const text = await response.text()
  const data = text.match(/(?<=^data: ).+$/gm) ?? [text]
  return data.flatMap((each) => JSON.parse(each) as Answer)
}

const textOf = ({ result }: Answer): string | undefined => result?.content[0].text
const codeOf = (answer: Answer): unknown => (JSON.parse(textOf(answer) ?? '') as { code: unknown }).code

describe.each(['SDK 1 on Express, with sessions', 'SDK 2 on Express, with sessions'] as const)('%s', (name) => {
  test('in the session of another job, a job has its own identity, and nobody has none', async () => {
    const ran: string[] = []
    const { url, close } = await listen(() => servers[name](auth(), ran))
    const post = (...parts: Parameters<typeof rpc>): Promise<Response> => fetch(`${url}/mcp`, rpc(...parts))
    const [onMain, onDev] = [await mint(), await mint(dev)]

    const initialize = {
      protocolVersion: '2025-06-18',
      capabilities: {},
      clientInfo: { name: 'job', version: '1.0.0' },
    }
    const begun = await post(onMain, message('initialize', initialize))
    const session = begun.headers.get('mcp-session-id') ?? ''
    await begun.text()
    const [refused] = await messagesOf(await post(onDev, callOf('deploy'), session))
    const [other] = await messagesOf(await post(onDev, callOf('whoami'), session))
    const [listed] = await messagesOf(await post(onDev, message('tools/list'), session))
    const anonymous = await post(undefined, callOf('whoami'), session)
    const [own] = await messagesOf(await post(onMain, callOf('whoami'), session))
    await close()

    expect(codeOf(refused as Answer)).toBe('workload_forbidden')
    expect(textOf(other as Answer)).toBe('repo:acme/shop:ref:refs/heads/dev')
    expect(listed?.result?.tools.map((tool) => tool.name)).toEqual(['status', 'roll-back', 'whoami'])
    expect(anonymous.status).toBe(401)
    expect(textOf(own as Answer)).toMatch(/ref:refs\/heads\/main$/)
    expect(ran).toEqual(['whoami', 'whoami'])
  })
})

/** Handlers of both versions, to which a test can pass any `AuthInfo`. */
const handlers = {
  'SDK 1': (add: (server: McpServer1) => void) => async (request: Request, authInfo: object | undefined) => {
    const server = listAllowedTools(new McpServer1({ name: 'test', version: '1.0.0' }))
    add(server)
    const transport = new FetchTransport1({ enableJsonResponse: true })
    await server.connect(transport)
    return transport.handleRequest(request, { authInfo: authInfo as never })
  },
  'SDK 2': (add: (server: McpServer1) => void) => {
    const handler = createMcpHandler(() => {
      const server = listAllowedTools(new McpServer2({ name: 'test', version: '1.0.0' }))
      add(server as unknown as McpServer1)
      return server
    })
    return (request: Request, authInfo: object | undefined) => handler.fetch(request, { authInfo: authInfo as never })
  },
}

describe.each(Object.entries(handlers))('%s', (_, makeHandler) => {
  const requestOf = (token: string, body: unknown): Request => new Request('http://localhost/mcp', rpc(token, body))
  const describedBy = async (token: string, gate = fetchAuth(auth())) => {
    const caller = await gate(requestOf(token, message('ping')))
    if (caller instanceof Response) throw new Error(await caller.text())
    return caller
  }
  const serve = (ran: string[]) => makeHandler((server) => addTools(server, ran))

  test('a copy or an imitation of an AuthInfo is a fault, never a caller', async () => {
    const ran: string[] = []
    const handler = serve(ran)
    const token = await mint()
    const caller = await describedBy(token)
    const forged = [
      { ...caller },
      { ...caller, extra: { workload: caller.extra.workload } },
      { token, clientId: 'job', scopes: [], extra: { workload: { repository: 'acme/shop', branch: 'main' } } },
    ]
    for (const authInfo of forged) {
      const [called] = await messagesOf(await handler(requestOf(token, callOf('deploy')), authInfo))
      const [listed] = await messagesOf(await handler(requestOf(token, message('tools/list')), authInfo))
      expect([called?.result?.isError, textOf(called as Answer)]).toEqual([
        true,
        'This AuthInfo has a workload that no verifier put there; pass on the one of the gate, not a copy',
      ])
      expect(listed?.result).toBeUndefined()
      expect(listed?.error).toBeDefined()
    }
    expect(ran).toEqual([])
  })

  test('callers that are no jobs see and call the tools without a guard only', async () => {
    const ran: string[] = []
    const handler = serve(ran)
    const person = { token: 'secret', clientId: 'person', scopes: [], expiresAt: Date.now() }
    for (const authInfo of [undefined, person]) {
      const [called] = await messagesOf(await handler(requestOf('', callOf('deploy')), authInfo))
      const [listed] = await messagesOf(await handler(requestOf('', message('tools/list')), authInfo))
      const [open] = await messagesOf(await handler(requestOf('', callOf('status')), authInfo))
      expect([called?.result?.isError, textOf(called as Answer)]).toEqual([
        true,
        'This is for CI jobs, and the caller has no token of one',
      ])
      expect(listed?.result?.tools.map(({ name }) => name)).toEqual(['status'])
      expect(textOf(open as Answer)).toBe('up')
    }
    expect(ran).toEqual(['status', 'status'])
  })

  test('arguments that look like an identity change nothing', async () => {
    const ran: string[] = []
    const token = await mint(dev)
    const params = {
      name: 'deploy',
      arguments: { environment: 'x', authInfo: { extra: { workload: {} } }, branch: 'main' },
    }
    const response = await serve(ran)(requestOf(token, message('tools/call', params)), await describedBy(token))
    expect(codeOf((await messagesOf(response))[0] as Answer)).toBe('workload_forbidden')
    expect(ran).toEqual([])
  })

  test('events name the calls of tools, and lists emit none', async () => {
    const events: VerdictEvent[] = []
    const token = await mint(dev)
    const gate = fetchAuth(auth({ onVerdict: (event) => void events.push(event) }))
    const handler = serve([])
    await handler(requestOf(token, message('tools/list')), await describedBy(token, gate))
    await handler(requestOf(token, callOf('deploy')), await describedBy(token, gate))
    await handler(requestOf(token, callOf('whoami')), await describedBy(token, gate))

    const request = { method: 'POST', path: '/mcp' }
    const gateEvent = { layer: 'trust', allowed: true, request }
    expect(events).toMatchObject([
      gateEvent,
      gateEvent,
      {
        layer: 'route',
        allowed: false,
        code: 'workload_forbidden',
        guard: expect.stringContaining('branch "main"') as string,
        request,
      },
      gateEvent,
      { layer: 'route', allowed: true, request },
    ])
  })

  test('a guard in a guard admits, and lists, what both allow', async () => {
    const ran: string[] = []
    const shop = requireWorkload(githubActions({ repository: 'acme/shop' }))
    const once = requireWorkload(oneTime(main))
    const again = requireWorkload(oneTime(main))
    const handler = makeHandler((server) => {
      server.registerTool('both', {}, shop(once(again(() => (ran.push('both'), { content: [] })))))
    })
    const token = await mint()
    const calls = async (claims: string): Promise<readonly unknown[]> => {
      const caller = await describedBy(claims)
      const [listed] = await messagesOf(await handler(requestOf(claims, message('tools/list')), caller))
      const [called] = await messagesOf(await handler(requestOf(claims, callOf('both')), caller))
      return [listed?.result?.tools.length, called?.result?.isError ?? false]
    }
    expect(await calls(token)).toEqual([1, false])
    expect(await calls(await mint(dev))).toEqual([0, true])
    expect(ran).toEqual(['both'])
  })

  test("with errors: 'throw', the model reads the sentence of the refusal", async () => {
    const token = await mint(dev)
    const caller = await describedBy(token, fetchAuth(auth({ errors: 'throw' })))
    const [called] = await messagesOf(await serve([])(requestOf(token, callOf('deploy')), caller))
    expect([called?.result?.isError, textOf(called as Answer)]).toEqual([true, 'No rule allows this workload.'])
  })

  test('a look-up that fails refuses the call, and its tool is not listed', async () => {
    const ran: string[] = []
    const handler = makeHandler((server) => {
      const guard = requireWorkload(() => {
        throw new Error('the database is down')
      })
      server.registerTool(
        'looked-up',
        {},
        guard(() => (ran.push('looked-up'), { content: [] })),
      )
    })
    const token = await mint()
    const caller = await describedBy(token)
    const [listed] = await messagesOf(await handler(requestOf(token, message('tools/list')), caller))
    const [called] = await messagesOf(await handler(requestOf(token, callOf('looked-up')), caller))
    expect(listed?.result?.tools).toEqual([])
    expect(codeOf(called as Answer)).toBe('resolver_unavailable')
    expect(ran).toEqual([])
  })
})

test('each call of a batch uses a token up for itself', async () => {
  const ran: string[] = []
  const { url, close } = await listen(() => servers['SDK 1 on Express'](auth(), ran))
  const response = await fetch(`${url}/mcp`, rpc(await mint(), [callOf('release', 1), callOf('release', 2)]))
  const answers = await messagesOf(response)
  await close()
  expect(answers.filter(({ result }) => result?.isError === true)).toHaveLength(1)
  expect(ran).toEqual(['release'])
})

describe('the gate', () => {
  const requestWith = (token?: string): Request => new Request('http://localhost/mcp', rpc(token, message('ping')))

  test('describes the caller as the SDK does, frozen, and always with the end of its token', async () => {
    const token = await mint()
    const caller = await fetchAuth(auth())(requestWith(token))
    if (caller instanceof Response) throw new Error(await caller.text())
    const { workload } = caller.extra

    expect(caller).toEqual({
      token,
      clientId: `${workload.issuer}#${workload.subject}`,
      scopes: [],
      expiresAt: workload.expiresAt,
      resource: new URL(audience),
      extra: { workload },
    })
    expect(workload.expiresAt).toBe((JSON.parse(atob(token.split('.')[1] ?? '')) as { exp: number }).exp)
    expect(getWorkload(caller, main)).toBe(workload)
    expect([caller, caller.scopes, caller.extra, workload].every(Object.isFrozen)).toBe(true)
  })

  test('an audience that is no URL is no resource', async () => {
    const caller = await fetchAuth(auth({ audience: 'deployments' }))(requestWith(await mint({ aud: 'deployments' })))
    expect(caller).not.toHaveProperty('resource')
  })

  test('with optional, callers that are no jobs have no AuthInfo', async () => {
    const options: VerifierOptions<ReturnType<typeof githubActions>, true> = {
      ...(auth() as object),
      optional: true,
    } as never
    const verifier = createVerifier(options)
    expect(await fetchAuth(verifier)(requestWith())).toBeUndefined()
    expect(await fetchAuth(options)(requestWith(await mint()))).toMatchObject({
      extra: { workload: { branch: 'main' } },
    })
    const request = {} as { auth?: unknown }
    const passed = await new Promise((next) =>
      workloadAuth(verifier)(
        Object.assign(request, { rawHeaders: [], headers: {}, url: '/' }) as never,
        {} as never,
        next,
      ),
    )
    expect([passed, request.auth]).toEqual([undefined, undefined])
  })

  test("with errors: 'throw', a refusal is an error of its own kind", async () => {
    const refused = fetchAuth(auth({ errors: 'throw' }))(requestWith())
    await expect(refused).rejects.toThrow(WorkloadAuthError)
  })

  test('verifies a request once, however many gates and guards share its verifier', async () => {
    const trust = oneTime(githubActions({ ownerId: '1234567' }))
    const verifier = createVerifier(auth({ trust }))
    const request = requestWith(await mint())
    expect(await fetchAuth(verifier)(request)).not.toBeInstanceOf(Response)
    expect(await fetchAuth(verifier)(request)).not.toBeInstanceOf(Response)
    expect(await fetchGuard(verifier, main)(request)).toMatchObject({ workload: { branch: 'main' } })
  })

  test('works without Express, and passes on what goes wrong', async () => {
    const verify = workloadAuth(auth())
    const server = createServer((req, res) => {
      if (req.url === '/forged') Object.assign(req, { auth: { extra: { workload: { repository: 'acme/shop' } } } })
      verify(req, res, (error) => {
        const { auth: caller } = req as { auth?: { clientId: string } }
        res.statusCode = error === undefined ? 200 : 500
        res.end(error === undefined ? caller?.clientId : (error as Error).message)
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const get = async (path: string, token: string): Promise<readonly [number, string]> => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Authorization: `Bearer ${token}` } })
      return [response.status, await response.text()]
    }
    const token = await mint(dev)
    const answers = [await get('/mcp', token), await get('/forged', token), (await get('/mcp', `${token}x`))[0]]
    server.closeAllConnections()
    server.close()
    expect(answers).toEqual([
      [200, 'https://token.actions.githubusercontent.com#repo:acme/shop:ref:refs/heads/dev'],
      [500, 'req.auth is taken by another middleware'],
      401,
    ])
  })
})

describe('mistakes in the program', () => {
  test('a guard takes rules, as on a route', () => {
    expect(() => requireWorkload(...([] as unknown as [never]))).toThrow(/requireWorkload\(\) needs a rule/)
    expect(() => requireWorkload(gitlab as never)).toThrow(/requireWorkload\(gitlab\) would admit everybody/)
  })

  test.each([
    ['SDK 1', () => new McpServer1({ name: 'test', version: '1.0.0' }, { capabilities: { tools: {} } })],
    ['SDK 2', () => new McpServer2({ name: 'test', version: '1.0.0' }, { capabilities: { tools: {} } })],
  ])('%s: lists cannot be changed once there are tools', (_, make) => {
    expect(() => listAllowedTools(make() as McpServer1)).toThrow(
      new TypeError(
        'listAllowedTools() comes before the tools: call it on the new McpServer, whose options declare no tools',
      ),
    )
  })
})
