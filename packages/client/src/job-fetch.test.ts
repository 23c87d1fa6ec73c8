/** `jobFetch`: what it sends, and what it makes of refusals. */

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createClient, RefusedError } from './index.ts'
import type { JobFetchOptions } from './index.ts'
import { fakeClock, fakeJob, makeToken, start } from './testing/job.ts'

const audience = 'https://api.acme.dev'

/** An answer of jobpass. */
const problem =
  (status: number, code: string, more: object = {}, headers: Readonly<Record<string, string>> = {}) =>
  (): Response =>
    new Response(JSON.stringify({ status, code, detail: 'Said so.', ...more }), {
      status,
      headers: { 'content-type': 'application/problem+json', ...headers },
    })
const ok = (): Response => new Response('done')

/** A job whose file holds a new token at each reading, and an API with these answers. */
function jobWith(answers: readonly (() => Response)[], options: Partial<JobFetchOptions> = {}, renewable = true) {
  const clock = fakeClock()
  const seen: { readonly token: string; readonly body: string }[] = []
  const fixed = makeToken(audience, start + 300)
  const env = renewable ? { JOBPASS_ID_TOKEN_FILE: '/token' } : { JOBPASS_ID_TOKEN: fixed }
  const job = fakeJob(env, {
    clock,
    readFile: async () => makeToken(audience, clock.time / 1000 + 300),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      seen.push({ token: request.headers.get('authorization') ?? '', body: await request.text() })
      return (answers[Math.min(seen.length, answers.length) - 1] as () => Response)()
    },
  })
  return { api: createClient(job).jobFetch({ audience, ...options }), clock, seen }
}

const failure = (call: Promise<unknown>): Promise<RefusedError> =>
  call.then(
    () => {
      throw new Error('not refused')
    },
    (error: unknown) => error as RefusedError,
  )

describe('a call', () => {
  test('sends what fetch would send, and returns the answer', async () => {
    const { api, seen } = jobWith([ok])
    const answer = await api('/deploy', { method: 'PUT', body: 'text', headers: { 'x-one': '1' } })
    expect(await answer.text()).toBe('done')
    expect(seen[0]?.body).toBe('text')
    expect(seen[0]?.token).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
  })

  test('with a header authorization of its own is a TypeError', async () => {
    const { api } = jobWith([ok])
    await expect(api('/deploy', { headers: { authorization: 'Basic x' } })).rejects.toThrow(
      'sets the header authorization itself',
    )
  })

  test.each([200, 204, 302, 400, 404, 409, 500])(
    'that is answered %i by the handler gets that answer',
    async (status) => {
      const { api, seen } = jobWith([() => new Response(null, { status })])
      expect((await api('/deploy')).status).toBe(status)
      expect(seen).toHaveLength(1)
    },
  )

  test.each([401, 403, 503])('that is answered %i without a code of jobpass gets that answer', async (status) => {
    const { api, seen } = jobWith([() => Response.json({ code: 'other' }, { status })])
    expect((await api('/deploy')).status).toBe(status)
    expect(seen).toHaveLength(1)
  })
})

describe('after a 401', () => {
  test('one new token is requested, and the call is made once more', async () => {
    const { api, seen } = jobWith([problem(401, 'token_expired'), ok])
    expect((await api('/deploy', { method: 'POST', body: 'text' })).status).toBe(200)
    expect(seen.map(({ body }) => body)).toEqual(['text', 'text'])
    expect(seen[1]?.token).not.toBe(seen[0]?.token)
  })

  test('a second 401 is an error', async () => {
    const { api, seen } = jobWith([problem(401, 'token_expired')])
    const error = await failure(api('/deploy'))
    expect(error).toBeInstanceOf(RefusedError)
    expect([error.status, error.code, error.message]).toEqual([401, 'token_expired', '401 token_expired: Said so.'])
    expect(seen).toHaveLength(2)
  })

  test('a job with one token does not send it again', async () => {
    const { api, seen } = jobWith([problem(401, 'token_replayed')], {}, false)
    expect((await failure(api('/deploy'))).code).toBe('token_replayed')
    expect(seen).toHaveLength(1)
  })

  test('a body that is a stream is not sent again', async () => {
    const { api, seen } = jobWith([problem(401, 'token_expired')])
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('text'))
        controller.close()
      },
    })
    const error = await failure(api('/deploy', { method: 'POST', body, duplex: 'half' } as RequestInit))
    expect([error.code, seen.length, seen[0]?.body]).toEqual(['token_expired', 1, 'text'])
  })

  test('the body of a Request is sent again', async () => {
    const { api, seen } = jobWith([problem(401, 'token_expired'), ok])
    await api(new Request('https://api.acme.dev/deploy', { method: 'POST', body: 'text' }))
    expect(seen.map(({ body }) => body)).toEqual(['text', 'text'])
  })
})

describe('after a 403', () => {
  const checks = [
    { field: 'branch', operator: 'equals', actual: 'feature' },
    { field: 'environment', operator: 'equals', actual: null, expected: 'production', hint: 'The job names none.' },
  ]

  test('the call is not made again, and the error names the failed checks', async () => {
    const { api, seen } = jobWith([problem(403, 'workload_forbidden', { checks })])
    const error = await failure(api('/deploy'))
    expect(error.message).toBe(
      '403 workload_forbidden: Said so. branch is "feature" environment is null, wanted equals "production" (The job names none.)',
    )
    expect([error.status, error.code, error.checks]).toEqual([403, 'workload_forbidden', checks])
    expect(seen).toHaveLength(1)
  })

  test('what the API writes stays on one line of the log', async () => {
    const { api } = jobWith([
      problem(403, 'workload_forbidden', { detail: `a\n::set-output x\u2028\u001b[31m${'x'.repeat(9999)}` }),
    ])
    const { message } = await failure(api('/deploy'))
    expect(message).not.toMatch(/[\p{Cc}\u2028]/u)
    expect(message.length).toBeLessThan(400)
  })

  test('no error shows the token', async () => {
    const { api, seen } = jobWith([problem(403, 'workload_forbidden')])
    const error = await failure(api('/deploy'))
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(seen[0]?.token.slice('Bearer '.length))
  })
})

describe('after a 503', () => {
  test.each(['issuer_unavailable', 'resolver_unavailable'])('%s is called again when the API says', async (code) => {
    const { api, clock, seen } = jobWith([problem(503, code, {}, { 'retry-after': '5' }), ok])
    expect((await api('/deploy')).status).toBe(200)
    expect(clock.slept).toEqual([5000])
    expect(seen[1]?.token).toBe(seen[0]?.token)
  })

  test('store_unavailable is called again with a new token, since this one may count as used', async () => {
    const { api, seen } = jobWith([problem(503, 'store_unavailable', {}, { 'retry-after': '1' }), ok])
    await api('/deploy')
    expect(seen[1]?.token).not.toBe(seen[0]?.token)
  })

  test('an outage that lasts is an error after four calls', async () => {
    const { api, seen } = jobWith([problem(503, 'issuer_unavailable', {}, { 'retry-after': '5' })])
    expect((await failure(api('/deploy'))).code).toBe('issuer_unavailable')
    expect(seen).toHaveLength(4)
  })

  test.each([{}, { 'retry-after': '3600' }])('an outage with %j is an error at once', async (headers) => {
    const { api, seen } = jobWith([problem(503, 'issuer_unavailable', {}, headers)])
    expect((await failure(api('/deploy'))).status).toBe(503)
    expect(seen).toHaveLength(1)
  })
})
