// The bundled action in a job, against a real issuer, exchange and API.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { Agent, fetch } from 'undici'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { JobOptions } from './runner.ts'
import { RunnerJob, textsOf } from './runner.ts'
import { audience, createWorld } from './world.ts'

const world = await createWorld()
afterAll(() => world.close())

const jobs: RunnerJob[] = []
beforeEach(() => void world.seen.splice(0))
afterEach(() => {
  for (const job of jobs.splice(0)) job.remove()
})

async function jobWith(options: JobOptions): Promise<RunnerJob> {
  const job = new RunnerJob({ env: await world.jobOf(), ...options })
  jobs.push(job)
  return job
}

const exchanging = { audience, 'exchange-url': `${world.issuer}/token`, scope: 'publish' }
const claimsOf = (token = ''): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

/** The calls that reached the server, without the keys that verifiers read. */
const calls = (): readonly string[] =>
  world.seen.map(({ call }) => call).filter((call) => !call.startsWith('GET /jwks'))

async function publishWith(token: string): Promise<number> {
  const dispatcher = new Agent({ connect: { ca: readFileSync(world.ca) } })
  const headers = { authorization: `Bearer ${token}` }
  const { status } = await fetch(`${world.issuer}/packages/shop`, { method: 'PUT', headers, dispatcher })
  await dispatcher.close()
  return status
}

describe('without an exchange', () => {
  test('the token of the job is an output that the log hides, and post does nothing', async () => {
    const job = await jobWith({ inputs: { audience } })
    const main = await job.main()
    const { token = '', ...outputs } = job.outputs
    expect(claimsOf(token)).toMatchObject({ aud: audience, repository: 'acme/shop' })
    expect(job.masked).toEqual([token])
    expect(outputs).toEqual({ 'expires-at': String(claimsOf(token)['exp']), skipped: 'false' })
    const expiry = new Date(Number(claimsOf(token)['exp']) * 1000).toISOString()
    expect([main.code, main.log]).toEqual([0, `The token expires at ${expiry}.`])
    expect(job.variables).toEqual({})
    expect(await job.post()).toEqual({ code: 0, log: '', commands: [] })
    expect(calls()).toEqual([])
  })
})

describe('with an exchange', () => {
  test('the service token is the output, and works until post has revoked it', async () => {
    const job = await jobWith({ inputs: exchanging })
    expect((await job.main()).code).toBe(0)
    const { token = '', 'expires-at': expiresAt } = job.outputs
    expect(claimsOf(token)).toMatchObject({ iss: world.issuer, aud: audience, scope: 'publish' })
    expect(job.masked).toContain(token)
    // Counted from the request on, so that it is never too late.
    expect(claimsOf(token)['exp']).toBeGreaterThanOrEqual(Number(expiresAt))
    expect(claimsOf(token)['exp']).toBeLessThan(Number(expiresAt) + 60)
    expect(await publishWith(token)).toBe(200)
    const post = await job.post()
    expect([post.code, post.log]).toEqual([0, 'Revoked the service token.'])
    expect(await publishWith(token)).toBe(401)
    expect(calls()).toEqual(['POST /token', 'PUT /packages/shop', 'POST /revoke', 'PUT /packages/shop'])
  })

  test('the scopes are those that the exchange grants by default, if none are requested', async () => {
    const job = await jobWith({ inputs: { audience, 'exchange-url': exchanging['exchange-url'] } })
    expect((await job.main()).code).toBe(0)
    expect(claimsOf(job.outputs['token'])).toMatchObject({ scope: 'publish' })
  })

  test('a refused job reads why, and has nothing to revoke', async () => {
    const job = await jobWith({ inputs: exchanging, env: await world.jobOf({ branch: 'feature' }) })
    const main = await job.main()
    expect(main.code).toBe(1)
    expect(textsOf(main, 'error')).toEqual([expect.stringMatching(/^400 workload_forbidden: .* branch is "feature"$/)])
    expect(job.outputs).toEqual({})
    expect(await job.post()).toEqual({ code: 0, log: '', commands: [] })
    expect(calls()).toEqual(['POST /token'])
  })

  test('a revocation that fails is a warning, and not a failure', async () => {
    const job = await jobWith({ inputs: exchanging })
    await job.main()
    const gone = await createWorld()
    await gone.close()
    const post = await job.post({ 'revocation-url': `${gone.issuer}/revoke` })
    expect(post.code).toBe(0)
    expect(textsOf(post, 'warning')).toEqual([
      `The service token was not revoked, and works until it expires: ${gone.issuer}/revoke cannot be reached.`,
    ])
  })

  test.each([
    ['is not there', '/nothing', 404],
    ['redirects, which is not followed', '/moved', 307],
  ])('a revocation is a warning where the endpoint %s', async (_, path, status) => {
    const job = await jobWith({ inputs: exchanging })
    await job.main()
    const post = await job.post({ 'revocation-url': `${world.issuer}${path}` })
    expect([post.code, textsOf(post, 'warning')]).toEqual([
      0,
      [`The service token was not revoked, and works until it expires: ${world.issuer}${path} answered ${status}.`],
    ])
    expect(calls()).toEqual(['POST /token', `POST ${path}`])
  })

  test('a token that main could not hand on is revoked all the same', async () => {
    const job = await jobWith({
      inputs: { ...exchanging, write: 'netrc', host: world.host },
      env: { ...(await world.jobOf()), RUNNER_TEMP: '' },
    })
    const main = await job.main()
    expect([main.code, textsOf(main, 'error')]).toEqual([1, ['The runner did not set RUNNER_TEMP.']])
    expect((await job.post()).log).toBe('Revoked the service token.')
  })
})

test('post removes the file', async () => {
  const job = await jobWith({ inputs: { audience, write: 'curl-config' } })
  await job.main()
  expect(existsSync(job.outputs['file'] ?? '')).toBe(true)
  expect(await job.post()).toEqual({ code: 0, log: '', commands: [] })
  expect(readdirSync(job.temporary)).toEqual([])
})

describe('a job without the variables', () => {
  const env = {}
  const repository = { full_name: 'acme/shop' }
  const fromFork = { repository, pull_request: { head: { repo: { full_name: 'mallory/shop' } } } }
  const notice = 'A pull request of a fork gets no OIDC token from GitHub, so this step was skipped.'

  test.each([
    ['a fork', 'pull_request', fromFork],
    ['a fork that was deleted', 'pull_request', { repository, pull_request: { head: { repo: null } } }],
    ['a fork that is reviewed', 'pull_request_review', fromFork],
  ])('is skipped with a notice in a pull request of %s', async (_, name, payload) => {
    const job = await jobWith({
      inputs: { ...exchanging, write: 'netrc', host: world.host },
      env,
      event: [name, payload],
    })
    const main = await job.main()
    expect([main.code, main.commands, job.outputs]).toEqual([
      0,
      [{ name: 'notice', text: notice }],
      { skipped: 'true' },
    ])
    expect((await job.post()).code).toBe(0)
    expect(calls()).toEqual([])
  })

  test.each([
    ['a push', 'push', { repository }],
    ['a pull request of its own', 'pull_request', { repository, pull_request: { head: { repo: repository } } }],
    ['an event that runs with the rights of the base', 'pull_request_target', fromFork],
    ['an event without a payload', 'pull_request', null],
  ])('fails in %s, with the line to add', async (_, name, payload) => {
    const job = await jobWith({ inputs: { audience }, env, event: [name, payload ?? {}] })
    const main = await job.main()
    expect(main.code).toBe(1)
    expect(textsOf(main, 'error')).toEqual([expect.stringContaining("Add 'permissions: id-token: write' to the job")])
    expect(job.outputs).toEqual({})
  })

  test('gets its token in a pull request of a fork where GitHub gives one', async () => {
    const job = await jobWith({ inputs: { audience }, event: ['pull_request', fromFork] })
    expect((await job.main()).code).toBe(0)
    expect(job.outputs['skipped']).toBe('false')
  })
})

describe('an input that is wrong', () => {
  test.each([
    [
      'a command in an audience',
      { audience: 'x\n::set-output name=token::y' },
      'Input audience: write one line, without control characters.',
    ],
    [
      'a percent sign and a colon',
      { audience, write: '%0A::add-path::' },
      'Input write: write one of curl-config, npmrc, netrc, docker, or leave it out for no file.',
    ],
    [
      'a line of netrc in a host',
      { audience, write: 'netrc', host: 'a.dev\nmachine b.dev' },
      'Input host: write one line, without control characters.',
    ],
  ])('fails the step and requests nothing: %s', async (_, inputs, message) => {
    const job = await jobWith({ inputs })
    const main = await job.main()
    expect([main.code, main.commands]).toEqual([1, [{ name: 'error', text: message }]])
    expect([job.outputs, job.masked, calls()]).toEqual([{}, [], []])
  })
})
