import { after, builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  'oidc.circleci.com/org-id': 'id',
  'oidc.circleci.com/project-id': 'id', // the audit-log token of the same issuer has none
  'oidc.circleci.com/pipeline-definition-id': 'id',
  'oidc.circleci.com/pipeline-id': 'id',
  'oidc.circleci.com/workflow-id': 'id',
  'oidc.circleci.com/job-id': 'id',
  'oidc.circleci.com/context-ids': 'id[]',
  'oidc.circleci.com/vcs-origin': 'name', // absent for custom webhooks; in a fork's build: the fork
  'oidc.circleci.com/vcs-ref': 'text',
  'oidc.circleci.com/vcs-sha': 'id', // from November 2025
  'oidc.circleci.com/ssh-rerun': 'boolean',
} as const
const requiredClaims = {
  'oidc.circleci.com/org-id': 'the issuer is compared with it',
  'oidc.circleci.com/project-id': 'the audit-log token of the same issuer has none',
  'oidc.circleci.com/ssh-rerun': 'marks a rerun that a person can log in to; only rules that name it admit it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const refOf = (claims: Claims): string | undefined => claims['oidc.circleci.com/vcs-ref']
const pull = 'refs/heads/pull/'

const identity = {
  ownerId: 'oidc.circleci.com/org-id',
  projectId: 'oidc.circleci.com/project-id',
  pipelineId: 'oidc.circleci.com/pipeline-definition-id',
  repository: 'oidc.circleci.com/vcs-origin',
  ref: 'oidc.circleci.com/vcs-ref',
  branch: (claims: Claims): string | undefined =>
    refOf(claims)?.startsWith(pull) ? undefined : after('refs/heads/', refOf(claims)),
  tag: (claims: Claims): string | undefined => after('refs/tags/', refOf(claims)),
  pullRequest: (claims: Claims): string | undefined => after(pull, refOf(claims)),
  commit: 'oidc.circleci.com/vcs-sha',
  runId: 'oidc.circleci.com/pipeline-id',
  jobId: 'oidc.circleci.com/job-id',
  contextIds: 'oidc.circleci.com/context-ids',
  sshRerun: 'oidc.circleci.com/ssh-rerun',
} as const

/** A CircleCI job. `repository` is host and path, such as `github.com/acme/shop`. */
export interface CircleCIWorkload extends WorkloadOf<
  'circleci',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * CircleCI: each organization has its own issuer, which `ownerId` chooses;
 * `.at('https://oidc.circleci.com')` is the shared one.
 *
 * Source: https://circleci.com/docs/guides/permissions-authentication/openid-connect-tokens/
 *
 * @example
 * ```ts
 * circleci({
 *   ownerId: '3f0c6c2e-6f2a-4b7e-9a51-0d8a4d0c1b22',
 *   repository: 'github.com/acme/shop',
 *   branch: 'main',
 * })
 * ```
 */
export const circleci: Provider<CircleCIWorkload, 'ownerId'> = /* @__PURE__ */ builtInProvider({
  id: 'circleci',
  title: 'CircleCI',
  issuer: 'https://oidc.circleci.com/org/{ownerId}',
  shapes: {
    ownerId: shape.uuid,
    projectId: shape.uuid,
    pipelineId: shape.uuid,
    repository: shape.hostOwnerName,
    commit: shape.commit,
    runId: shape.uuid,
    jobId: shape.uuid,
    contextIds: shape.uuid,
  },
  temporaryBranches: { 'pull/': 'pullRequest' },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  // The second form of the subject also names the origin and the ref.
  subjectForms: [
    /^org\/(?<ownerId>[0-9a-f-]{36})\/project\/(?<projectId>[0-9a-f-]{36})\/user\/[^/]+(?:\/vcs-origin\/(?<repository>[^/]+\/[^/]+\/[^/]+)\/vcs-ref\/refs\/(?:heads\/(?<branch>.+)|tags\/(?<tag>.+)))?$/,
  ],
  pins: ['ownerId'],
  untrustedWhen: ['pullRequest', 'sshRerun'],
  requires: { ref: 'repository', branch: 'repository', tag: 'repository' },
  defaultAudiences: ['{ownerId}'],
  otherTokens: [
    {
      claim: 'oidc.circleci.com/project-id',
      hint: 'The token is of the audit log, and names no job. Send the one that the job requests, by circleci run oidc get.',
    },
  ],
})
