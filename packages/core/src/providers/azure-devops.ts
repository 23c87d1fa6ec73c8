import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  jti: 'id',
  org_id: 'id', // this and the next three: in a pipeline's token, not in a service connection's
  prj_id: 'id',
  def_id: 'id',
  run_id: 'id',
  rpo_id: 'text', // a GUID, except for GitHub repositories: a name
  rpo_uri: 'text',
  rpo_ref: 'text',
  rpo_ver: 'id',
} as const
const requiredClaims = {
  org_id: "a service connection's token has none",
  prj_id: "a service connection's token has none",
  def_id: "a service connection's token has none",
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  ownerId: 'org_id',
  projectId: 'prj_id',
  pipelineId: 'def_id',
  repository: 'rpo_uri',
  ref: 'rpo_ref',
  branch: ({ rpo_ref: ref }: Claims): string | undefined => after('refs/heads/', ref),
  tag: ({ rpo_ref: ref }: Claims): string | undefined => after('refs/tags/', ref),
  pullRequest: ({ rpo_ref: ref }: Claims): string | undefined => after('refs/pull/', ref)?.split('/')[0],
  commit: 'rpo_ver',
  runId: 'run_id',
} as const

/** A run of Azure Pipelines. `repository` is the URL of the repository, as in `rpo_uri`. */
export interface AzureDevOpsWorkload extends WorkloadOf<
  'azure-devops',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Azure DevOps: the token of a pipeline, requested without a service connection. Each organization
 * has its own issuer, which `ownerId` chooses.
 *
 * Source: https://learn.microsoft.com/en-us/rest/api/azure/devops/distributedtask/oidctoken/create
 *
 * @example
 * ```ts
 * azureDevops(
 *   { ownerId: '6c1b2a3d-4e5f-4061-8273-849506a7b8c9', pipelineId: '37', branch: 'main' },
 *   { audience: 'api://AzureADTokenExchange', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const azureDevops: Provider<AzureDevOpsWorkload, 'ownerId'> = /* @__PURE__ */ builtInProvider({
  id: 'azure-devops',
  title: 'Azure DevOps',
  issuer: 'https://vstoken.dev.azure.com/{ownerId}',
  shapes: { ownerId: shape.uuid, projectId: shape.uuid },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId'],
  untrustedWhen: ['pullRequest'],
  // A pipeline may build any repository, on other hosts too, and pipeline ids are unique within the
  // organization.
  requires: {
    ref: ['repository', 'pipelineId'],
    branch: ['repository', 'pipelineId'],
    tag: ['repository', 'pipelineId'],
  },
  fixedAudience: { audience: 'api://AzureADTokenExchange', maxTokenAge: 600 },
  unsupported: {
    owner: 'names are in the subject only, and can change. Write ownerId',
    project: 'names are in the subject only, and can change. Write projectId',
    pipeline: 'names are in the subject only, and can change. Write pipelineId',
    repositoryId: 'rpo_id is a name for GitHub repositories. Write pipelineId, or repository',
    environment: 'no claim names it. Write pipelineId and branch',
  },
  otherTokens: [
    {
      claim: 'sub',
      like: 'sc://*',
      hint: 'The token is of a service connection, and names no pipeline run. Leave serviceConnectionId out of the request: the pipeline then gets its own token.',
    },
  ],
  validate: ({ sub }) => (sub.startsWith('p://') ? undefined : 'sub'),
})
