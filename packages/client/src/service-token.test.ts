/** `getServiceToken`: one exchange for many calls, and a service token that no log shows. */

import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { createClient, getServiceToken, RefusedError } from './index.ts'
import type { Job } from './job.ts'
import type { Exchanges, ServiceTokenOptions } from './service-token.ts'
import { serviceTokenOf } from './service-token.ts'
import { fakeClock, fakeJob, makeToken, printedBy, start } from './testing/job.ts'

const audience = 'https://api.acme.dev'
const exchange = { url: 'https://auth.acme.dev/token', scope: 'publish' }
const endpoint = 'https://github.example/idtoken?v=2'
const env = {
  GITHUB_ACTIONS: 'true',
  ACTIONS_ID_TOKEN_REQUEST_URL: endpoint,
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-secret',
}

/** A job on GitHub whose exchange numbers its tokens, or gives another answer. */
function jobWith(refusal?: () => Response) {
  const clock = fakeClock()
  const forms: Readonly<Record<string, string>>[] = []
  const job = fakeJob(env, {
    clock,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      if (request.url.startsWith(endpoint)) {
        const wanted = new URL(request.url).searchParams.get('audience') ?? ''
        return Response.json({ value: makeToken(wanted, clock.time / 1000 + 300) })
      }
      forms.push(Object.fromEntries(new URLSearchParams(await request.text())))
      return refusal?.() ?? Response.json({ access_token: `service-${forms.length}`, expires_in: 900 })
    },
  })
  const known: Exchanges = { sources: new Map(), masked: new Set() }
  const get = (options: Partial<ServiceTokenOptions> = {}) =>
    serviceTokenOf({ audience, exchange, ...options }, job as Job, known)
  return { get, job, clock, forms }
}

const maskedBy = (job: Partial<Job>) => printedBy(job).filter((line) => line.startsWith('::add-mask::service'))

describe('a service token', () => {
  test('is what the exchange gave for a CI token with the audience of the exchange', async () => {
    const { get, forms } = jobWith()
    const { token, expiresAt } = await get()
    expect({ token, expiresAt }).toEqual({ token: 'service-1', expiresAt: start + 900 })
    const { subject_token: ciToken = '', ...form } = forms[0] ?? {}
    expect(form).toEqual({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      audience,
      scope: 'publish',
    })
    expect(JSON.parse(atob(ciToken.split('.')[1] ?? ''))).toMatchObject({ aud: 'https://auth.acme.dev' })
  })

  test('of a client of its own is masked where that client prints, and by no other client', async () => {
    const { job } = jobWith()
    const [first, second] = [createClient(job), createClient(job)]
    for (const _ of [1, 2]) {
      const { token } = await first.getServiceToken({ audience, exchange })
      expect(token).toBe('service-1')
    }
    expect(maskedBy(job)).toEqual(['::add-mask::service-1'])
    expect((await second.getServiceToken({ audience, exchange })).token).toBe('service-2')
  })

  test('is exchanged once for all calls with the same options, and masked once', async () => {
    const { get, job, forms } = jobWith()
    const all = [...(await Promise.all([get(), get()])), await get()]
    expect(all.map(({ token }) => token)).toEqual(['service-1', 'service-1', 'service-1'])
    expect(forms).toHaveLength(1)
    expect(maskedBy(job)).toEqual(['::add-mask::service-1'])
  })

  test('is exchanged for a new CI token where options differ, since an exchange takes each one once', async () => {
    const { get, job, forms } = jobWith()
    await get()
    await get({ exchange: { ...exchange, scope: 'read' } })
    expect(new Set(forms.map((form) => form['subject_token'])).size).toBe(2)
    expect(maskedBy(job)).toEqual(['::add-mask::service-1', '::add-mask::service-2'])
  })

  test('is renewed when it has under 60 s left', async () => {
    const { get, clock } = jobWith()
    await get()
    clock.time += 841_000
    const { token } = await get()
    expect(token).toBe('service-2')
  })

  test('is in no log', async () => {
    const { get } = jobWith()
    const given = await get()
    expect(inspect(given) + JSON.stringify(given)).not.toContain('service-1')
  })
})

test('a job that the exchange refuses reads why', async () => {
  const error = 'unauthorized_client'
  const { get, job } = jobWith(() => Response.json({ error, error_description: 'No grant.' }, { status: 400 }))
  const reason: unknown = await get().catch((thrown: unknown) => thrown)
  expect(reason).toBeInstanceOf(RefusedError)
  expect((reason as Error).message).toBe('400 unauthorized_client: No grant.')
  expect(maskedBy(job)).toEqual([])
})

test.each([
  ['an unknown option', { audience, exchange, scope: 'publish' }, "no 'scope'"],
  ['an audience that is empty', { audience: '', exchange }, 'must be the name of the API'],
  ['an exchange over http', { audience, exchange: { url: 'http://auth.acme.dev/token' } }, 'must be https:'],
])('%s is a TypeError', async (_, options, message) => {
  const error: unknown = await getServiceToken(options as never).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(TypeError)
  expect((error as Error).message).toContain(message)
})
