// A job exchanges its token at a real exchange: renewal, lost answers, and tokens bound to a key.

import { createClient } from '@jobpass/client'
import type { Job, JobFetchOptions, RefusedError } from '@jobpass/client'
import { createVerifier, githubActions, gitlab, memoryReplayStore } from '@jobpass/core'
import { createExchange, serviceTokens, viaExchange } from '@jobpass/exchange'
import type { ExchangeOptions } from '@jobpass/exchange'
import { endpoints, requireWorkload, workloadAuth } from '@jobpass/hono'
import { createTestIssuer } from '@jobpass/testing'
import { Hono } from 'hono'
import { expect, test } from 'vitest'

const audience = 'https://api.acme.dev'
const auth = 'https://auth.acme.dev'
const start = 1_795_166_400
const secret = new Uint8Array(32).fill(7)

interface Options {
  readonly grant?: object
  readonly exchange?: Partial<ExchangeOptions>
  /** Nonces at the API, too. */
  readonly nonces?: true
  /** What happens to an answer of the exchange on its way. */
  readonly onTheWay?: (attempt: number) => 'lost' | 'unavailable' | undefined
}

/** A world with a clock: CI issuer, exchange, API, and a job that reaches them by its `fetch`. */
async function world({ grant = {}, exchange: more = {}, nonces, onTheWay = () => undefined }: Options = {}) {
  let now = start * 1000
  const clock = { now: () => now, after: () => () => {} }
  const github = await createTestIssuer(githubActions, { clock })
  const lab = await createTestIssuer(gitlab, { clock })
  const keys: typeof fetch = (input, init) => (String(input).startsWith(lab.issuer) ? lab : github).fetch(input, init)
  const replay = { store: memoryReplayStore({ clock }) }
  const trust = [githubActions({ ownerId: '1234567' }), gitlab({ ownerId: '99' })]
  const main = githubActions({ repository: 'acme/shop', branch: 'main' })
  const group = gitlab({ ownerId: '99' })
  const exchange = await createExchange({
    issuer: auth,
    verifier: createVerifier({ audience: auth, trust, fetch: keys, clock, replay, onWarning: () => {} }),
    grants: [main, group].map((rule, index) => ({
      name: `publish-${index}`,
      rule,
      scopes: ['publish'],
      audience,
      lifetime: 900,
      ...grant,
    })),
    singleProcess: true,
    audit: () => {},
    ...more,
  })
  const app = new Hono()
  app.use(endpoints(exchange))
  const dpop = { origin: audience, ...(nonces && { nonceSecret: secret }) }
  const service = serviceTokens(auth, { jobs: [githubActions, gitlab], fetch: exchange.fetch, dpop })
  app.use(workloadAuth({ audience, trust: service, clock, replay, onWarning: () => {} }))
  const scope = { scope: 'publish' }
  app.put('/packages/:name', requireWorkload(viaExchange(main, scope), viaExchange(group, scope)), (c) =>
    c.text(c.req.header('authorization')?.split(' ')[0] ?? ''),
  )

  const requests: string[] = []
  let exchanges = 0
  const job: Partial<Job> = {
    clock: { now: () => now, sleep: (milliseconds, signal) => sleep(milliseconds, signal) },
    print: () => {},
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { pathname } = new URL(request.url)
      requests.push(pathname)
      if (pathname !== '/token') return app.fetch(request)
      const way = onTheWay(++exchanges)
      if (way === 'unavailable') return Response.json({ error: 'temporarily_unavailable' }, { status: 503 })
      const answer = await app.fetch(request)
      if (way === 'lost') throw new TypeError('fetch failed')
      return answer
    },
  }
  const sleep = (milliseconds: number, signal?: AbortSignal): Promise<void> => {
    if (milliseconds === 30_000) return new Promise((_, reject) => signal?.addEventListener('abort', reject))
    now += milliseconds
    return Promise.resolve()
  }
  return {
    requests,
    pass: (seconds: number) => void (now += seconds * 1000),
    /** A job on GitHub, which gets a new token at each reading of its file. */
    onGithub: (options: Partial<JobFetchOptions['exchange']> = {}) =>
      createClient({
        ...job,
        env: { JOBPASS_ID_TOKEN_FILE: 'x' },
        readFile: () => github.mint({ aud: auth, branch: 'main' }),
      }).jobFetch({
        audience,
        exchange: { url: `${auth}/token`, scope: 'publish', ...options },
      }),
    /** A job on GitLab, which has one token. */
    onGitlab: async () => {
      const token = await lab.mint({ aud: auth })
      return createClient({ ...job, env: { GITLAB_CI: 'true', HTTPS___AUTH_ACME_DEV_ID_TOKEN: token } }).jobFetch({
        audience,
        exchange: { url: `${auth}/token`, scope: 'publish' },
      })
    },
  }
}

const put = async (api: typeof fetch): Promise<string> =>
  (await api('/packages/a', { method: 'PUT', body: 'x' })).text()

test('a job exchanges once, and again with a new CI token before its service token expires', async () => {
  const { onGithub, pass, requests } = await world()
  const api = onGithub()
  await put(api)
  pass(800)
  await put(api)
  pass(60)
  await put(api)
  expect(requests.filter((path) => path === '/token')).toHaveLength(2)
})

test('a job with one token is not locked out by an answer that was lost', async () => {
  const { onGitlab, requests } = await world({ onTheWay: (attempt) => (attempt <= 2 ? 'lost' : undefined) })
  expect(await put(await onGitlab())).toBe('Bearer')
  expect(requests).toEqual(['/token', '/token', '/token', '/packages/a'])
})

test('an exchange that is unavailable is asked again, and four times at most', async () => {
  const once = await world({ onTheWay: (attempt) => (attempt === 1 ? 'unavailable' : undefined) })
  expect(await put(once.onGithub())).toBe('Bearer')
  const always = await world({ onTheWay: () => 'unavailable' })
  const error: unknown = await put(always.onGithub()).catch((reason: unknown) => reason)
  expect([(error as RefusedError).status, (error as RefusedError).code]).toEqual([503, 'temporarily_unavailable'])
  expect(always.requests).toHaveLength(4)
})

test('a job that asks for it gets a token that is bound to its key', async () => {
  const { onGithub, requests } = await world()
  const api = onGithub({ dpop: true })
  expect(await put(api)).toBe('DPoP')
  expect(await put(api)).toBe('DPoP')
  expect(requests).toEqual(['/token', '/packages/a', '/packages/a'])
})

test('an exchange that requires a bound token gets a proof at the second attempt', async () => {
  const { onGithub, requests } = await world({ grant: { dpop: 'required' } })
  expect(await put(onGithub())).toBe('DPoP')
  expect(requests).toEqual(['/token', '/token', '/packages/a'])
})

test('two APIs behind one exchange do not take each other the CI token away', async () => {
  const { onGithub } = await world()
  expect(await Promise.all([put(onGithub()), put(onGithub())])).toEqual(['Bearer', 'Bearer'])
})

test('an exchange and an API that require nonces get them', async () => {
  const { onGithub, requests } = await world({ exchange: { nonceSecret: secret }, nonces: true })
  const api = onGithub({ dpop: true })
  expect(await put(api)).toBe('DPoP')
  expect(await put(api)).toBe('DPoP')
  expect(requests).toEqual(['/token', '/token', '/packages/a', '/packages/a', '/packages/a'])
})

test('a job that asks for a bound token sends none that anyone could use', async () => {
  const github = await createTestIssuer(githubActions)
  const requests: string[] = []
  const api = createClient({
    env: { JOBPASS_ID_TOKEN: await github.mint({ aud: auth }) },
    print: () => {},
    fetch: async (input, init) => {
      requests.push(new URL(new Request(input, init).url).pathname)
      return Response.json({ access_token: 'for anyone', token_type: 'Bearer', expires_in: 900 })
    },
  }).jobFetch({ audience, exchange: { url: `${auth}/token`, dpop: true } })
  const error: unknown = await put(api).catch((reason: unknown) => reason)
  expect((error as RefusedError).message).toBe('200 token_unbound: The exchange does not bind tokens to a key.')
  expect(requests).toEqual(['/token'])
})
