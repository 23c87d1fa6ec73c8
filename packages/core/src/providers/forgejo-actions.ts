import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
import { fileAtOwnRef } from '../provider/workflow-file.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  repository: 'text',
  repository_id: 'id', // older servers send no ids
  repository_owner: 'text',
  repository_owner_id: 'id',
  ref: 'text',
  ref_type: ['branch', 'tag', '*'],
  ref_protected: 'flag',
  sha: 'id',
  head_ref: 'text', // empty where there is no pull request
  base_ref: 'text',
  event_name: ['push', 'pull_request', 'pull_request_target', 'schedule', 'workflow_dispatch', 'release', '*'],
  actor: 'text',
  actor_id: 'id',
  workflow: 'text',
  workflow_ref: 'text',
  run_id: 'id',
  run_number: 'id',
  run_attempt: 'id',
} as const
const requiredClaims = {
  repository: 'rules pin it, and handlers store it',
  repository_owner: 'rules pin it, and handlers store it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const trusted = ['push', 'workflow_dispatch', 'schedule'] as const

const identity = {
  owner: 'repository_owner',
  ownerId: 'repository_owner_id',
  repository: 'repository',
  repositoryId: 'repository_id',
  ref: 'ref',
  // Other events may name the ref of a branch while they run an outsider's code, or because an
  // outsider started them.
  branch: ({ ref, ref_type: type, event_name: event }: Claims): string | undefined =>
    type === 'branch' && trusted.some((each) => each === event) ? after('refs/heads/', ref) : undefined,
  tag: ({ ref, ref_type: type, event_name: event }: Claims): string | undefined =>
    type === 'tag' && (event === 'release' || trusted.some((each) => each === event))
      ? after('refs/tags/', ref)
      : undefined,
  refProtected: 'ref_protected',
  commit: 'sha',
  event: 'event_name',
  workflow: 'workflow_ref',
  workflowFile: ({ workflow_ref: file, repository, ref, sha, event_name: event }: Claims): string | undefined =>
    trusted.some((each) => each === event) ? fileAtOwnRef(file, { repository: `${repository}/`, ref, sha }) : undefined,
  runId: 'run_id',
  runAttempt: 'run_attempt',
  actor: 'actor',
  actorId: 'actor_id',
} as const

/** A Forgejo Actions job. */
export interface ForgejoActionsWorkload extends WorkloadOf<
  'forgejo-actions',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Forgejo Actions, on a self-hosted server or a shared one, such as Codeberg. Each rule pins an
 * owner or a repository.
 *
 * Source: https://forgejo.org/docs/next/user/actions/security-openid-connect
 *
 * @example
 * ```ts
 * forgejoActions.at('https://code.acme.dev/api/actions')({ repositoryId: '4410', branch: 'main' })
 * ```
 */
export const forgejoActions: SelfHosted<ForgejoActionsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'forgejo-actions',
  title: 'Forgejo Actions',
  algorithms: ['RS256', 'ES256', 'EdDSA'],
  claims,
  requiredClaims,
  identity,
  shapes: {
    owner: shape.name,
    ownerId: shape.digits,
    repository: shape.ownerName,
    repositoryId: shape.digits,
    commit: shape.commit,
  },
  serverIssuer: { pattern: /\/api\/actions$/, path: '/api/actions' },
  pins: ['owner', 'ownerId', 'repository', 'repositoryId'],
  trustedEvents: trusted,
  attackerControlled: ['head_ref', 'base_ref', 'actor', 'actor_id', 'sha', 'workflow', 'workflow_ref'],
  defaultAudiences: ['{origin}/*', '{origin}/*/*'],
  unsupported: {
    environment: "tokens contain none. Write branch: 'main', and protect that branch",
    pullRequest: "no claim contains its number. Write event: 'pull_request'",
  },
})
