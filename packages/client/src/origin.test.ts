/** A token goes to the origin of its API, and nowhere else. */

import { describe, expect, test } from 'vitest'
import { createClient, OriginError } from './index.ts'
import { fakeJob, makeToken, start } from './testing/job.ts'

const audience = 'https://api.acme.dev'

/** Calls a target with the token of a job, and returns where requests went. */
async function call(
  target: string | URL | Request,
  options: object = {},
): Promise<{ readonly sent: readonly string[]; readonly tokens: number }> {
  const sent: string[] = []
  let tokens = 0
  const job = fakeJob(
    { JOBPASS_ID_TOKEN_FILE: '/token' },
    {
      readFile: async () => (tokens++, makeToken(audience, start + 300)),
      fetch: async (input, init) => {
        const request = new Request(input, init)
        sent.push(`${request.url} ${request.redirect} ${request.headers.get('authorization')?.slice(0, 7)}`)
        return new Response('done')
      },
    },
  )
  const api = createClient(job).jobFetch({ audience, ...options })
  await api(target).catch((error: unknown) => {
    if (!(error instanceof OriginError)) throw error
    expect(error.message).not.toContain(String(target))
  })
  return { sent, tokens }
}

// Each is another origin than https://api.acme.dev, however it is spelled.
const elsewhere = [
  'https://api.acme.dev.evil.example/',
  'https://evil.example/https://api.acme.dev',
  'https://evil.example/?x=api.acme.dev',
  'https://evil.example#api.acme.dev',
  'https://evilapi.acme.dev/',
  'https://api.acme.dev@evil.example/',
  'https://api.acme.dev:pass@evil.example/',
  'https://user@api.acme.dev/',
  'https://user:pass@api.acme.dev/',
  'https://:pass@api.acme.dev/',
  'https://api.acme.dev:444/',
  'https://api.acme.dev:8443/deploy',
  'https://api.acme.dev:80/',
  'http://api.acme.dev/',
  'http://api.acme.dev:443/',
  'HTTP://API.ACME.DEV/',
  'ftp://api.acme.dev/',
  'ws://api.acme.dev/',
  'wss://api.acme.dev/',
  'file://api.acme.dev/etc/passwd',
  'data:text/plain,api.acme.dev',
  'blob:https://api.acme.dev/6c1b2a3d',
  'javascript:alert(1)',
  '//evil.example/deploy',
  '\\\\evil.example\\deploy',
  '/\\evil.example/deploy',
  'https:\\\\evil.example\\deploy',
  'https://acme.dev/',
  'https://www.api.acme.dev/',
  'https://api.acme.dev./',
  'https://api-acme.dev/',
  'https://api。acme。dev.evil.example/',
  'https://аpi.acme.dev/',
  'https://api.acme.dev%2eevil.example/',
  'https://127.0.0.1/',
  'https://[::1]/',
  'https://[::ffff:127.0.0.1]/',
  'https://0x7f000001/',
  'https://2130706433/',
  'https://localhost/',
]

// Each is https://api.acme.dev by the rules of the URL standard.
const here = [
  ['https://api.acme.dev/deploy', 'https://api.acme.dev/deploy'],
  ['https://API.Acme.DEV/deploy', 'https://api.acme.dev/deploy'],
  ['https://api.acme.dev:443/deploy', 'https://api.acme.dev/deploy'],
  ['HTTPS://api.acme.dev/deploy', 'https://api.acme.dev/deploy'],
  ['/deploy', 'https://api.acme.dev/deploy'],
  ['deploy?x=https://evil.example', 'https://api.acme.dev/deploy?x=https://evil.example'],
] as const

describe('an address elsewhere', () => {
  test('is one of 40', () => expect(new Set(elsewhere).size).toBe(40))

  test.each(elsewhere)('%j gets no token, and none is requested for it', async (target) => {
    expect(await call(target)).toEqual({ sent: [], tokens: 0 })
  })

  test('gets no token as a URL or a Request either', async () => {
    expect(await call(new URL('https://evil.example/'))).toEqual({ sent: [], tokens: 0 })
    expect(await call(new Request('https://evil.example/'))).toEqual({ sent: [], tokens: 0 })
  })
})

test.each(here)('%j is the API itself: the token goes there, and not to where it redirects', async (target, url) => {
  expect(await call(target)).toEqual({ sent: [`${url} manual Bearer `], tokens: 1 })
})

test('a URL or a Request of the API gets the token', async () => {
  const sent = ['https://api.acme.dev/deploy manual Bearer ']
  expect(await call(new URL('https://api.acme.dev/deploy'))).toEqual({ sent, tokens: 1 })
  expect(await call(new Request('https://api.acme.dev/deploy', { redirect: 'follow' }))).toEqual({ sent, tokens: 1 })
})

describe('the origin of an API', () => {
  const make = (options: object) => () => createClient(fakeJob({})).jobFetch({ audience, ...options })

  test('must be given if the audience is no URL', () => {
    expect(make({ audience: 'acme' })).toThrow("add the API's origin: 'https://api.acme.dev'")
    expect(make({ audience: 'acme', origin: 'https://api.acme.dev' })).not.toThrow()
  })

  test.each([
    'http://api.acme.dev',
    'http://127.0.0.1:3000',
    'https://user@api.acme.dev',
    'https://api.acme.dev/path',
    'https://api.acme.dev?x',
    'ftp://api.acme.dev',
    'api.acme.dev',
    '',
  ])('must not be %j', (origin) => {
    expect(make({ origin })).toThrow(TypeError)
  })

  test.each(['http://127.0.0.1:3000', 'http://localhost:3000', 'http://[::1]:3000'])(
    'may be %s where insecureLoopback is set',
    (origin) => {
      expect(make({ origin, insecureLoopback: true })).not.toThrow()
    },
  )

  test.each(['http://10.0.0.1', 'http://localhost.evil.example', 'http://127.0.0.1.evil.example', 'http://[::2]'])(
    'may not be %s, which is no loopback address, with insecureLoopback',
    (origin) => {
      expect(make({ origin, insecureLoopback: true })).toThrow(TypeError)
    },
  )
})
