// Emulators are as strict as the platforms: a client that passes here passes there.

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  aws,
  azureDevops,
  buildkite,
  circleci,
  defineProvider,
  githubActions,
  gitlab,
  googleCloud,
  harness,
  kubernetes,
  microsoftEntra,
  octopusDeploy,
  spiffe,
  vercel,
} from '@jobpass/core'
import { afterAll, describe, expect, test } from 'vitest'
import { createTestIssuer } from '../node.ts'
import type { MintableProvider } from '../test-issuer.ts'
import type { JobOptions, RunningJob } from './job.ts'

const audience = 'https://api.acme.dev'
const servers = new Set<{ close(): Promise<void> }>()
afterAll(() => Promise.all(Array.from(servers, (server) => server.close())))

async function serverOf(provider: MintableProvider) {
  const server = await (await createTestIssuer(provider, { issuer: 'https://ci.acme.dev' })).listen()
  servers.add(server)
  return server
}

const jobOn = async (
  provider: MintableProvider,
  claims: Readonly<Record<string, unknown>> = {},
  options: JobOptions<never> = {},
): Promise<RunningJob> => (await serverOf(provider)).startJob(claims, options)

const claimsOf = (token: string): Readonly<Record<string, unknown>> =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Readonly<Record<string, unknown>>

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program in a job. */
const run = (job: RunningJob, program: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { PATH: process.env['PATH'], ...job.env }
    const child = execFile(program, [...args], { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout: stdout.trim(), stderr: stderr.trim() })
    })
    child.stdin?.end()
  })

describe('the endpoint of GitHub', () => {
  const ask = (job: RunningJob, query = '', token = job.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN']) =>
    fetch((job.env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '') + query, { headers: { authorization: `bearer ${token}` } })

  test('gives a token for the audience in the query, with the claims of the job', async () => {
    const job = await jobOn(githubActions, { branch: 'dev' })
    const { value } = (await (await ask(job, '&audience=a')).json()) as { readonly value: string }
    expect(claimsOf(value)).toMatchObject({ aud: 'a', ref: 'refs/heads/dev' })
    expect(job.requests).toEqual(['GET /_apis/token?api-version=2.0&audience=a'])
  })

  test('refuses a wrong request token, and the one of another job', async () => {
    const server = await serverOf(githubActions)
    const [job, other] = [await server.startJob(), await server.startJob()]
    expect((await ask(job, '', 'guess')).status).toBe(401)
    expect((await ask(job, '', other.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'])).status).toBe(401)
  })

  test('has no variables in a job without the permission', async () => {
    expect((await jobOn(githubActions, {}, { permission: false })).env).toEqual({ CI: 'true', GITHUB_ACTIONS: 'true' })
  })

  test('fails as often as asked for, and then gives a token', async () => {
    const faults = [{ status: 429, retryAfter: 3 }, { status: 500 }] as const
    const job = await jobOn(githubActions, {}, { faults })
    const answers = [await ask(job), await ask(job), await ask(job)]
    expect(answers.map(({ status, headers }) => [status, headers.get('retry-after')])).toEqual([
      [429, '3'],
      [500, null],
      [200, null],
    ])
  })

  test('hangs and drips until the job ends', async () => {
    const job = await jobOn(githubActions, {}, { faults: ['drip', 'hang'] })
    const dripping = await ask(job)
    expect(dripping.status).toBe(200)
    const ended = Promise.allSettled([dripping.text(), ask(job)])
    await expect.poll(() => job.requests.length).toBe(2)
    await job.close()
    expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  })
})

describe('the programs', () => {
  test('circleci gives a token for the audience in --claims, and takes no other claim', async () => {
    const job = await jobOn(circleci)
    const { stdout } = await run(job, 'circleci', 'run', 'oidc', 'get', '--claims', `{"aud":"${audience}"}`)
    expect(claimsOf(stdout)['aud']).toBe(audience)
    expect(claimsOf(job.env['CIRCLE_OIDC_TOKEN_V2'] ?? '')['aud']).toBe(claimsOf(stdout)['oidc.circleci.com/org-id'])
    for (const claims of ['{"aud":"a","sub":"b"}', 'aud', '[1]', 'null'])
      expect(await run(job, 'circleci', 'run', 'oidc', 'get', '--claims', claims)).toMatchObject({
        code: 1,
        stdout: '',
      })
    expect(await run(job, 'circleci', 'run', 'oidc', 'get', '--audience', 'a')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: unknown option: --audience',
    })
    expect(job.requests[0]).toBe(`circleci run oidc get --claims {"aud":"${audience}"}`)
  })

  test('buildkite-agent gives ids on request only, and needs its access token', async () => {
    const job = await jobOn(buildkite)
    const ask = (...args: readonly string[]) => run(job, 'buildkite-agent', 'oidc', 'request-token', ...args)
    const plain = claimsOf((await ask('--audience', audience)).stdout)
    expect([plain['aud'], 'pipeline_id' in plain]).toEqual([audience, false])
    const { organization_id, pipeline_id, exp, iat } = claimsOf(
      (await ask('--audience', audience, '--claim=organization_id,pipeline_id', '--lifetime', '60')).stdout,
    )
    expect([organization_id, pipeline_id]).toEqual([expect.any(String), expect.any(String)])
    expect(Number(exp) - Number(iat)).toBe(60)
    expect((await ask('--lifetime', 'soon')).code).toBe(1)
    expect(
      await run({ ...job, env: { PATH: job.env['PATH'] ?? '' } }, 'buildkite-agent', 'oidc', 'request-token'),
    ).toEqual({ code: 1, stdout: '', stderr: 'Missing agent-access-token' })
    expect(await run(job, 'buildkite-agent', 'redactor', 'add')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('aws needs an audience, an algorithm and a region, and the permission of its role', async () => {
    const job = await jobOn(aws)
    const command = ['sts', 'get-web-identity-token', '--audience', audience, '--signing-algorithm', 'ES384']
    const { WebIdentityToken } = JSON.parse((await run(job, 'aws', ...command)).stdout) as Record<string, string>
    expect(claimsOf(WebIdentityToken ?? '')['aud']).toBe(audience)
    const text = await run(job, 'aws', ...command, '--query', 'WebIdentityToken', '--output', 'text')
    expect(claimsOf(text.stdout)['aud']).toBe(audience)
    expect(await run(job, 'aws', ...command.slice(0, 4))).toEqual({
      code: 252,
      stdout: '',
      stderr: 'aws: error: the following arguments are required: --signing-algorithm',
    })
    expect((await run(job, 'aws', ...command, '--duration-seconds', '7200')).code).toBe(254)
    expect((await run({ ...job, env: { PATH: job.env['PATH'] ?? '' } }, 'aws', ...command)).code).toBe(253)
    const refused = await run(await jobOn(aws, {}, { permission: false }), 'aws', ...command)
    expect([refused.code, refused.stderr]).toEqual([254, expect.stringContaining('sts:GetWebIdentityToken')])
  })

  test('spire-agent prints JSON on request, and nothing for a workload that is not registered', async () => {
    const command = ['api', 'fetch', 'jwt', '-audience', audience, '-output', 'json']
    const { stdout } = await run(await jobOn(spiffe), 'spire-agent', ...command)
    const [{ svids }] = JSON.parse(stdout) as [{ readonly svids: readonly [{ readonly svid: string }] }]
    expect(claimsOf(svids[0].svid)['aud']).toBe(audience)
    const refused = await run(await jobOn(spiffe, {}, { permission: false }), 'spire-agent', ...command)
    expect([refused.code, refused.stdout, refused.stderr]).toEqual([
      1,
      '',
      expect.stringContaining('no identity issued'),
    ])
  })

  test('get_octopusvariable prints the token of the account, and nothing for another name', async () => {
    const job = await jobOn(octopusDeploy, { aud: audience }, { variable: 'Deploy' })
    const { stdout } = await run(job, 'get_octopusvariable', 'Deploy.OpenIdConnect.Jwt')
    expect(claimsOf(stdout)['aud']).toBe(audience)
    expect(await run(job, 'get_octopusvariable', 'API.OpenIdConnect.Jwt')).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  test('only the programs of a job can ask for its tokens', async () => {
    const job = await jobOn(spiffe)
    const [script = ''] = (job.env['PATH'] ?? '').split(':')
    const [, origin = ''] = /fetch\('([^']+)'/.exec(await readFile(`${script}/spire-agent`, 'utf8')) ?? []
    expect((await fetch(origin, { method: 'POST', body: '{}' })).status).toBe(404)
  })
})

describe('the endpoints', () => {
  test('Azure DevOps wants the access token, and its version in the query', async () => {
    const { env } = await jobOn(azureDevops)
    const ask = async (query: string, headers: Readonly<Record<string, string>>) =>
      (await fetch((env['SYSTEM_OIDCREQUESTURI'] ?? '') + query, { method: 'POST', headers })).status
    const authorization = `Bearer ${env['SYSTEM_ACCESSTOKEN']}`
    expect(await ask('?api-version=7.1', { authorization })).toBe(200)
    expect(await ask('', { authorization })).toBe(400)
    expect(await ask('?api-version=7.1', { 'x-tfs-fedauthredirect': 'Suppress' })).toBe(401)
    expect(await ask('?api-version=7.1', {})).toBe(203)
  })

  test("Google's metadata server wants its header and an audience, and says who calls in the full format", async () => {
    const { places } = await jobOn(googleCloud)
    const url = `${places['http://metadata.google.internal']}/computeMetadata/v1/instance/service-accounts/default/identity`
    const ask = (query: string, headers = { 'metadata-flavor': 'Google' }) => fetch(url + query, { headers })
    expect(claimsOf(await (await ask('?audience=a&format=full')).text())).toMatchObject({
      aud: 'a',
      email_verified: true,
    })
    expect(claimsOf(await (await ask('?audience=a')).text())).not.toHaveProperty('email')
    expect((await ask('')).status).toBe(400)
    expect((await fetch(`${url}?audience=a`)).status).toBe(403)
  })

  test('Azure gives tokens to machines and to apps, each with its own header', async () => {
    const { env, places } = await jobOn(microsoftEntra)
    const app = `${env['IDENTITY_ENDPOINT']}?resource=a&api-version=2019-08-01`
    const machine = `${places['http://169.254.169.254']}/metadata/identity/oauth2/token?resource=a&api-version=2018-02-01`
    const ask = async (url: string, headers: Readonly<Record<string, string>>) => (await fetch(url, { headers })).status
    expect(await ask(app, { 'x-identity-header': env['IDENTITY_HEADER'] ?? '' })).toBe(200)
    expect(await ask(app, { metadata: 'true' })).toBe(401)
    expect(await ask(machine, { metadata: 'true' })).toBe(200)
    expect(await ask(machine, {})).toBe(400)
    expect(await ask(machine.replace('resource=a', ''), { metadata: 'true' })).toBe(400)
  })

  test('Vercel exchanges the token of the project, and no other', async () => {
    const job = await jobOn(vercel)
    const ask = (token: string | undefined) =>
      fetch(`${job.places['https://oidc.vercel.com']}/~token`, {
        method: 'POST',
        body: JSON.stringify({ token, aud: audience }),
      })
    const { token } = (await (await ask(job.env['VERCEL_OIDC_TOKEN'])).json()) as { readonly token: string }
    expect(claimsOf(token)['aud']).toBe(audience)
    expect([(await ask(token)).status, (await ask(undefined)).status]).toEqual([401, 400])
  })
})

test('GitLab puts the token into the variable that the job names', async () => {
  const { env } = await jobOn(gitlab, { aud: audience, branch: 'main' }, { variable: 'API_TOKEN' })
  expect(claimsOf(env['API_TOKEN'] ?? '')).toMatchObject({ aud: audience, ref: 'main' })
  await expect(jobOn(gitlab)).rejects.toThrow('A token of GitLab needs an audience')
})

test('Kubernetes replaces the file with the token at once, and the file ends with the job', async () => {
  const job = await jobOn(kubernetes, { aud: audience })
  const path = job.env['JOBPASS_ID_TOKEN_FILE'] ?? ''
  const first = await readFile(path, 'utf8')
  await job.renew()
  const second = await readFile(path, 'utf8')
  expect([claimsOf(first)['aud'], claimsOf(second)['aud'], first === second]).toEqual([audience, audience, false])
  await job.close()
  expect(existsSync(dirname(path))).toBe(false)
})

test('the server ends its jobs', async () => {
  const server = await serverOf(githubActions)
  const { env } = await server.startJob()
  await server.close()
  servers.delete(server)
  await expect(fetch(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '')).rejects.toThrow('fetch failed')
})

test('a platform without an emulator, a misspelt claim and an unknown option throw', async () => {
  await expect(jobOn(harness)).rejects.toThrow(
    'Harness has no emulator: give your job a token of mint(). Known: aws, azure-devops,',
  )
  const acme = defineProvider({ id: 'acme', title: 'Acme', algorithms: ['RS256'], claims: {}, identity: {}, pins: [] })
  await expect(jobOn(githubActions, { brnch: 'main' })).rejects.toThrow("did you mean 'branch'?")
  await expect(jobOn(acme)).rejects.toThrow('Acme has no emulator')
  await expect(jobOn(githubActions, {}, { permissions: false } as never)).rejects.toThrow(
    "startJob(): its options has no 'permissions'; did you mean 'permission'? Known: trigger, header, issuedAt, permission, variable, faults",
  )
})
