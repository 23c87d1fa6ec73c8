import { defineProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  project_id: 'id',
  project_external_id: 'text',
  build_type_id: 'id',
  build_type_external_id: 'text',
  build_id: 'number',
  build_number: 'text', // its format is a setting of the build configuration
  vcs_roots: [{ id: 'number', name: 'text', revision: 'text' }],
  triggered_by_user_id: 'number|null',
  triggered_by_user_name: 'text|null',
  triggered_by_snapshot: 'boolean',
  branch_name: 'text|null', // '<default>', whatever the default branch is called
  branch_display_name: 'text|null',
  branch_is_default: 'boolean|null',
  agent_id: 'number',
  agent_name: 'text',
  agent_hostname: 'text',
  agent_pool: 'text',
  agent_is_cloud: 'boolean',
  agent_version: 'text',
  agentless: 'boolean',
  is_personal: 'boolean',
} as const
const requiredClaims = {
  project_id: 'identifies whose job it is: rules pin it, and handlers keep records by it',
  build_type_id: 'identifies whose job it is: rules pin it, and handlers keep records by it',
  is_personal: 'tells a personal build, which runs the default branch with a patch of its author',
} as const
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  project: 'project_external_id',
  projectId: 'project_id',
  pipeline: 'build_type_external_id',
  pipelineId: 'build_type_id',
  // Whoever pushes names a branch; only the default one is named by the configuration. A personal build runs it with a patch of somebody's.
  branch: ({
    branch_is_default: isDefault,
    branch_display_name: name,
    is_personal: personal,
  }: Claims): string | undefined => (isDefault === true && !personal ? (name ?? undefined) : undefined),
  defaultBranch: 'branch_is_default',
  runId: 'build_id',
  actor: 'triggered_by_user_name',
  actorId: 'triggered_by_user_id',
  personal: 'is_personal',
} as const

/** A TeamCity build. A build configuration is told as `pipeline`. */
export interface TeamCityWorkload extends WorkloadOf<
  'teamcity',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * TeamCity with the OIDC JWT plugin of JetBrains, on a server of one's own. The default branch is the only one that `branch` tells.
 *
 * Source: https://github.com/JetBrains/teamcity-oidc-jwt
 *
 * @example
 * ```ts
 * teamcity.at('https://teamcity.acme.dev/app/oidc-jwt')({ projectId: 'project32', pipelineId: 'bt32', branch: 'main' })
 * ```
 */
export const teamcity: SelfHosted<TeamCityWorkload> = /* @__PURE__ */ defineProvider({
  id: 'teamcity',
  title: 'TeamCity',
  algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512'],
  claims,
  requiredClaims,
  identity,
  pins: ['project', 'projectId', 'pipeline', 'pipelineId'],
  suggestedFields: ['defaultBranch'],
  untrustedWhen: ['personal'],
  attackerControlled: ['vcs_roots', 'branch_name', 'branch_display_name', 'build_number'],
  requires: { branch: ['projectId', 'pipelineId'], defaultBranch: ['projectId', 'pipelineId'] },
  defaultAudiences: ['{issuer}'],
  unsupported: {
    ref: "only the default branch is told from one that anybody pushed. Write branch: 'main', or defaultBranch: true",
    tag: 'no claim says that a build is of a tag. Make releases from a build configuration of their own, and write pipelineId',
    repository:
      'the VCS roots carry names that say nothing. Pin projectId or pipelineId, whose roots are your own settings',
    event:
      "no claim tells every trigger. Write claims: { triggered_by_snapshot: false } for builds that no other build's dependency started",
  },
  validate: ({ sub, is_personal: personal }) => (/^user\d+_/.test(sub) && !personal ? 'is_personal' : undefined),
})
