import { defineProvider } from '../provider/provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/provider.ts'

const claims = {
  jti: 'id',
  terraform_organization_id: 'id',
  terraform_organization_name: 'text',
  'terraform_project_id?': 'id', // this and the next four: not in a module's test
  'terraform_project_name?': 'text',
  'terraform_workspace_id?': 'id',
  'terraform_workspace_name?': 'text',
  'terraform_full_workspace?': 'text',
  terraform_run_id: 'id',
  terraform_run_phase: ['plan', 'apply'], // in a module's test: plan
} as const
type Claims = ClaimsOf<typeof claims>

const identity = {
  tokenId: 'jti',
  owner: 'terraform_organization_name',
  ownerId: 'terraform_organization_id',
  project: 'terraform_project_name',
  projectId: 'terraform_project_id',
  workspace: 'terraform_workspace_name',
  workspaceId: 'terraform_workspace_id',
  phase: 'terraform_run_phase',
  // A plan runs the code of providers, and a pull request can start one.
  planned: ({ terraform_run_phase: phase }: Claims): string | undefined => (phase === 'apply' ? undefined : phase),
  runId: 'terraform_run_id',
} as const

/** A run of HCP Terraform. `planned` is `'plan'` where nothing is applied, and not there otherwise. */
export interface HCPTerraformWorkload extends WorkloadOf<'hcp-terraform', typeof claims, typeof identity> {}

/**
 * HCP Terraform; `.at(issuer)` for Terraform Enterprise. Runs that only plan match no rule but one that names `planned`.
 *
 * Source: https://developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens
 *
 * @example
 * ```ts
 * hcpTerraform({ ownerId: 'org-8Kd2mQx1VbN4TzRa', workspaceId: 'ws-4RtYb7KmZq2XvPcd', phase: 'apply' })
 * hcpTerraform({ ownerId: 'org-8Kd2mQx1VbN4TzRa', workspaceId: 'ws-4RtYb7KmZq2XvPcd', planned: 'plan' })
 * ```
 */
export const hcpTerraform: Provider<HCPTerraformWorkload> = /* @__PURE__ */ defineProvider({
  id: 'hcp-terraform',
  title: 'HCP Terraform',
  issuer: 'https://app.terraform.io',
  algorithms: ['RS256'],
  claims,
  identity,
  pins: ['owner', 'ownerId'],
  suggests: ['workspaceId', 'phase'],
  unusual: ['planned'],
  defaultAudiences: ['aws.workload.identity'],
  lacks: {
    branch:
      "tokens tell the workspace and the phase, and nothing of the code. Write workspaceId and phase: 'apply', and choose the branch in the workspace",
    ref: "tokens tell the workspace and the phase, and nothing of the code. Write workspaceId and phase: 'apply', and choose the branch in the workspace",
    repository: 'tokens tell the workspace, and nothing of the code. Write workspaceId',
    environment: 'no claim names one. Write workspaceId',
    event: "no claim tells what started a run. Write phase: 'apply'",
  },
})
