// The client gets a token on every platform that has an emulator: over real HTTP, from real
// programs and from real files.

import { createClient, TokenUnavailableError } from '@jobpass/client'
import * as core from '@jobpass/core'
import type { JobOptions, RunningJob } from '@jobpass/testing/node'
import { createTestIssuer } from '@jobpass/testing/node'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { thisJob } from '../../packages/client/src/job.ts'
import { platforms } from '../../packages/client/src/platforms/index.ts'

const audience = 'https://api.acme.dev'

interface Case {
  readonly id: string
  readonly provider: Parameters<typeof createTestIssuer>[0]
  /** The platform that the client finds. Default: `id`. */
  readonly found?: string
  /** The audience in the configuration of the job. Default: none, the client requests it. */
  readonly configured?: true
  /** The only audience of the platform, by its issuer. */
  readonly fixed?: (issuer: string) => string
  /** The line to add without the permission. Default: the client finds no job at all. */
  readonly fix?: string
}

const cases: readonly Case[] = [
  { id: 'aws', provider: core.aws, fix: 'sts:GetWebIdentityToken' },
  {
    id: 'azure-devops',
    provider: core.azureDevops,
    fixed: () => 'api://AzureADTokenExchange',
    fix: 'SYSTEM_ACCESSTOKEN: $(System.AccessToken)',
  },
  { id: 'bitbucket-pipelines', provider: core.bitbucketPipelines, configured: true, fix: 'oidc: { audiences:' },
  { id: 'buildkite', provider: core.buildkite, fix: 'mount-buildkite-agent: true' },
  { id: 'circleci', provider: core.circleci, fix: 'temporary folder' },
  { id: 'codefresh', provider: core.codefresh, configured: true, fix: 'obtain-oidc-id-token' },
  { id: 'concourse', provider: core.concourse, found: 'given', configured: true },
  { id: 'cursor-agents', provider: core.cursorAgents },
  { id: 'depot-ci', provider: core.depotCi, found: 'github-actions' },
  { id: 'fly-io', provider: core.flyIo },
  { id: 'forgejo-actions', provider: core.forgejoActions, fix: 'enable-openid-connect: true' },
  { id: 'github-actions', provider: core.githubActions, fix: 'permissions: id-token: write' },
  { id: 'gitlab', provider: core.gitlab, configured: true, fix: 'id_tokens: { HTTPS___API_ACME_DEV_ID_TOKEN:' },
  { id: 'google-cloud', provider: core.googleCloud, fix: 'service account' },
  { id: 'hcp-terraform', provider: core.hcpTerraform, configured: true, fix: 'TFC_WORKLOAD_IDENTITY_AUDIENCE=' },
  { id: 'jenkins', provider: core.jenkins, found: 'given', configured: true },
  {
    id: 'kubernetes',
    provider: core.kubernetes,
    found: 'given-file',
    configured: true,
    fix: 'serviceAccountToken: { audience:',
  },
  { id: 'microsoft-entra', provider: core.microsoftEntra },
  { id: 'modal-functions', provider: core.modalFunctions, fixed: () => 'oidc.modal.com', fix: 'cannot be chosen' },
  { id: 'pulumi-deployments', provider: core.pulumiDeployments, fixed: () => 'tidewater' },
  { id: 'pulumi-esc', provider: core.pulumiEsc, found: 'given', configured: true },
  { id: 'render-services', provider: core.renderServices, fixed: () => 'sts.amazonaws.com', fix: 'AWS_ROLE_ARN' },
  { id: 'rwx', provider: core.rwx, found: 'given', configured: true },
  { id: 'semaphore', provider: core.semaphore, fixed: (issuer) => issuer, fix: 'cannot be chosen' },
  { id: 'spacelift', provider: core.spacelift, fixed: (issuer) => new URL(issuer).host, fix: 'cannot be chosen' },
  { id: 'spiffe', provider: core.spiffe, fix: 'register the workload' },
  { id: 'teamcity', provider: core.teamcity, configured: true, fix: 'build feature' },
  { id: 'vercel', provider: core.vercel, fix: 'secure backend access' },
]

const servers = new Map<string, Awaited<ReturnType<Awaited<ReturnType<typeof createTestIssuer>>['listen']>>>()
afterAll(() => Promise.all(Array.from(servers.values(), (server) => server.close())))
afterEach(() => void vi.unstubAllEnvs())

async function serverOf({ id, provider }: Case) {
  const issuers: Readonly<Record<string, string>> = {
    concourse: 'https://ci.acme.dev',
    spiffe: 'https://oidc.acme.dev',
  }
  const issuer = issuers[id]
  const server = servers.get(id) ?? (await (await createTestIssuer(provider, issuer ? { issuer } : {})).listen())
  servers.set(id, server)
  return server
}

async function startJob(each: Case, options: JobOptions<never> = {}): Promise<RunningJob> {
  return (await serverOf(each)).startJob(each.configured ? { aud: audience } : {}, options)
}

/** A client in the job: its programs are on the `PATH`, and its fixed addresses are mapped. */
function clientIn(job: RunningJob) {
  for (const [name, value] of Object.entries(job.env)) vi.stubEnv(name, value)
  return createClient({
    env: job.env,
    print: () => {},
    fetch: (input, init) => {
      const url = String(input instanceof Request ? input.url : input)
      return fetch(
        url.replace(new URL(url).origin, (origin) => job.places[origin] ?? origin),
        init,
      )
    },
    post: ({ socket, ...request }, signal) =>
      thisJob.post({ ...request, socket: job.places[socket] ?? socket }, signal),
  })
}

describe.each(cases)('the emulator of $id', (each) => {
  const audienceOfApi = async (): Promise<string> => each.fixed?.((await serverOf(each)).issuer) ?? audience

  test('gives the client a token for the audience of the API', async () => {
    const aud = await audienceOfApi()
    const { token, provider } = await clientIn(await startJob(each)).getToken({ audience: aud })
    expect(provider).toBe(each.found ?? each.id)
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      readonly aud: string
    }
    expect([claims.aud].flat()).toContain(aud)
  })

  test('gives nothing without the permission, and the client says what to add', async () => {
    const error: unknown = await clientIn(await startJob(each, { permission: false }))
      .getToken({ audience: await audienceOfApi() })
      .catch((reason: unknown) => reason)
    if (each.fix === undefined) return expect((error as Error).name).toMatch(/^(?:NotInCi|TokenUnavailable)Error$/)
    expect(error).toBeInstanceOf(TokenUnavailableError)
    return expect((error as TokenUnavailableError).fix).toContain(each.fix)
  })
})

test('every platform of the client has an emulator', () => {
  const found = new Set(cases.map(({ id, found = id }) => found))
  expect(platforms.map(({ id }) => id).filter((id) => !found.has(id))).toEqual(['kubernetes'])
})
