import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  project_id: 'id',
  project_external_id: 'text',
  build_type_id: 'id',
  build_type_external_id: 'text',
  build_id: 'number',
  build_number: 'text', // the build configuration sets its format
  vcs_roots: [{ id: 'number', name: 'text', revision: 'text' }],
  triggered_by_user_id: 'number|null',
  triggered_by_user_name: 'text|null',
  triggered_by_snapshot: 'boolean',
  branch_name: 'text|null', // '<default>' for the default branch, whatever its name
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
  project_id: 'rules pin it, and handlers store it',
  build_type_id: 'rules pin it, and handlers store it',
  is_personal: 'marks a personal build, which runs the default branch with a patch of its author',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  tokenId: 'jti',
  project: 'project_external_id',
  projectId: 'project_id',
  pipeline: 'build_type_external_id',
  pipelineId: 'build_type_id',
  // Anyone who can push chooses the name of a branch; only the default branch is set by the
  // configuration. A personal build runs it with a patch of its author.
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

/** A TeamCity build. `pipeline` is its build configuration. */
export interface TeamCityWorkload extends WorkloadOf<
  'teamcity',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * TeamCity with the OIDC JWT plugin of JetBrains, self-hosted. `branch` is only ever the default
 * branch.
 *
 * Source: https://github.com/JetBrains/teamcity-oidc-jwt
 *
 * @example
 * ```ts
 * teamcity.at('https://teamcity.acme.dev/app/oidc-jwt')({
 *   projectId: 'project32', pipelineId: 'bt32', branch: 'main',
 * })
 * ```
 */
export const teamcity: SelfHosted<TeamCityWorkload> = /* @__PURE__ */ builtInProvider({
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
    ref: "tokens distinguish only the default branch from others, which anyone who can push can name. Write branch: 'main', or defaultBranch: true",
    tag: 'no claim says that a build is of a tag. Make releases with a separate build configuration, and write pipelineId',
    repository: 'the names of VCS roots prove nothing. Pin projectId or pipelineId, whose roots are your own settings',
    event:
      'no claim shows every trigger. Write claims: { triggered_by_snapshot: false } for builds that were not started as a dependency of another build',
  },
  validate: ({ sub, is_personal: personal }) => (/^user\d+_/.test(sub) && !personal ? 'is_personal' : undefined),
})
