import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  terraform_organization_id: 'id',
  terraform_organization_name: 'text',
  terraform_project_id: 'id', // this and the next one: absent in a module's test
  terraform_project_name: 'text',
  terraform_workspace_id: 'id', // this and the next two: absent in a stack or a module's test
  terraform_workspace_name: 'text',
  terraform_full_workspace: 'text',
  terraform_stack_id: 'id',
  terraform_stack_name: 'text',
  terraform_stack_deployment_name: 'text',
  terraform_run_id: 'id',
  terraform_plan_id: 'id', // instead of the run, in early stacks
  terraform_run_phase: ['plan', 'apply'], // plan in a module's test
  terraform_operation: ['plan', 'apply', '*'], // instead of the phase, in stacks
} as const
const requiredClaims = {
  terraform_organization_id: 'rules pin it, and handlers store it',
  terraform_organization_name: 'rules pin it, and handlers store it',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const phaseOf = ({ terraform_run_phase: phase, terraform_operation: operation }: Claims): string | undefined =>
  phase || operation || undefined

const identity = {
  tokenId: 'jti',
  owner: 'terraform_organization_name',
  ownerId: 'terraform_organization_id',
  project: 'terraform_project_name',
  projectId: 'terraform_project_id',
  workspace: 'terraform_workspace_name',
  workspaceId: 'terraform_workspace_id',
  stack: 'terraform_stack_name',
  stackId: 'terraform_stack_id',
  deployment: 'terraform_stack_deployment_name',
  /** The phase of the run, such as `plan` or `apply`: the last part of the subject. */
  phase: (claims: Claims): string | undefined => phaseOf(claims),
  /**
   * The phase where it is not `apply`: a plan runs the code of providers, and a pull request can
   * start one.
   */
  planned: (claims: Claims): string | undefined => (phaseOf(claims) === 'apply' ? undefined : phaseOf(claims)),
  runId: 'terraform_run_id',
} as const

/**
 * A run of a workspace, a stack or a module's test. `planned` is `'plan'` where nothing is applied,
 * else absent.
 */
export interface HCPTerraformWorkload extends WorkloadOf<
  'hcp-terraform',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * HCP Terraform; `.at(issuer)` for Terraform Enterprise. Runs that only plan match only rules that
 * name `planned`.
 *
 * Source:
 * https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
 *
 * @example
 * ```ts
 * hcpTerraform({
 *   ownerId: 'org-8Kd2mQx1VbN4TzRa', workspaceId: 'ws-4RtYb7KmZq2XvPcd', phase: 'apply',
 * })
 * hcpTerraform({
 *   ownerId: 'org-8Kd2mQx1VbN4TzRa', workspaceId: 'ws-4RtYb7KmZq2XvPcd', planned: 'plan',
 * })
 * ```
 */
export const hcpTerraform: Provider<HCPTerraformWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'hcp-terraform',
  title: 'HCP Terraform',
  issuer: 'https://app.terraform.io',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['owner', 'ownerId'],
  suggestedFields: ['workspaceId', 'phase'],
  untrustedWhen: ['planned'],
  requires: { stack: ['projectId', 'project'], deployment: ['stackId', 'stack'] },
  // The defaults of its own integrations, unless a variable names another one.
  defaultAudiences: [
    'aws.workload.identity',
    'azure.workload.identity',
    'gcp.workload.identity',
    'hcp.workload.identity',
    'vault.workload.identity',
    'kubernetes',
  ],
  validate: (claims: Claims): string | undefined => {
    const { terraform_run_phase: phase, terraform_operation: operation } = claims
    if (phaseOf(claims) === undefined) return 'terraform_run_phase'
    return phase && operation && phase !== operation ? 'terraform_operation' : undefined
  },
  unsupported: {
    branch:
      "tokens name the workspace and the phase, and nothing of the code. Write workspaceId and phase: 'apply', and choose the branch in the workspace",
    ref: "tokens name the workspace and the phase, and nothing of the code. Write workspaceId and phase: 'apply', and choose the branch in the workspace",
    repository: 'tokens name the workspace, and nothing of the code. Write workspaceId',
    environment: 'no claim names one. Write workspaceId',
    event: "no claim shows what started a run. Write phase: 'apply'",
  },
})
