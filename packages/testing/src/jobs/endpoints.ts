/**
 * Platforms with an HTTP endpoint for tokens. The statuses are the platforms'; texts of errors are
 * ours, except where the platform documents them.
 */

import type { EmulatedJob, Emulator, Environment, Reply, TokenRequest } from './emulator.ts'
import { memberOf } from './emulator.ts'

/** `aud` for a token, if one was asked for. */
const audienceOf = (aud: string | null | undefined): { readonly aud?: string } =>
  aud === null || aud === undefined ? {} : { aud }

const bearer = ({ headers }: TokenRequest): string => (headers.authorization ?? '').replace(/^bearer /i, '')

/** GitHub's endpoint, which others copied. Source: actions/toolkit, oidc-utils.ts. */
const requestEndpoint = (without: Environment): Emulator => ({
  // The client appends `&audience=`, so the URL already has a query.
  env: ({ origin, secret }) => ({
    ...without,
    ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/_apis/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
  }),
  without: () => without,
  answer: async (request, { secret, permission, mint }) => {
    if (request.route !== 'GET /_apis/token') return [404, { message: 'not found' }]
    if (!permission || bearer(request) !== secret) return [401, { message: 'no such job' }]
    return [200, { value: await mint(audienceOf(request.query.get('audience'))) }]
  },
})

export const depotCi: Emulator = requestEndpoint({ CI: 'true' })
export const forgejoActions: Emulator = requestEndpoint({ CI: 'true', FORGEJO_ACTIONS: 'true', GITHUB_ACTIONS: 'true' })
export const githubActions: Emulator = requestEndpoint({ CI: 'true', GITHUB_ACTIONS: 'true' })

// Source: https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create
const azurePath = '/acme/_apis/distributedtask/hubs/build/plans/1f0c/jobs/12f1/oidctoken'
const azureVariables = ({ origin }: EmulatedJob): Environment => ({
  TF_BUILD: 'True',
  SYSTEM_OIDCREQUESTURI: origin + azurePath,
})
export const azureDevops: Emulator = {
  env: (job) => ({ ...azureVariables(job), SYSTEM_ACCESSTOKEN: job.secret }),
  // The URI is always there: what a step lacks is the access token.
  without: azureVariables,
  answer: async (request, { secret, mint }) => {
    const { route, query, headers } = request
    if (route !== `POST ${azurePath}`) return [404, { message: 'not found' }]
    // A bad access token is answered with a page to sign in, unless this header is sent.
    if (bearer(request) !== secret) return [headers['x-tfs-fedauthredirect'] === 'Suppress' ? 401 : 203, 'Sign in']
    if (!query.has('api-version')) return [400, { message: 'No api-version was supplied for the "POST" request.' }]
    return [200, { oidcToken: await mint() }]
  },
}

// Source: https://cloud.google.com/compute/docs/instances/verifying-instance-identity
const googlePath = '/computeMetadata/v1/instance/service-accounts/default/identity'
const googleVariables = ({ origin }: EmulatedJob): Environment => ({ GCE_METADATA_HOST: new URL(origin).host })
export const googleCloud: Emulator = {
  env: googleVariables,
  without: googleVariables,
  hosts: ['http://metadata.google.internal'],
  answer: async ({ route, query, headers }, { permission, mint }): Promise<Reply> => {
    if (headers['metadata-flavor'] !== 'Google') return [403, 'Missing Metadata-Flavor:Google header.']
    if (route !== `GET ${googlePath}` || !permission) return [404, 'The service account was not found.']
    const audience = query.get('audience')
    if (!audience) return [400, 'non-empty audience parameter required']
    const brief = query.get('format') === 'full' ? {} : { email: undefined, email_verified: undefined }
    return [200, await mint({ aud: audience, ...brief })]
  },
}

// Sources: https://learn.microsoft.com/azure/app-service/overview-managed-identity
// https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
const entraRoutes = ['GET /msi/token', 'GET /metadata/identity/oauth2/token']
export const microsoftEntra: Emulator = {
  env: ({ origin, secret }) => ({ IDENTITY_ENDPOINT: `${origin}/msi/token`, IDENTITY_HEADER: secret }),
  hosts: ['http://169.254.169.254'],
  answer: async ({ route, query, headers }, { permission, secret, mint, now }) => {
    const refuse = (reason: string): Reply => [400, { error: 'invalid_request', error_description: reason }]
    if (!entraRoutes.includes(route)) return [404, { message: 'not found' }]
    const onMachine = route === entraRoutes[1]
    if (onMachine && headers['metadata'] !== 'true') return refuse('Required metadata header not specified')
    if (!onMachine && headers['x-identity-header'] !== secret) return [401, { message: 'wrong x-identity-header' }]
    const resource = query.get('resource')
    if (!resource || !query.has('api-version')) return refuse('resource and api-version are required')
    if (!permission) return refuse('Identity not found')
    const token = await mint({ aud: resource })
    return [200, { access_token: token, token_type: 'Bearer', resource, expires_on: String(now() + 86_400) }]
  },
}

// Source: https://vercel.com/docs/oidc/reference
const tokensOfVercel = new WeakMap<EmulatedJob, string>()
export const vercel: Emulator = {
  env: async (job) => {
    const token = await job.mintDefault()
    tokensOfVercel.set(job, token)
    return { VERCEL: '1', VERCEL_OIDC_TOKEN: token }
  },
  without: () => ({ VERCEL: '1' }),
  hosts: ['https://oidc.vercel.com'],
  answer: async ({ route, body }, job) => {
    if (route !== 'POST /~token') return [404, { message: 'not found' }]
    const token = memberOf(body, 'token')
    const audience = memberOf(body, 'aud')
    if (!token || !audience) return [400, { message: 'token and aud are required' }]
    if (token !== tokensOfVercel.get(job)) return [401, { message: 'this is no token of the project' }]
    return [200, { token: await job.mint({ aud: audience }) }]
  },
}

/** Tokens over a local socket. */
const overSocket = (socket: Emulator['socket'] & object, env: Environment, asJson: boolean): Emulator => ({
  env: () => env,
  socket,
  answer: async ({ route, headers, body }, { mint }) => {
    if (route !== 'POST /v1/tokens/oidc') return [404, { message: 'not found' }]
    if (asJson && headers['content-type'] !== 'application/json') return [400, { message: 'send JSON' }]
    const token = await mint(audienceOf(memberOf(body, 'aud')))
    return [200, asJson ? { token } : token]
  },
})

// Source: https://fly.io/docs/security/openid-connect/
export const flyIo: Emulator = overSocket({ path: '/.fly/api' }, { FLY_MACHINE_ID: '3d8d9014b32d68' }, false)

export const cursorAgents: Emulator = overSocket(
  { path: '/run/cursor/api.sock', variable: 'CURSOR_AGENT_SOCKET' },
  {},
  true,
)
