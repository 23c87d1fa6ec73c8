/** How each platform runs its snippet, and what the screen shows without a token. */

/** A platform's shell, as it starts it. */
export type Shell = readonly [program: 'bash' | 'sh', ...options: readonly string[]]

const bash: Shell = ['bash']
/** `shell: bash` of GitHub. */
const bashOfGithub: Shell = ['bash', '--noprofile', '--norc', '-eo', 'pipefail']
const sh: Shell = ['sh']

/** What a test must know of a platform's snippet. */
export interface Snippet {
  /** Id of the provider. */
  readonly id: string
  /** The shell that runs it. */
  readonly shell: Shell
  /** What the screen says without the permission. `bash` leaves quotes of the message out. */
  readonly missing: string
  /**
   * The call of the fixture that the rule refuses, and the field of its failed check. Default: the
   * first such call, which is of another tenant and so reads no checks.
   */
  readonly refused?: readonly [what: string, field: string]
  /** The issuer of its tokens, where rules depend on its name. Default: a local one. */
  readonly issuer?: string
  /** The audience of the API. Default: `https://api.acme.dev`. */
  readonly audience?: string
  /** The variable that the snippet reads, where the job chooses its name. */
  readonly variable?: string
  /** Whether the audience of the API is in the configuration of the job. */
  readonly configured?: true
  /** The line that hides the token in the log. */
  readonly mask?: string
}

export const snippets: readonly Snippet[] = [
  {
    id: 'aws',
    refused: ['a role whose tags claim to be ours', 'role'],
    issuer: 'https://0f1e2d3c-4b5a-4697-8877-665544332211.tokens.sts.global.api.aws',
    shell: sh,
    missing: 'not authorized to perform: sts:GetWebIdentityToken',
  },
  {
    id: 'azure-devops',
    refused: ['another branch', 'branch'],
    shell: bash,
    missing: 'SYSTEM_ACCESSTOKEN: add it to the env of the step',
    mask: '##vso[task.setsecret]',
  },
  {
    id: 'bitbucket-pipelines',
    refused: ['another environment', 'environmentId'],
    issuer: 'https://api.bitbucket.org/2.0/workspaces/harbourworks/pipelines-config/identity/oidc',
    shell: bash,
    missing: 'BITBUCKET_STEP_OIDC_TOKEN: add oidc: audiences: to the step',
    configured: true,
  },
  {
    id: 'buildkite',
    refused: ['another branch', 'claims.build_branch'],
    shell: bash,
    missing: 'BUILDKITE_AGENT_ACCESS_TOKEN: add mount-buildkite-agent: true to the Docker plugin',
  },
  {
    id: 'circleci',
    refused: ['another branch', 'branch'],
    shell: ['bash', '-eo', 'pipefail'],
    missing: 'circleci: command not found',
  },
  {
    id: 'codefresh',
    refused: ['another branch', 'claims.scm_ref'],
    shell: sh,
    missing: 'ID_TOKEN: add the step obtain-oidc-id-token',
    configured: true,
  },
  {
    id: 'concourse',
    refused: ['another pipeline', 'pipeline'],
    shell: sh,
    missing: 'TOKEN: add it to the params of the task',
    configured: true,
    variable: 'TOKEN',
  },
  {
    id: 'cursor-agents',
    refused: ['another repository', 'repository'],
    shell: bash,
    missing: 'CURSOR_AGENT_SOCKET: the administrator of the team must enable OIDC tokens',
  },
  {
    id: 'depot-ci',
    refused: ['another branch', 'branch'],
    shell: bashOfGithub,
    missing: 'ACTIONS_ID_TOKEN_REQUEST_URL: add permissions: id-token: write to the job',
    mask: '::add-mask::',
  },
  { id: 'fly-io', shell: sh, missing: 'no token (run this in a machine): ' },
  {
    id: 'forgejo-actions',
    refused: ['another branch', 'branch'],
    shell: bashOfGithub,
    missing: 'ACTIONS_ID_TOKEN_REQUEST_URL: add enable-openid-connect: true to the workflow',
    mask: '::add-mask::',
  },
  {
    id: 'github-actions',
    refused: ['another branch', 'branch'],
    shell: bashOfGithub,
    missing: 'ACTIONS_ID_TOKEN_REQUEST_URL: add permissions: id-token: write to the job',
    mask: '::add-mask::',
  },
  {
    id: 'gitlab',
    refused: ['another branch', 'branch'],
    shell: ['sh', '-e'],
    missing: "API_TOKEN: add 'id_tokens: API_TOKEN: aud: https://api.acme.dev' to the job",
    configured: true,
    variable: 'API_TOKEN',
  },
  { id: 'google-cloud', shell: sh, missing: 'no token: The service account was not found.' },
  { id: 'harness', refused: ['another environment', 'environment'], shell: bash, missing: '{"status":"ERROR"}' },
  {
    id: 'hcp-terraform',
    refused: ['another workspace', 'workspaceId'],
    shell: sh,
    missing: 'TFC_WORKLOAD_IDENTITY_TOKEN: set TFC_WORKLOAD_IDENTITY_AUDIENCE in the workspace',
    configured: true,
  },
  {
    id: 'jenkins',
    // Jenkins traces commands, too, and hides the credential in them.
    shell: ['sh', '-e'],
    missing: 'TOKEN: bind the credential api-token to it',
    configured: true,
    variable: 'TOKEN',
  },
  {
    id: 'kubernetes',
    refused: ['a manually created token', 'unbound'],
    shell: sh,
    missing: '/var/run/acme/token',
    configured: true,
  },
  { id: 'microsoft-entra', shell: bash, missing: 'Identity not found', audience: 'api://acme-api' },
  {
    id: 'modal-functions',
    refused: ['another environment', 'environment'],
    shell: sh,
    missing: 'MODAL_IDENTITY_TOKEN: run this in a container of an app',
  },
  {
    id: 'octopus-deploy',
    refused: ['another environment', 'environment'],
    shell: bash,
    missing: 'token: add the variable API with the OIDC account',
    configured: true,
  },
  {
    id: 'pulumi-deployments',
    refused: ['another stack', 'stack'],
    shell: sh,
    missing: 'PULUMI_OIDC_TOKEN: run this in a deployment',
  },
  {
    id: 'pulumi-esc',
    refused: ['another environment', 'rootEnvironmentId'],
    shell: sh,
    missing: 'ACME_TOKEN: add it to the environmentVariables',
    configured: true,
    variable: 'ACME_TOKEN',
  },
  {
    id: 'render-services',
    refused: ['another service', 'projectId'],
    shell: sh,
    missing: 'AWS_WEB_IDENTITY_TOKEN_FILE: set AWS_ROLE_ARN to any value',
  },
  {
    id: 'rwx',
    refused: ['another vault', 'subject'],
    shell: bash,
    missing: 'API_TOKEN: add it to the env of the task',
    configured: true,
    variable: 'API_TOKEN',
  },
  {
    id: 'semaphore',
    refused: ['another branch', 'branch'],
    issuer: 'https://tidewater.semaphoreci.com',
    shell: bash,
    missing: 'SEMAPHORE_OIDC_TOKEN: enable OpenID Connect for the organization',
  },
  {
    id: 'spacelift',
    issuer: 'https://tidewater.app.spacelift.io',
    shell: sh,
    missing: 'SPACELIFT_OIDC_TOKEN: runs of a paid account have it',
  },
  {
    id: 'spiffe',
    refused: ['another trust domain under our issuer', 'trustDomain'],
    shell: bash,
    missing: 'no identity issued',
  },
  {
    id: 'teamcity',
    refused: ['another branch', 'branch'],
    shell: sh,
    missing: 'TEAMCITY_BUILD_OIDC_TOKEN: add the build feature for OIDC tokens',
    configured: true,
  },
]
