/** The emulators by provider id, and the jobs that run on them. */

import type { ProviderTable } from '@jobpass/core'
import { readOptions } from '@jobpass/core/internal'
import type { MintClaims, TestIssuer } from '../test-issuer.ts'
import type { Emulator } from './emulator.ts'
import {
  azureDevops,
  cursorAgents,
  depotCi,
  flyIo,
  forgejoActions,
  githubActions,
  googleCloud,
  microsoftEntra,
  vercel,
} from './endpoints.ts'
import type { JobOptions, RunningJob } from './job.ts'
import { aws, buildkite, circleci, octopusDeploy, spiffe } from './programs.ts'
import { startJob } from './start-job.ts'
import {
  bitbucketPipelines,
  codefresh,
  concourse,
  gitlab,
  hcpTerraform,
  jenkins,
  kubernetes,
  modalFunctions,
  pulumiDeployments,
  pulumiEsc,
  renderServices,
  rwx,
  semaphore,
  spacelift,
  teamcity,
} from './variables.ts'

const emulators: Readonly<Record<string, Emulator>> = {
  aws,
  'azure-devops': azureDevops,
  'bitbucket-pipelines': bitbucketPipelines,
  buildkite,
  circleci,
  codefresh,
  concourse,
  'cursor-agents': cursorAgents,
  'depot-ci': depotCi,
  'fly-io': flyIo,
  'forgejo-actions': forgejoActions,
  'github-actions': githubActions,
  gitlab,
  'google-cloud': googleCloud,
  'hcp-terraform': hcpTerraform,
  jenkins,
  kubernetes,
  'microsoft-entra': microsoftEntra,
  'modal-functions': modalFunctions,
  'octopus-deploy': octopusDeploy,
  'pulumi-deployments': pulumiDeployments,
  'pulumi-esc': pulumiEsc,
  'render-services': renderServices,
  rwx,
  semaphore,
  spacelift,
  spiffe,
  teamcity,
  vercel,
}

const jobOptions = {
  trigger: true,
  header: true,
  issuedAt: true,
  permission: true,
  variable: true,
  faults: true,
} as const

/** Starts a job on the platform of a provider's table. */
export async function startJobOf<W>(
  { id, title }: ProviderTable,
  issuer: Pick<TestIssuer<W>, 'claims' | 'mint'>,
  claims: MintClaims<W> = {},
  options: JobOptions<W> = {},
): Promise<RunningJob> {
  const read = readOptions<JobOptions<W>>('startJob(): its options', options, jobOptions)
  const { permission = true, variable, faults = [], ...minting } = read
  const emulator = Object.hasOwn(emulators, id) ? emulators[id] : undefined
  if (emulator === undefined)
    throw new TypeError(
      `${title} has no emulator: give your job a token of mint(). Known: ${Object.keys(emulators).join(', ')}`,
    )
  // Mistakes in the claims throw here, and not in the request of the job.
  issuer.claims(claims, minting)
  const { aud: audience, ...others } = claims as Readonly<Record<string, unknown>>
  return startJob(emulator, {
    permission,
    variable,
    faults,
    audience,
    now: () => issuer.claims({}, minting)['iat'] as number,
    mint: async (more) => issuer.mint({ ...more, ...claims }, minting),
    mintDefault: async () => issuer.mint(others as MintClaims<W>, minting),
  })
}
