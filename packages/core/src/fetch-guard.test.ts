import { createTestIssuer } from '@jobpass/testing'
import { expect, expectTypeOf, test } from 'vitest'
import type { GitHubActionsWorkload } from './providers/github-actions.ts'
import type { WorkloadIdentity } from './index.ts'
import { createVerifier, fetchGuard, getMatched, getWorkload, githubActions, oneTime } from './index.ts'
import { memoryReplayStore, WorkloadAuthError } from './index.ts'
import type { VerdictEvent } from './model/verdict-event.ts'

const audience = 'https://api.acme.dev'
const issuer = await createTestIssuer(githubActions)
const trust = githubActions({ ownerId: '1234567' })
const main = githubActions({ repository: 'acme/shop', branch: 'main' })
const options = { audience, trust, fetch: issuer.fetch }
const token = await issuer.mint({ aud: audience })
const call = (authorization?: string, path = '/deploy?x=1'): Request =>
  new Request(`${audience}${path}`, { method: 'POST', body: 'x', headers: authorization ? { authorization } : {} })
const good = (): Request => call(`Bearer ${token}`)

test('a guard resolves to the caller, typed by the rules of the route', async () => {
  const mayDeploy = fetchGuard(options, main)
  const auth = await mayDeploy(good())

  if (auth instanceof Response) throw new Error('refused')
  expectTypeOf(auth.workload).toEqualTypeOf<GitHubActionsWorkload>()
  expect([auth.workload.repository, auth.workload.runId]).toEqual(['acme/shop', '19872285394'])
})

test('a guard without rules asks trust only', async () => {
  const auth = await fetchGuard(options)(good())
  expect(auth).toMatchObject({ workload: { repository: 'acme/shop' } })
})

test('a guard of an optional verifier admits a call without a token, as nobody', async () => {
  const auth = await fetchGuard({ ...options, optional: true })(call())
  if (auth instanceof Response) throw new Error('refused')
  expectTypeOf(auth.workload).toEqualTypeOf<GitHubActionsWorkload | undefined>()
  expect(auth).toEqual({ workload: undefined })
})

test('a guard with rules refuses a call without a token, even of an optional verifier', async () => {
  const auth = (await fetchGuard({ ...options, optional: true }, main)(call())) as Response
  expect([auth.status, await auth.json()]).toMatchObject([401, { code: 'token_missing' }])
})

test('asking for the workload refuses, also where Response is another class', async () => {
  class Response {
    readonly status = 200
  }
  const auth = await fetchGuard(options)(call())
  expect([auth instanceof Response, 'workload' in auth]).toEqual([false, false])
})

test('the response of a refusal has the challenge and the problem document', async () => {
  const auth = (await fetchGuard(options)(call())) as Response

  expect(auth).toBeInstanceOf(Response)
  expect([
    auth.status,
    ...['content-type', 'cache-control', 'www-authenticate'].map((name) => auth.headers.get(name)),
  ]).toEqual([401, 'application/problem+json', 'no-store', 'Bearer realm="jobpass"'])
  expect(await auth.json()).toMatchObject({ code: 'token_missing', status: 401 })
})

test('a refused route answers 403 with the reason', async () => {
  const other = githubActions({ repository: 'acme/shop', branch: 'release' })
  const auth = (await fetchGuard(options, other)(good())) as Response
  expect([auth.status, await auth.json()]).toMatchObject([
    403,
    { code: 'workload_forbidden', checks: [{ field: 'branch', actual: 'main' }] },
  ])
})

test("errors: 'throw' throws the refusal as an error", async () => {
  const guard = fetchGuard({ ...options, errors: 'throw' })
  await expect(guard(call())).rejects.toThrow(WorkloadAuthError)
  await expect(guard(good())).resolves.toMatchObject({ workload: { repository: 'acme/shop' } })
})

test('the request is not changed, and its body can still be read', async () => {
  const request = Object.freeze(good())
  const before = Reflect.ownKeys(request)

  await fetchGuard(options, main)(request)

  expect(Reflect.ownKeys(request)).toEqual(before)
  expect(request.bodyUsed).toBe(false)
  expect(await request.text()).toBe('x')
})

test('a function finds the rules of a request', async () => {
  const seen: WorkloadIdentity[] = []
  const guard = fetchGuard(createVerifier(options), (workload, request) => {
    seen.push(workload)
    return new URL(request.url).pathname === '/deploy' ? main : undefined
  })

  expect(await guard(good())).toMatchObject({ workload: { branch: 'main' } })
  expect(await guard(call(`Bearer ${token}`, '/other'))).toMatchObject({ status: 403 })
  expect(seen.map(({ repository }) => repository)).toEqual(['acme/shop', 'acme/shop'])
})

test('guards that share a verifier verify a request once, and each applies its own rules', async () => {
  const events: VerdictEvent[] = []
  const verifier = createVerifier({ ...options, onVerdict: (event) => void events.push(event) })
  const always = fetchGuard(verifier)
  const mayDeploy = fetchGuard(verifier, main)
  const request = good()

  await always(request)
  await mayDeploy(request)

  expect(events.map(({ layer, allowed, request: about }) => [layer, allowed, about?.method, about?.path])).toEqual([
    ['trust', true, 'POST', '/deploy'],
    ['route', true, 'POST', '/deploy'],
  ])
})

test('a request of one caller says nothing about another request', async () => {
  const verifier = createVerifier(options)
  const guard = fetchGuard(verifier, main)
  const request = good()
  await guard(request)
  const copy = new Request(request.url, { method: 'POST' })

  expect(await guard(copy)).toMatchObject({ status: 401 })
  expect(() => getWorkload(copy)).toThrow('getWorkload() found no caller')
})

test('a guard of another verifier verifies again, and its refusal leaves no caller', async () => {
  const stricter = fetchGuard({ ...options, trust: githubActions({ ownerId: '99' }) })
  const request = good()
  await fetchGuard(options)(request)
  expect(getWorkload(request).repository).toBe('acme/shop')

  expect(await stricter(request)).toMatchObject({ status: 403 })
  expect(() => getWorkload(request)).toThrow('getWorkload() found no caller')
})

test('getWorkload and getMatched know a request that a guard admitted', async () => {
  const rule = githubActions({ repository: 'acme/shop', branch: 'main' }, { data: { project: 7 } })
  const request = good()
  await fetchGuard(options, rule)(request)

  expect(getWorkload(request, rule).branch).toBe('main')
  expect(getMatched(request, rule).data.project).toBe(7)
})

test('a use of a one-time rule is claimed once', async () => {
  const guard = fetchGuard({ ...options, replay: { store: memoryReplayStore() }, onWarning: () => {} }, oneTime(main))
  expect(await guard(good())).toMatchObject({ workload: { branch: 'main' } })
  expect(await ((await guard(good())) as Response).json()).toMatchObject({ code: 'token_replayed' })
})

test.each([
  ['the request of a Node server', { headers: { authorization: `Bearer ${token}` } }],
  ['nothing', undefined],
  ['a token', token],
])('a guard given %s rejects with a TypeError that does not show it', async (_, given) => {
  const outcome = (fetchGuard(options) as (given: unknown) => Promise<unknown>)(given)
  await expect(outcome).rejects.toThrow(/^A fetch guard takes a Request of the Fetch API, not /)
  await expect(outcome).rejects.not.toThrow(token.slice(0, 40))
})

test.each([
  ['a provider that was not called', githubActions],
  ['options in the place of a rule', { explain: 'full' }],
  ['a deny rule', githubActions.deny({ ownerId: '1' })],
])('%s is a TypeError at construction', (_, rule) => {
  expect(() => fetchGuard(options, rule as never)).toThrow(TypeError)
})

test('a guard without a verifier is a TypeError at construction', () => {
  expect(() => fetchGuard(undefined as never)).toThrow(TypeError)
})
