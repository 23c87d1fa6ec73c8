/**
 * `getToken`: one request for many calls, renewal, and what happens when a platform does not
 * answer.
 */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, test } from 'vitest'
import { createClient, TokenUnavailableError } from './index.ts'
import type { Job } from './job.ts'
import { fakeClock, fakeJob, makeToken, printedBy, start } from './testing/job.ts'

const audience = 'https://api.acme.dev'
const github = {
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example/idtoken?v=2',
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
}

/** A job on GitHub whose endpoint answers as given, call by call; the last answer repeats. */
function jobOn(...answers: readonly (() => Response | Promise<Response>)[]) {
  const clock = fakeClock()
  let requests = 0
  const job = fakeJob(github, {
    clock,
    fetch: async () => (answers[Math.min(requests++, answers.length - 1)] as () => Response)(),
  })
  return { client: createClient(job), clock, job, requests: () => requests }
}

const tokenFor =
  (seconds: number, at: () => number = () => start) =>
  (): Response =>
    Response.json({ value: makeToken(audience, at() + seconds) })
const status =
  (code: number, headers: HeadersInit = {}) =>
  (): Response =>
    new Response('a page with request-secret', { status: code, headers })

describe('one request', () => {
  test('a hundred calls at once share one request', async () => {
    const { client, requests } = jobOn(tokenFor(300))
    const tokens = await Promise.all(Array.from({ length: 100 }, () => client.getToken({ audience })))
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(requests()).toBe(1)
  })

  test('each audience has a token of its own', async () => {
    const { client, requests } = jobOn(
      () => Response.json({ value: makeToken('https://a.acme.dev', start + 300) }),
      () => Response.json({ value: makeToken('https://b.acme.dev', start + 300) }),
    )
    await client.getToken({ audience: 'https://a.acme.dev' })
    await client.getToken({ audience: 'https://b.acme.dev' })
    await client.getToken({ audience: 'https://a.acme.dev' })
    expect(requests()).toBe(2)
  })

  test('a call that is aborted leaves the request to the others', async () => {
    const { client, requests } = jobOn(tokenFor(300))
    const controller = new AbortController()
    const aborted = client.getToken({ audience, signal: controller.signal })
    const other = client.getToken({ audience })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    expect((await other).provider).toBe('github-actions')
    expect(requests()).toBe(1)
  })

  test('an option that does not exist is a TypeError', async () => {
    const { client } = jobOn(tokenFor(300))
    await expect(client.getToken({ audience, timeout: 5 } as never)).rejects.toThrow(
      "have no 'timeout'. Known: audience, signal",
    )
    expect(() => client.jobFetch({ audience, redirect: 'follow' } as never)).toThrow("have no 'redirect'")
    expect(() => client.jobFetch({ audience, exchange: { url: 'https://a.example', scopes: 'x' } } as never)).toThrow(
      "have no 'scopes'",
    )
    expect(() => createClient({ environment: {} } as never)).toThrow("have no 'environment'")
  })

  test.each(['', undefined, 7])('an audience that is %j is a TypeError', async (wrong) => {
    const { client } = jobOn(tokenFor(300))
    await expect(client.getToken({ audience: wrong as string })).rejects.toThrow(TypeError)
  })
})

describe('a job of six hours', () => {
  test('500 calls request one token in each lifetime, and none goes out with under 5 s left', async () => {
    const clock = fakeClock()
    let requests = 0
    const client = createClient(
      fakeJob(github, {
        clock,
        fetch: async () => {
          requests++
          return Response.json({ value: makeToken(audience, clock.time / 1000 + 300) })
        },
      }),
    )
    let least = Infinity
    for (let call = 0; call < 500; call++) {
      const { expiresAt } = await client.getToken({ audience })
      least = Math.min(least, expiresAt - clock.time / 1000)
      clock.time += (6 * 3600 * 1000) / 500
    }
    // A lifetime of 300 s is used for 240 s, and calls are 43.2 s apart: one request in six calls.
    expect(requests).toBe(Math.ceil(500 / 6))
    expect(least).toBeGreaterThanOrEqual(60)
  })

  test('a token with under 60 s left is used while the platform is down, and not with under 5 s', async () => {
    const { client, clock } = jobOn(tokenFor(300), status(503))
    const first = await client.getToken({ audience })
    clock.time = (start + 245) * 1000
    expect((await client.getToken({ audience })).token).toBe(first.token)
    clock.time = (start + 296) * 1000
    await expect(client.getToken({ audience })).rejects.toThrow(TokenUnavailableError)
  })

  test('a token that is never renewed is used until 5 s before its end, and then says so', async () => {
    const clock = fakeClock()
    const token = makeToken(audience, start + 3600)
    const client = createClient(fakeJob({ GITLAB_CI: 'true', HTTPS___API_ACME_DEV_ID_TOKEN: token }, { clock }))
    clock.time = (start + 3590) * 1000
    expect((await client.getToken({ audience })).token).toBe(token)
    clock.time = (start + 3596) * 1000
    await expect(client.getToken({ audience })).rejects.toThrow('its token has expired, and is not renewed')
  })
})

describe('a platform that does not answer with a token', () => {
  const failure = async (client: ReturnType<typeof createClient>): Promise<TokenUnavailableError> =>
    (await client.getToken({ audience }).catch((error: unknown) => error)) as TokenUnavailableError

  test.each([429, 500, 502, 503, 504])('is asked again after %i, up to five times', async (code) => {
    const { client, clock, requests } = jobOn(status(code))
    const error = await failure(client)
    expect(error).toBeInstanceOf(TokenUnavailableError)
    expect(error.message).toContain(`GitHub Actions: the endpoint for tokens answered ${code}.`)
    expect(requests()).toBe(5)
    // Half to one and a half times 0.5, 1, 2 and 4 s.
    for (const [index, seconds] of [0.5, 1, 2, 4].entries()) {
      expect(clock.slept[index]).toBeGreaterThanOrEqual(seconds * 500)
      expect(clock.slept[index]).toBeLessThan(seconds * 1500)
    }
  })

  test('gives its token at the third attempt', async () => {
    const { client, requests } = jobOn(status(500), status(429), tokenFor(300))
    expect((await client.getToken({ audience })).provider).toBe('github-actions')
    expect(requests()).toBe(3)
  })

  test('is asked again when it said, by Retry-After', async () => {
    const { client, clock } = jobOn(status(429, { 'retry-after': '7' }), tokenFor(300))
    await client.getToken({ audience })
    expect(clock.slept).toEqual([7000])
  })

  test.each([400, 401, 403, 404, 302])('is not asked again after %i', async (code) => {
    const { client, requests } = jobOn(status(code))
    expect((await failure(client)).message).toContain(`answered ${code}. Add 'permissions: id-token: write'`)
    expect(requests()).toBe(1)
  })

  test('that cannot be reached is asked again, and the cause is in the error', async () => {
    const { client, requests } = jobOn(() => Promise.reject(new TypeError('fetch failed')))
    const error = await failure(client)
    expect(error.message).toContain('does not answer')
    expect(((error.cause as Error).cause as Error).message).toBe('fetch failed')
    expect(requests()).toBe(5)
  })

  test.each(['{}', '{"value":7}', 'null', '<html>', ''])('that answers %j is not asked again', async (text) => {
    const { client, requests } = jobOn(() => new Response(text))
    expect((await failure(client)).message).toContain('the answer has no value')
    expect(requests()).toBe(1)
  })

  test('that answers without end is given up', async () => {
    const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(10_000)) })
    const { client } = jobOn(() => new Response(endless()))
    expect((await failure(client)).message).toContain('does not answer')
  })

  test('that never answers is given up after 30 s', async () => {
    const clock = fakeClock()
    const late = { ...clock, sleep: async (milliseconds: number) => void (clock.time += milliseconds) }
    const job: Partial<Job> = fakeJob(github, {
      clock: late,
      fetch: (_, init) =>
        new Promise((_resolve, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
        }),
    })
    await expect(createClient(job).getToken({ audience })).rejects.toThrow('took longer than 30 s')
  })
})

describe('secrets', () => {
  test('a runner that hides texts learns the token before anything else sees it', async () => {
    const { client, job } = jobOn(tokenFor(300))
    const { token } = await client.getToken({ audience })
    expect(printedBy(job)).toEqual([`::add-mask::${token}`])
  })

  test('on Azure DevOps, the mask is a logging command', async () => {
    const token = makeToken(audience, start + 300)
    const env = { TF_BUILD: 'True', SYSTEM_OIDCREQUESTURI: 'https://azure.example', SYSTEM_ACCESSTOKEN: 'access' }
    const job = fakeJob(env, { fetch: async () => Response.json({ oidcToken: token }) })
    await createClient(job).getToken({ audience })
    expect(printedBy(job)).toEqual([`##vso[task.setsecret]${token}`])
  })

  test('nothing that is inspected, serialized or spread shows a token', async () => {
    const { client } = jobOn(tokenFor(300))
    const given = await client.getToken({ audience })
    const shown = [
      inspect(given, { depth: 9 }),
      JSON.stringify(given),
      inspect({ ...given }),
      inspect(client, { showHidden: true }),
    ]
    for (const text of shown) expect(text).not.toContain(given.token)
    expect(given.token.split('.')).toHaveLength(3)
  })

  test('no error shows the credential of the request, or what the endpoint wrote', async () => {
    for (const answer of [status(500), status(403), () => Promise.reject(new TypeError('fetch failed'))]) {
      const { client } = jobOn(answer)
      const error: unknown = await client.getToken({ audience }).catch((reason: unknown) => reason)
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('request-secret')
    }
  })
})

describe('a real process', () => {
  const servers: ReturnType<typeof createServer>[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  test('requests a token over HTTP, with the variables of the process', async () => {
    const token = makeToken(audience, Math.floor(Date.now() / 1000) + 300)
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      seen.push([request.method, request.url, request.headers.authorization])
      response.end(JSON.stringify({ value: token }))
    })
    servers.push(server)
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
    }
    const given = await createClient({ env, print: () => {} }).getToken({ audience })
    expect(given.token).toBe(token)
    expect(seen).toEqual([
      ['GET', '/token?api-version=2.0&audience=https%3A%2F%2Fapi.acme.dev', 'Bearer request-secret'],
    ])
  })
})
