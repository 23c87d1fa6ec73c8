/**
 * Every platform: a job finds it, gets a token from it, and learns what to add where it gets none.
 */

import { describe, expect, test } from 'vitest'
import type { Environment, Job } from './job.ts'
import { createClient, NotInCiError, TokenUnavailableError } from './index.ts'
import { platforms } from './platforms/index.ts'
import { fakeJob, makeToken, start } from './testing/job.ts'

const audience = 'https://api.acme.dev'
const good = makeToken(audience, start + 300)

/** What a request of the client looks like from the other side. */
interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Case {
  readonly id: string
  /** The environment of a job that may request tokens. */
  readonly env: Environment
  /**
   * The environment of the same job without the permission; absent where such a job looks like
   * none.
   */
  readonly without?: Environment
  /** A part of the line to add. */
  readonly fix: string
  /** What the platform must see, and what it answers with the token. */
  readonly seen?: Partial<Seen>
  readonly answer?: (token: string) => string
  readonly command?: readonly string[]
  readonly file?: string
  readonly socket?: object
}

const json =
  (...path: readonly string[]) =>
  (token: string): string =>
    JSON.stringify(
      path.toReversed().reduce<unknown>((value, name) => (name === '[]' ? [value] : { [name]: value }), token),
    )

// Written down from the vendors' documentation, which docs/providers names.
const cases: readonly Case[] = [
  {
    id: 'given-file',
    env: { JOBPASS_ID_TOKEN_FILE: '/run/token' },
    fix: 'the file hold a token',
    file: '/run/token',
  },
  { id: 'given', env: { JOBPASS_ID_TOKEN: 'TOKEN' }, fix: 'Give the variable a token' },
  {
    id: 'forgejo-actions',
    env: {
      FORGEJO_ACTIONS: 'true',
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://forge.acme.dev/api/actions/id?v=1',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    },
    without: { FORGEJO_ACTIONS: 'true', GITHUB_ACTIONS: 'true' },
    fix: 'enable-openid-connect: true',
    seen: { url: 'https://forge.acme.dev/api/actions/id?v=1&audience=https%3A%2F%2Fapi.acme.dev' },
    answer: json('value'),
  },
  {
    id: 'github-actions',
    env: {
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://pipelines.actions.githubusercontent.com/x/idtoken?api-version=2.0',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
    },
    without: { GITHUB_ACTIONS: 'true' },
    fix: 'permissions: id-token: write',
    seen: {
      method: 'GET',
      url: 'https://pipelines.actions.githubusercontent.com/x/idtoken?api-version=2.0&audience=https%3A%2F%2Fapi.acme.dev',
      headers: { authorization: 'Bearer request' },
    },
    answer: json('value'),
  },
  {
    id: 'gitlab',
    env: { GITLAB_CI: 'true', HTTPS___API_ACME_DEV_ID_TOKEN: 'TOKEN' },
    without: { GITLAB_CI: 'true' },
    fix: "id_tokens: { HTTPS___API_ACME_DEV_ID_TOKEN: { aud: 'https://api.acme.dev' } }",
  },
  {
    id: 'circleci',
    env: { CIRCLECI: 'true', CIRCLE_OIDC_TOKEN_V2: 'for another audience' },
    without: { CIRCLECI: 'true' },
    fix: 'temporary folder',
    command: ['circleci', 'run', 'oidc', 'get', '--claims', '{"aud":"https://api.acme.dev"}'],
  },
  {
    id: 'buildkite',
    env: { BUILDKITE: 'true', BUILDKITE_AGENT_ACCESS_TOKEN: 'x' },
    without: { BUILDKITE: 'true' },
    fix: 'mount-buildkite-agent: true',
    command: [
      'buildkite-agent',
      'oidc',
      'request-token',
      '--audience',
      audience,
      '--claim',
      'organization_id,pipeline_id',
    ],
  },
  {
    id: 'azure-devops',
    env: {
      TF_BUILD: 'True',
      SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/acme/_apis/oidctoken',
      SYSTEM_ACCESSTOKEN: 'access',
    },
    without: { TF_BUILD: 'True', SYSTEM_OIDCREQUESTURI: 'https://dev.azure.com/acme/_apis/oidctoken' },
    fix: 'SYSTEM_ACCESSTOKEN: $(System.AccessToken)',
    seen: {
      method: 'POST',
      url: 'https://dev.azure.com/acme/_apis/oidctoken?api-version=7.1',
      headers: { authorization: 'Bearer access', 'x-tfs-fedauthredirect': 'Suppress' },
    },
    answer: json('oidcToken'),
  },
  {
    id: 'bitbucket-pipelines',
    env: { BITBUCKET_BUILD_NUMBER: '7', BITBUCKET_STEP_OIDC_TOKEN: 'TOKEN' },
    without: { BITBUCKET_BUILD_NUMBER: '7' },
    fix: "oidc: { audiences: ['https://api.acme.dev'] }",
  },
  {
    id: 'semaphore',
    env: { SEMAPHORE: 'true', SEMAPHORE_OIDC_TOKEN: 'TOKEN' },
    without: { SEMAPHORE: 'true' },
    fix: 'cannot be chosen',
  },
  {
    id: 'codefresh',
    env: { CF_BUILD_ID: '7', ID_TOKEN: 'TOKEN' },
    without: { CF_BUILD_ID: '7' },
    fix: 'obtain-oidc-id-token',
  },
  {
    id: 'teamcity',
    env: { TEAMCITY_VERSION: '2026.1', TEAMCITY_BUILD_OIDC_TOKEN: 'TOKEN' },
    without: { TEAMCITY_VERSION: '2026.1' },
    fix: 'build feature',
  },
  {
    id: 'hcp-terraform',
    env: { TFC_RUN_ID: 'run-1', TFC_WORKLOAD_IDENTITY_TOKEN: 'TOKEN' },
    without: { TFC_RUN_ID: 'run-1' },
    fix: 'TFC_WORKLOAD_IDENTITY_AUDIENCE=https://api.acme.dev',
  },
  {
    id: 'spacelift',
    env: { TF_VAR_spacelift_run_id: '1', SPACELIFT_OIDC_TOKEN: 'TOKEN' },
    without: { TF_VAR_spacelift_run_id: '1' },
    fix: 'cannot be chosen',
  },
  { id: 'pulumi-deployments', env: { PULUMI_OIDC_TOKEN: 'TOKEN' }, fix: 'cannot be chosen' },
  {
    id: 'modal-functions',
    env: { MODAL_TASK_ID: 'ta-1', MODAL_IDENTITY_TOKEN: 'TOKEN' },
    without: { MODAL_TASK_ID: 'ta-1' },
    fix: 'cannot be chosen',
  },
  {
    id: 'vercel',
    env: { VERCEL: '1', VERCEL_OIDC_TOKEN: 'of the team' },
    without: { VERCEL: '1' },
    fix: 'secure backend access',
    seen: {
      method: 'POST',
      url: 'https://oidc.vercel.com/~token',
      body: '{"token":"of the team","aud":"https://api.acme.dev"}',
    },
    answer: json('token'),
  },
  {
    id: 'render-services',
    env: { RENDER: 'true', AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/token' },
    without: { RENDER: 'true' },
    fix: 'AWS_ROLE_ARN',
    file: '/var/run/token',
  },
  {
    id: 'cursor-agents',
    env: { CURSOR_AGENT_SOCKET: '/run/cursor/api.sock' },
    fix: 'administrator',
    socket: { socket: '/run/cursor/api.sock', path: '/v1/tokens/oidc', body: '{"aud":"https://api.acme.dev"}' },
    answer: json('token'),
  },
  {
    id: 'fly-io',
    env: { FLY_MACHINE_ID: '9080' },
    fix: '/.fly/api',
    socket: { socket: '/.fly/api', path: '/v1/tokens/oidc', body: '{"aud":"https://api.acme.dev"}' },
  },
  {
    id: 'aws',
    env: { CODEBUILD_BUILD_ID: 'shop:1' },
    fix: 'sts:GetWebIdentityToken',
    command: [
      'aws',
      'sts',
      'get-web-identity-token',
      '--audience',
      audience,
      '--signing-algorithm',
      'ES384',
      '--output',
      'json',
    ],
    answer: json('WebIdentityToken'),
  },
  {
    id: 'spiffe',
    env: { SPIFFE_ENDPOINT_SOCKET: 'unix:///run/spire.sock' },
    fix: 'spire-agent',
    command: ['spire-agent', 'api', 'fetch', 'jwt', '-audience', audience, '-output', 'json'],
    answer: json('[]', 'svids', '[]', 'svid'),
  },
  {
    id: 'microsoft-entra',
    env: { IDENTITY_ENDPOINT: 'http://169.254.129.2:8081/msi/token', IDENTITY_HEADER: 'header' },
    fix: 'managed identity',
    seen: {
      method: 'GET',
      url: 'http://169.254.129.2:8081/msi/token?resource=https%3A%2F%2Fapi.acme.dev&api-version=2019-08-01',
      headers: { 'x-identity-header': 'header' },
    },
    answer: json('access_token'),
  },
  {
    id: 'google-cloud',
    env: { K_SERVICE: 'deploy' },
    fix: 'service account',
    seen: {
      method: 'GET',
      url: 'http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/identity?audience=https%3A%2F%2Fapi.acme.dev&format=full',
      headers: { 'metadata-flavor': 'Google' },
    },
  },
]

/** The job of a case, whose platform gives a token. */
function jobOf({ env, seen, command, file, socket, answer = (token) => token }: Case, token: string): Partial<Job> {
  const variables = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value === 'TOKEN' ? token : value]),
  )
  const given = answer(token)
  return fakeJob(variables, {
    ...(seen && {
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const { method, url, headers } = request
        expect({ method, url, headers: Object.fromEntries(headers), body: await request.text() }).toMatchObject(seen)
        return new Response(given)
      },
    }),
    ...(command && {
      run: async (program, args) => {
        expect([program, ...args]).toEqual(command)
        return `${given}\n`
      },
    }),
    ...(file && {
      readFile: async (path) => {
        expect(path).toBe(file)
        return `${given}\n`
      },
    }),
    ...(socket && {
      post: async (request) => {
        expect(request).toEqual(socket)
        return given
      },
    }),
  })
}

const get = (job: Partial<Job>) => createClient(job).getToken({ audience })

describe.each(cases)('$id', (each) => {
  test('gives the job a token for the audience', async () => {
    const { token, provider, expiresAt } = await get(jobOf(each, good))
    expect({ token, provider, expiresAt }).toEqual({ token: good, provider: each.id, expiresAt: start + 300 })
  })

  test('does not give the job a token for another audience, and says what to change', async () => {
    const error = await get(jobOf(each, makeToken('https://other.acme.dev', start + 300))).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(TokenUnavailableError)
    expect((error as TokenUnavailableError).provider).toBe(each.id)
    expect((error as Error).message).toContain(
      'its token is for https://other.acme.dev, and not for https://api.acme.dev',
    )
    expect((error as TokenUnavailableError).fix).toContain(each.fix)
  })

  test('does not pass on what is not a token', async () => {
    await expect(get(jobOf(each, 'null'))).rejects.toThrow(TokenUnavailableError)
  })
})

test.each(cases.filter(({ without }) => without !== undefined))(
  'a job on $id without the permission learns which line to add',
  async ({ id, without = {}, fix }) => {
    const error = (await get(fakeJob(without)).catch((reason: unknown) => reason)) as TokenUnavailableError
    expect(error).toBeInstanceOf(TokenUnavailableError)
    expect([error.provider, error.message.includes(fix)]).toEqual([id, true])
  },
)

test('a pod without a token of ours learns how to mount one', async () => {
  const error = await get(fakeJob({ KUBERNETES_SERVICE_HOST: '10.0.0.1' })).catch((reason: unknown) => reason)
  expect((error as TokenUnavailableError).fix).toContain("serviceAccountToken: { audience: 'https://api.acme.dev'")
})

test('every platform of the table has a case', () => {
  expect([...cases.map(({ id }) => id), 'kubernetes'].toSorted()).toEqual(platforms.map(({ id }) => id).toSorted())
  expect(platforms.length).toBeGreaterThanOrEqual(20)
})

test('a process that is no job gets an error that names the variables of ours', async () => {
  const error = await get(fakeJob({ CI: 'true', PATH: '/bin' })).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(NotInCiError)
  expect((error as Error).message).toContain('JOBPASS_ID_TOKEN')
})
