import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import { branchOf, mergeQueueOf, pullRequestOf, tagOf } from '../provider/git-refs.ts'
import { fileAtOwnRef } from '../provider/workflow-file.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  org_id: 'id', // the organization at Depot; owner and repository are at GitHub
  repository: 'name',
  repository_id: 'id',
  repository_owner: 'name',
  repository_owner_id: 'id',
  repository_visibility: ['public', 'private', 'internal', '*'],
  ref: 'text',
  ref_type: ['branch', 'tag', '*'],
  sha: 'id',
  head_ref: 'text',
  base_ref: 'text',
  event_name: ['push', 'pull_request', 'pull_request_target', 'release', 'schedule', 'workflow_dispatch', '*'],
  actor: 'name',
  actor_id: 'id',
  workflow: 'text',
  workflow_ref: 'text',
  workflow_sha: 'id',
  run_id: 'id',
  run_number: 'id',
  run_attempt: 'id',
  job_id: 'id',
} as const
const requiredClaims = {
  org_id: 'the subject is compared with it, and rules pin it',
  repository: 'rules pin it, and handlers store it',
  repository_id: 'rules pin it, and handlers store it',
  repository_owner: 'rules pin it, and handlers store it',
  repository_owner_id: 'rules pin it, and handlers store it',
  event_name: 'pull requests can run with the ref of a branch',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  organizationId: 'org_id',
  owner: 'repository_owner',
  ownerId: 'repository_owner_id',
  repository: 'repository',
  repositoryId: 'repository_id',
  ref: 'ref',
  branch: (claims: Claims): string | undefined => branchOf(claims),
  mergeQueue: (claims: Claims): string | undefined => mergeQueueOf(claims),
  tag: (claims: Claims): string | undefined => tagOf(claims),
  pullRequest: (claims: Claims): string | undefined => pullRequestOf(claims),
  commit: 'sha',
  event: 'event_name',
  workflow: 'workflow_ref',
  // A pull request can change its own files.
  workflowFile: ({ workflow_ref: file, repository, ref, sha }: Claims): string | undefined =>
    ref?.startsWith('refs/pull/') ? undefined : fileAtOwnRef(file, { repository: `${repository}/`, ref, sha }),
  runId: 'run_id',
  runAttempt: 'run_attempt',
  jobId: 'job_id',
  actor: 'actor',
  actorId: 'actor_id',
} as const

/**
 * A Depot CI job. `organizationId` is the organization at Depot, `ownerId` the owner of the
 * repository at GitHub.
 */
export interface DepotCIWorkload extends WorkloadOf<
  'depot-ci',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Depot CI, one issuer for all customers. A job on a GitHub runner that Depot hosts has a token of
 * GitHub instead.
 *
 * Source: https://depot.dev/docs/ci/oidc
 *
 * @example
 * ```ts
 * depotCi({ organizationId: 'org_01jacme000000000', repositoryId: '441023112', branch: 'main' })
 * ```
 */
export const depotCi: Provider<DepotCIWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'depot-ci',
  title: 'Depot CI',
  issuer: 'https://identity.depot.dev',
  algorithms: ['RS256', 'ES256', 'ES384'], // not documented; relying parties allow these
  claims,
  requiredClaims,
  identity,
  shapes: { owner: shape.name, repository: shape.ownerName, commit: shape.commit },
  temporaryBranches: { 'gh-readonly-queue/': 'mergeQueue' },
  pins: ['organizationId', 'ownerId', 'repositoryId'],
  trustedEvents: [
    'push',
    'workflow_dispatch',
    'repository_dispatch',
    'schedule',
    'release',
    'create',
    'deployment',
    'merge_group',
  ],
  attackerControlled: ['head_ref', 'base_ref', 'actor', 'actor_id'],
  // Claims about GitHub are as reliable as the link that the Depot organization made to it.
  requires: {
    owner: 'organizationId',
    ownerId: 'organizationId',
    repository: 'organizationId',
    repositoryId: 'organizationId',
  },
  lifetime: { usual: 300 },
  unsupported: {
    environment: "no claim names one. Write branch: 'main'",
    refProtected: "no claim says so. Write branch: 'main', and protect that branch at GitHub",
    jobWorkflow: 'tokens name only the file of the run. Write workflow',
  },
  validate: ({ sub, org_id: organization }) => {
    const named = /^spiffe:\/\/identity\.depot\.dev\/org\/([^/]+)\//.exec(sub)?.[1]
    return named === undefined || named === organization ? undefined : 'sub'
  },
})
