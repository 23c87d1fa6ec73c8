import { defineProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  workspaceUuid: 'id',
  repositoryUuid: 'id',
  pipelineUuid: 'id', // of the run, not of its definition
  stepUuid: 'id',
  deploymentEnvironmentUuid: 'id',
  deploymentEnvironment: 'text',
  branchName: 'text', // in a pull request's pipeline: its source branch
} as const
const requiredClaims = {
  workspaceUuid: 'identifies whose job it is: rules pin it, and handlers keep records by it',
  repositoryUuid: 'identifies whose job it is: rules pin it, and handlers keep records by it',
} as const
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  owner: ({ iss }: { readonly iss: string }): string | undefined => /\/workspaces\/([^/]+)\//.exec(iss)?.[1],
  ownerId: 'workspaceUuid',
  repositoryId: 'repositoryUuid',
  environmentId: 'deploymentEnvironmentUuid',
  runId: 'pipelineUuid',
  jobId: 'stepUuid',
} as const

/** A step of Bitbucket Pipelines. `owner` is the slug of the workspace; ids are uuids in braces. */
export interface BitbucketPipelinesWorkload extends WorkloadOf<
  'bitbucket-pipelines',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Bitbucket Pipelines, on Bitbucket Cloud: each workspace has an issuer of its own, which its slug chooses. A slug can be given up and taken by others, so
 * that a rule names an id beside it.
 *
 * Source: https://support.atlassian.com/bitbucket-cloud/docs/integrate-pipelines-with-resource-servers-using-oidc/
 *
 * @example
 * ```ts
 * bitbucketPipelines({ owner: 'acme', repositoryId: '{7f0f3c52-5a0e-4a61-9d0e-0f5f1b1c2d3e}' })
 * ```
 */
export const bitbucketPipelines: Provider<BitbucketPipelinesWorkload, 'owner'> = /* @__PURE__ */ defineProvider({
  id: 'bitbucket-pipelines',
  title: 'Bitbucket Pipelines',
  issuer: 'https://api.bitbucket.org/2.0/workspaces/{owner}/pipelines-config/identity/oidc',
  shapes: { owner: 'slug', ownerId: 'braced-uuid', repositoryId: 'braced-uuid', environmentId: 'braced-uuid' },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'repositoryId'],
  suggestedFields: ['environmentId'],
  attackerControlled: ['branchName'],
  defaultAudiences: ['ari:cloud:bitbucket::workspace/*'],
  // A step that asks for audiences gets them with the default one, which has the id without its braces.
  appendedAudience: ({ workspaceUuid }: Claims) => `ari:cloud:bitbucket::workspace/${workspaceUuid.slice(1, -1)}`,
  unsupported: {
    branch:
      "a pull request's pipeline has its source branch's name. Write environmentId, of a deployment environment that is restricted to a branch; or claims: { branchName: 'main' }, which proves less",
    ref: "a pull request's pipeline has its source branch's name. Write environmentId, of a deployment environment that is restricted to a branch; or claims: { branchName: 'main' }, which proves less",
    tag: 'no claim names it. Write environmentId, of a deployment environment that only such pipelines deploy to',
    pullRequest: "no claim tells a pull request's pipeline from a branch's",
    environment:
      "not every token has its name. Write environmentId, or claims: { deploymentEnvironment: 'production' }",
    repository: 'tokens have its id and not its name. Write repositoryId',
  },
})
