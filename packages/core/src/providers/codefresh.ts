import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  account_id: 'id',
  account_name: 'text',
  pipeline_id: 'id',
  pipeline_name: 'text',
  workflow_id: 'id', // the build's
  initiator: 'text', // only where a person started the build
  scm_repo_url: 'text', // this and the next two: only for Git triggers
  scm_user_name: 'text',
  scm_ref: 'text', // a branch or a tag, without saying which; for a pull request: its source
  scm_pull_request_target_branch: 'text', // only for pull requests
  runner_environment: 'text',
  platform_url: 'text',
} as const
const requiredClaims = {
  account_id: 'rules pin it, and handlers store it',
  pipeline_id: 'rules pin it, and handlers store it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  owner: 'account_name',
  ownerId: 'account_id',
  pipeline: 'pipeline_name',
  pipelineId: 'pipeline_id',
  repository: 'scm_repo_url',
  pullRequestTarget: 'scm_pull_request_target_branch',
  runId: 'workflow_id',
  actor: ({ initiator = '', scm_user_name: user }: Claims): string | undefined => (initiator === '' ? user : initiator),
} as const

/**
 * A Codefresh build. `repository` is its URL, such as `https://github.com/acme/shop`;
 * `pullRequestTarget` is the target branch of a pull request.
 */
export interface CodefreshWorkload extends WorkloadOf<
  'codefresh',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Codefresh pipelines. One issuer signs for every account.
 *
 * Source: https://codefresh.io/docs/docs/integrations/oidc-pipelines/
 *
 * @example
 * ```ts
 * codefresh({
 *   ownerId: '5f30e53c8d21e5a7b9c0d1e2',
 *   pipelineId: '64de5cd47626b3ca134e760a',
 *   claims: { scm_ref: 'main' },
 * })
 * ```
 */
export const codefresh: Provider<CodefreshWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'codefresh',
  title: 'Codefresh',
  issuer: 'https://oidc.codefresh.io',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['owner', 'ownerId', 'pipelineId'],
  untrustedWhen: ['pullRequestTarget'],
  attackerControlled: ['scm_user_name', 'scm_ref', 'scm_pull_request_target_branch'],
  defaultAudiences: ['https://g.codefresh.io'],
  lifetime: { usual: 300 },
  unsupported: {
    branch:
      "scm_ref may be a branch or a tag. Write claims: { scm_ref: 'main' }, and give the pipeline no trigger for tags",
    tag: "scm_ref may be a branch or a tag. Write claims: { scm_ref: 'v1.0.0' }, and give the pipeline no trigger for branches",
    ref: "scm_ref may be a branch or a tag. Write claims: { scm_ref: 'main' }, and give the pipeline triggers for one of the two",
    pullRequest: 'tokens contain its target branch, not its number. Write pullRequestTarget',
    commit: 'no claim names it. Pin the pipeline',
    environment: 'no claim names one. Pin the pipeline',
    event:
      'only the presence of other claims shows what started a build. Pull requests are refused unless the rule names pullRequestTarget',
  },
})
