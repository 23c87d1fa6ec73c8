import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  workspaceUuid: 'id',
  repositoryUuid: 'id',
  pipelineUuid: 'id', // the run's, not the definition's
  stepUuid: 'id',
  deploymentEnvironmentUuid: 'id',
  deploymentEnvironment: 'text',
  branchName: 'text', // for a pull request: its source branch
} as const
const requiredClaims = {
  workspaceUuid: 'rules pin it, and handlers store it',
  repositoryUuid: 'rules pin it, and handlers store it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  owner: ({ iss }: { readonly iss: string }): string | undefined => /\/workspaces\/([^/]+)\//.exec(iss)?.[1],
  ownerId: 'workspaceUuid',
  repositoryId: 'repositoryUuid',
  environmentId: 'deploymentEnvironmentUuid',
  runId: 'pipelineUuid',
  jobId: 'stepUuid',
} as const

/** A step of Bitbucket Pipelines. `owner` is the workspace's slug; ids are UUIDs in braces. */
export interface BitbucketPipelinesWorkload extends WorkloadOf<
  'bitbucket-pipelines',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Bitbucket Pipelines on Bitbucket Cloud: each workspace has its own issuer, which its slug
 * chooses. Others can take over a slug that was given up, so each rule also names an id.
 *
 * Source:
 * https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
 *
 * @example
 * ```ts
 * bitbucketPipelines({ owner: 'acme', repositoryId: '{7f0f3c52-5a0e-4a61-9d0e-0f5f1b1c2d3e}' })
 * ```
 */
export const bitbucketPipelines: Provider<BitbucketPipelinesWorkload, 'owner'> = /* @__PURE__ */ builtInProvider({
  id: 'bitbucket-pipelines',
  title: 'Bitbucket Pipelines',
  issuer: 'https://api.bitbucket.org/2.0/workspaces/{owner}/pipelines-config/identity/oidc',
  shapes: {
    owner: shape.slug,
    ownerId: shape.bracedUuid,
    repositoryId: shape.bracedUuid,
    environmentId: shape.bracedUuid,
  },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'repositoryId'],
  suggestedFields: ['environmentId'],
  attackerControlled: ['branchName'],
  defaultAudiences: ['ari:cloud:bitbucket::workspace/*'],
  // A step that asks for audiences also gets the default one, which has the id without braces.
  appendedAudience: ({ workspaceUuid }: Claims) => `ari:cloud:bitbucket::workspace/${workspaceUuid.slice(1, -1)}`,
  unsupported: {
    branch:
      "for a pull request, branchName is its source branch. Write environmentId, of a deployment environment that is restricted to a branch; or claims: { branchName: 'main' }, which proves less",
    ref: "for a pull request, branchName is its source branch. Write environmentId, of a deployment environment that is restricted to a branch; or claims: { branchName: 'main' }, which proves less",
    tag: 'no claim names it. Write environmentId, of a deployment environment that only such pipelines deploy to',
    pullRequest: "no claim distinguishes a pull request's pipeline from a branch's",
    environment:
      "not every token contains its name. Write environmentId, or claims: { deploymentEnvironment: 'production' }",
    repository: 'tokens contain its id, not its name. Write repositoryId',
  },
})
