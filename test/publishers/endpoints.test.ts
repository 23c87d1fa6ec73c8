// The endpoints of publishers on Express, Hono, Koa and Fastify: what they answer, and to whom.

import { PGlite } from '@electric-sql/pglite'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { serve } from '@hono/node-server'
import type { Endpoint, EndpointRequest } from '@jobpass/core'
import { githubActions, gitlab } from '@jobpass/core'
import { endpoints as onExpress } from '@jobpass/express'
import { endpoints as onFastify } from '@jobpass/fastify'
import { endpoints as onHono } from '@jobpass/hono'
import { endpoints as onKoa } from '@jobpass/koa'
import {
  createPublishers,
  postgresPublishers,
  publisherApi,
  publisherPage,
  sqlDatabase,
  StoreUnavailable,
} from '@jobpass/publishers'
import type { PublisherStore } from '@jobpass/publishers'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'

const origin = 'https://packages.example'
const secret = 'a secret of at least 32 characters'
const outages: unknown[] = []
const client = await PGlite.create()
const store = await postgresPublishers(sqlDatabase(client), { claimProject: async () => true })
afterAll(() => client.close())

/** By a bearer session, as a command line has it. */
const authorize = (request: EndpointRequest, project: string) =>
  request.headers('authorization')[0] === 'Bearer of-ada' && project !== 'evil'
    ? { account: 'acme', session: 'of-ada' }
    : undefined

const optionsOf = (of: PublisherStore) => ({
  publishers: createPublishers({ store: of, providers: [githubActions, gitlab] }),
  origin,
  authorize,
  onOutage: (cause: unknown) => void outages.push(cause),
})
const endpointsOf = (of: PublisherStore): readonly [Endpoint, Endpoint] => [
  publisherApi(optionsOf(of)),
  publisherPage({ ...optionsOf(of), secret }),
]
const [api, page] = endpointsOf(store)

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => server.once('listening', () => resolve(server)))

const servers: Readonly<Record<string, () => Promise<Server>>> = {
  express: () => listening(createServer(express().use(onExpress(api, page))).listen(0, '127.0.0.1')),
  koa: () => listening(createServer(new Koa().use(onKoa(api, page)).callback()).listen(0, '127.0.0.1')),
  hono: () => {
    const app = new Hono().use(onHono(api, page))
    return listening(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1', overrideGlobalObjects: false }))
  },
  fastify: async () => {
    const app = fastify()
    await app.register(onFastify(api, page))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return app.server
  },
}

const github = 'https://token.actions.githubusercontent.com'
const bound = { issuer: github, ownerId: '1234567', repositoryId: '74205118' }
const signedIn = { Authorization: 'Bearer of-ada' }
const json = { ...signedIn, 'Content-Type': 'application/json' }

describe.each(Object.entries(servers))('on %s', (_, start) => {
  let server: Server
  let address: string
  beforeAll(async () => {
    server = await start()
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return () => void server.close()
  })
  beforeEach(async () => {
    await client.query('truncate jobpass_publishers, jobpass_publisher_records, jobpass_publisher_changes')
  })

  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = json,
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(address + path, { method, headers, ...(body !== undefined && { body: text }) })
    const answer = await response.text()
    return {
      status: response.status,
      headers: response.headers,
      body: answer.startsWith('{') ? (JSON.parse(answer) as Readonly<Record<string, unknown>>) : answer,
    }
  }
  const outcome = async (...args: Parameters<typeof call>): Promise<string> => {
    const { status, body } = await call(...args)
    return typeof body === 'object' && 'code' in body ? `${status} ${String(body['code'])}` : String(status)
  }

  test('a program adds, lists and removes publishers', async () => {
    const added = await call('POST', '/api/publishers/%40acme%2Fshop', bound)
    expect(added).toMatchObject({ status: 201, body: { project: '@acme/shop', account: 'acme', ...bound } })
    expect(
      await call('POST', '/api/publishers/%40acme%2Fshop', { issuer: github, ownerId: '1', repository: 'a/b' }),
    ).toMatchObject({
      status: 201,
      body: { expiresAt: expect.any(String) },
    })
    const { body } = await call('GET', '/api/publishers/%40acme%2Fshop', undefined, signedIn)
    expect(body).toMatchObject({
      publishers: [bound, { repository: 'a/b' }],
      uses: [],
      refusals: [],
      changes: [
        { action: 'added', by: 'acme', at: expect.any(String), publisher: { repository: 'a/b' } },
        { action: 'added', by: 'acme', publisher: bound },
      ],
    })
    const { id } = added.body as { readonly id: string }
    expect(await outcome('DELETE', `/api/publishers/%40acme%2Fshop/${id}`, undefined, signedIn)).toBe('204')
    expect(await outcome('DELETE', `/api/publishers/%40acme%2Fshop/${id}`, undefined, signedIn)).toBe(
      '404 publisher_unknown',
    )
  })

  test('a program cannot name another project or account', async () => {
    for (const other of [{ account: 'evil' }, { project: 'evil' }])
      expect(await call('POST', '/api/publishers/shop', { ...bound, ...other })).toMatchObject({
        status: 201,
        body: { account: 'acme', project: 'shop' },
      })
  })

  test('a transfer is accepted for the owner that was shown only', async () => {
    const { id } = (await call('POST', '/api/publishers/shop', bound)).body as { readonly id: string }
    const record = {
      project: 'shop',
      pendingOf: undefined,
      publisher: id,
      outcome: 'refused',
      at: new Date(),
      run: '1',
      job: {},
      failed: [],
    } as const
    await store.record(record, { transfer: { ownerId: '8080', owner: 'zebra' } })
    const path = `/api/publishers/shop/${id}/transfer`
    for (const body of [{ ownerId: '9090' }, { ownerId: 8080 }, { ownerId: '\0' }, { ownerId: '\uD83D' }, {}])
      expect(await outcome('POST', path, body)).toBe('404 publisher_unknown')
    expect(await outcome('POST', path, { ownerId: '8080' })).toBe('204')
  })

  test.each([
    [
      'an id that is a name',
      { ...bound, ownerId: 'acme' },
      [{ field: 'ownerId', message: 'must be of digits only, not "acme"' }],
    ],
    ['a number', { ...bound, repositoryId: 7 }, [{ field: 'repositoryId', message: 'must be text' }]],
    ['a missing owner', { issuer: github, repositoryId: '7' }, [{ field: 'ownerId', message: 'is missing' }]],
    ['a missing repository', { issuer: github, ownerId: '7' }, [{ field: 'repository', message: 'is missing' }]],
    [
      'another issuer',
      { ...bound, issuer: 'https://evil.example' },
      [{ field: 'issuer', message: `must be one of ${github}, https://gitlab.com` }],
    ],
    [
      'an unknown field',
      { ...bound, branch: 'main' },
      [{ field: 'branch', message: 'is not a field of such a publisher' }],
    ],
    [
      'a pattern for the file',
      { ...bound, workflowFile: '.github/workflows/*.yml' },
      [{ field: 'workflowFile', message: expect.stringContaining('not ".github/workflows/*.yml"') }],
    ],
    [
      'a control character',
      { ...bound, environment: 'a\u0000b' },
      [{ field: 'environment', message: 'must not have control characters' }],
    ],
    [
      'a long name',
      { ...bound, environment: 'a'.repeat(256) },
      [{ field: 'environment', message: 'must have at most 255 characters' }],
    ],
    [
      'half a character',
      { ...bound, environment: 'a\uD83D' },
      [{ field: 'environment', message: 'must be well-formed Unicode' }],
    ],
    [
      'blanks around a value',
      { ...bound, environment: ' release' },
      [{ field: 'environment', message: 'must not begin or end with blanks' }],
    ],
    [
      'the ref of its file',
      { ...bound, workflowFile: '.github/workflows/a.yml@refs/heads/main' },
      [
        {
          field: 'workflowFile',
          message: 'must be a path from the root, without a ref, not ".github/workflows/a.yml@refs/heads/main"',
        },
      ],
    ],
    [
      'an empty environment',
      { ...bound, environment: ' ' },
      [{ field: 'environment', message: 'must not be empty; leave it out' }],
    ],
  ])('a publisher with %s is refused, with what is wrong', async (_name, publisher, faults) => {
    expect(await call('POST', '/api/publishers/shop', publisher)).toMatchObject({
      status: 400,
      body: { code: 'publisher_invalid', faults },
    })
  })

  test.each([
    [
      'a form',
      'ownerId=1',
      { ...signedIn, 'Content-Type': 'application/x-www-form-urlencoded' },
      '415 content_type_unsupported',
    ],
    ['text', '{}', { ...signedIn, 'Content-Type': 'text/plain' }, '415 content_type_unsupported'],
    ['half an object', '{"ownerId"', json, '400 request_malformed'],
    ['a list', '[]', json, '400 request_malformed'],
    ['66 kB', JSON.stringify({ a: 'a'.repeat(66_000) }), json, '413 body_too_large'],
  ])('%s is no publisher', async (_name, body, headers, expected) => {
    expect(await outcome('POST', '/api/publishers/shop', body, headers)).toBe(expected)
  })

  test.each([
    ['without a session', 'shop', { 'Content-Type': 'application/json' }],
    ['for a project of somebody else', 'evil', json],
  ])('a call %s is answered as if there was no such project', async (_name, project, headers) => {
    expect(await outcome('GET', `/api/publishers/${project}`, undefined, headers)).toBe('404 project_unknown')
    expect(await outcome('POST', `/api/publishers/${project}`, bound, headers)).toBe('404 project_unknown')
    expect(await outcome('GET', `/settings/publishers/${project}`, undefined, headers)).toBe('404')
  })

  test('a call that another site made a browser send changes nothing', async () => {
    const { id } = (await call('POST', '/api/publishers/shop', bound)).body as { readonly id: string }
    for (const header of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
    ]) {
      expect(await outcome('POST', '/api/publishers/shop', bound, { ...json, ...header })).toBe('403 request_forged')
      expect(await outcome('DELETE', `/api/publishers/shop/${id}`, undefined, { ...signedIn, ...header })).toBe(
        '403 request_forged',
      )
    }
    expect(await outcome('POST', '/api/publishers/shop', bound, { ...json, Origin: origin })).toBe('201')
  })

  test('the page accepts forms of browsers only, with a token', async () => {
    const { body } = await call('GET', '/settings/publishers/shop', undefined, signedIn)
    const token = /name="token" value="([^"]+)"/.exec(String(body))?.[1] ?? ''
    const form = (fields: Readonly<Record<string, string>>) =>
      new URLSearchParams({
        action: 'add',
        issuer: github,
        repository: 'acme/shop',
        ownerId: '1',
        ...fields,
      }).toString()
    const browser = { ...signedIn, 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin }
    const { Origin: _origin, ...program } = browser
    expect(await outcome('POST', '/settings/publishers/shop', form({ token }), program)).toBe('403')
    expect(await outcome('POST', '/settings/publishers/shop', form({}), browser)).toBe('403')
    expect(
      await outcome('POST', '/settings/publishers/shop', form({ token }), {
        ...browser,
        Origin: 'https://evil.example',
      }),
    ).toBe('403')
    expect(await outcome('POST', '/settings/publishers/shop', `${form({ token })}&token=${token}`, browser)).toBe('400')
    expect(await outcome('POST', '/settings/publishers/shop', form({ token, action: 'other' }), browser)).toBe('400')
    expect((await store.list({ project: 'shop', account: 'acme' })).length).toBe(0)
    const sent = await fetch(`${address}/settings/publishers/shop`, {
      method: 'POST',
      headers: browser,
      body: form({ token }),
      redirect: 'manual',
    })
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/settings/publishers/shop#added'])
    expect((await store.list({ project: 'shop', account: 'acme' })).length).toBe(1)
  })

  test('one publisher more than there may be is refused, by the page, too, which keeps what was sent', async () => {
    for (let index = 0; index < 20; index++)
      await store.add({
        project: 'shop',
        account: `account-${index}`,
        provider: 'github-actions',
        issuer: github,
        ownerId: '1',
        repositoryId: undefined,
        repository: 'a/b',
        createdAt: new Date(),
        expiresAt: new Date(Date.now() + 1_000_000),
      })
    expect(
      await call('POST', '/api/publishers/shop', { issuer: github, ownerId: '1', repository: 'a/b' }),
    ).toMatchObject({
      status: 409,
      body: {
        code: 'publishers_too_many',
        faults: [{ field: 'project', message: 'has as many pending publishers as it may have: 20' }],
      },
    })
    const { body } = await call('GET', '/settings/publishers/shop', undefined, signedIn)
    const token = /name="token" value="([^"]+)"/.exec(String(body))?.[1] ?? ''
    const form = { token, action: 'add', issuer: github, ownerId: '1', repository: 'kept/name' }
    const browser = { ...signedIn, 'Content-Type': 'application/x-www-form-urlencoded', Origin: origin }
    const sent = await call('POST', '/settings/publishers/shop', new URLSearchParams(form).toString(), browser)
    expect(sent.status).toBe(409)
    expect(sent.body).toContain('Project has as many pending publishers as it may have: 20')
    expect(sent.body).toContain('value="kept/name"')
  })

  test('no answer is cached, framed or sniffed', async () => {
    const { headers } = await call('GET', '/settings/publishers/shop', undefined, signedIn)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      ),
      'content-type': 'text/html; charset=utf-8',
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    })
  })

  test.each([
    ['/settings/publishers', '404'],
    ['/settings/publishers/', '404'],
    ['/settings/publishersshop', '404'],
    ['/settings/publishers/%E0%A4%A', '404'],
    ['/settings/publishers/shop/more', '404'],
    ['/settings/publishers/%00', '404'],
    ['/api/publishers/shop%00', '404 project_unknown'],
    ['/api/publishers/%ED%A0%80', '404'],
    ['/api/publishers/shop/1/2', '404 publisher_unknown'],
  ])('the path %s has no project', async (path, expected) => {
    // Fastify refuses a malformed path itself.
    const answered = (await outcome('GET', path, undefined, signedIn)).replace('400 FST_ERR_BAD_URL', '404')
    expect(answered).toBe(expected)
  })

  test('other methods are refused with the allowed ones', async () => {
    const allowed = async (method: string, path: string) =>
      (await call(method, path, undefined, signedIn)).headers.get('allow')
    expect(await allowed('PUT', '/api/publishers/shop')).toBe('GET, HEAD, POST')
    expect(await allowed('PATCH', '/api/publishers/shop/1')).toBe('DELETE')
    expect(await allowed('DELETE', '/api/publishers/shop/1/transfer')).toBe('POST')
    expect(await allowed('DELETE', '/settings/publishers/shop')).toBe('GET, HEAD, POST')
  })
})

describe('failures', () => {
  const failing = (error: Error): PublisherStore => ({
    ...store,
    list: async () => {
      throw error
    },
  })
  const request = (path: string): EndpointRequest => ({
    method: 'GET',
    path,
    headers: (name) => (name === 'authorization' ? ['Bearer of-ada'] : []),
    body: async () => '',
  })
  beforeEach(() => void outages.splice(0))

  test('an unreachable store is 503, and its cause is given to onOutage only', async () => {
    const [brokenApi, brokenPage] = endpointsOf(failing(new StoreUnavailable(new Error('password is hunter2'))))
    for (const [endpoint, path] of [
      [brokenApi, '/api/publishers/shop'],
      [brokenPage, '/settings/publishers/shop'],
    ] as const) {
      const answer = await endpoint.answer(request(path))
      expect(answer).toMatchObject({ status: 503, headers: { 'Retry-After': '5', 'Cache-Control': 'no-store' } })
      expect(answer?.body).not.toContain('hunter2')
    }
    expect(outages).toHaveLength(2)
  })

  test('a look-up of the session that does not answer is 503 after 5 s', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const silent = publisherApi({ ...optionsOf(store), authorize: () => new Promise<never>(() => {}) })
      const answer = silent.answer(request('/api/publishers/shop'))
      vi.advanceTimersByTime(5_000)
      expect((await answer)?.status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })

  /** Waits without timers, which the tests below set. */
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
  }

  describe('a client that sends its body slowly', () => {
    beforeEach(() => client.query('truncate jobpass_publishers') as Promise<unknown>)

    /** Sends a request without the end of its body, to endpoints whose timers the test sets. */
    const sendPart = async (path: string, body: string, type: string) => {
      let isReading = (): void => {}
      const reading = new Promise<void>((resolve) => (isReading = resolve))
      const watched = (endpoint: Endpoint): Endpoint => ({
        answer: (request) =>
          endpoint.answer({
            ...request,
            body: () => {
              isReading()
              return request.body()
            },
          }),
      })
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const app = express().use(onExpress(watched(api), watched(page)))
      const server = await listening(createServer(app).listen(0, '127.0.0.1'))
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      let answer = ''
      socket.on('data', (data) => void (answer += data.toString()))
      const closed = new Promise((resolve) => socket.once('close', resolve))
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer of-ada\r\nOrigin: ${origin}\r\n`
      socket.write(`${head}Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`)
      await reading
      return {
        answer: () => answer,
        /** Sends the rest, and waits until the server has closed the connection. */
        end: async () => {
          socket.end(body.slice(10))
          await closed
          vi.useRealTimers()
          server.close()
        },
      }
    }

    test.each([
      ['/api/publishers/slow', JSON.stringify({ issuer: github, ownerId: '1', repositoryId: '2' }), 'application/json'],
      ['/settings/publishers/slow', 'action=add&ownerId=1', 'application/x-www-form-urlencoded'],
    ])('at %s is answered 408 after 10 s, without an outage, and changes nothing later', async (path, body, type) => {
      const { answer, end } = await sendPart(path, body, type)
      vi.advanceTimersByTime(10_000)
      await until(() => answer() !== '')
      await end()
      expect(answer()).toMatch(/^HTTP\/1\.1 408 /)
      if (path.startsWith('/api')) expect(answer()).toContain('"code":"body_too_slow"')
      expect(await store.list({ project: 'slow', account: 'acme' })).toEqual([])
      expect(outages).toEqual([])
    })

    test('has 10 s for it, which the time limit of the database does not shorten', async () => {
      const body = JSON.stringify({ issuer: github, ownerId: '1', repositoryId: '2' })
      const { answer, end } = await sendPart('/api/publishers/slow', body, 'application/json')
      vi.advanceTimersByTime(9_999)
      await end()
      expect(answer()).toMatch(/^HTTP\/1\.1 201 /)
      expect(await store.list({ project: 'slow', account: 'acme' })).toHaveLength(1)
    })
  })

  /** A program that adds a publisher. */
  const adding: EndpointRequest = {
    method: 'POST',
    path: '/api/publishers/shop',
    headers: (name) => ({ authorization: ['Bearer of-ada'], 'content-type': ['application/json'] })[name] ?? [],
    body: async () => JSON.stringify(bound),
  }

  test('a change is answered when the store has answered, so that nothing is changed after a 503', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let fail: ((error: Error) => void) | undefined
      const add = () => new Promise<never>((_, reject) => (fail = reject))
      const answer = Promise.resolve(endpointsOf({ ...store, add })[0].answer(adding))
      let isAnswered = false
      void answer.then(() => (isAnswered = true))
      await until(() => fail !== undefined)
      await vi.advanceTimersByTimeAsync(60_000)
      expect(isAnswered).toBe(false)
      fail?.(new StoreUnavailable('gone'))
      expect((await answer)?.status).toBe(503)
    } finally {
      vi.useRealTimers()
    }
  })

  test.each([
    ['a plain error', new Error('a bug')],
    ['a time limit of its own', new DOMException('took too long', 'TimeoutError')],
    ['another server that it cannot reach', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })],
  ])('of claimProject(), %s is for the framework, and no outage', async (_, error) => {
    const unable = await postgresPublishers(sqlDatabase(client), { claimProject: () => Promise.reject(error) })
    await expect(endpointsOf(unable)[0].answer(adding)).rejects.toBe(error)
    expect(outages).toEqual([])
  })

  test('other errors are for the framework', async () => {
    const error = new TypeError('a mistake')
    await expect(endpointsOf(failing(error))[0].answer(request('/api/publishers/shop'))).rejects.toBe(error)
    expect(outages).toEqual([])
  })

  test('authorize() has to state the session', async () => {
    const wrong = publisherApi({ ...optionsOf(store), authorize: () => ({ account: 'acme' }) as never })
    await expect(wrong.answer(request('/api/publishers/shop'))).rejects.toThrow(
      'authorize() returns { account, session }',
    )
  })
})

describe('configuration', () => {
  const options = optionsOf(store)
  test.each([
    [{ path: 'settings' }, "path is a path such as '/api/publishers'"],
    [{ path: '/settings/' }, "path is a path such as '/api/publishers'"],
    [{ origin: 'https://packages.example/' }, "origin is scheme and host, such as 'https://packages.example'"],
    [{ origin: 'http://packages.example' }, 'origin must be an https: URL'],
    [{ publishers: {} }, 'needs publishers: what createPublishers() returned'],
    [{ authorize: 'acme' }, 'needs authorize: (request, project)'],
    [{ onOutage: 'log' }, 'onOutage must be a function'],
    [{ prefix: '/a' }, "has no 'prefix'"],
  ])('publisherApi() refuses %j', (wrong, message) => {
    expect(() => publisherApi({ ...options, ...wrong } as never)).toThrow(message)
    expect(() => publisherApi({ ...options, ...wrong } as never)).toThrow(TypeError)
  })

  test('publisherPage() refuses a short secret', () => {
    expect(() => publisherPage({ ...options, secret: 'short' })).toThrow('needs a secret of at least 32 bytes')
  })
})
