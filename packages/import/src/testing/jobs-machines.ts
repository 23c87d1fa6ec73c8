/** Claims of jobs at Kubernetes, HCP Terraform and Buildkite, for tests. */

import type { buildkite, hcpTerraform, kubernetes, WorkloadFrom } from '@jobpass/core'
import type { TestIssuer } from '@jobpass/testing'

type Claims = Readonly<Record<string, unknown>>

/** The claims of pods. */
export function kubernetesClaims(issuer: TestIssuer<WorkloadFrom<typeof kubernetes>>): readonly Claims[] {
  const accounts = [
    ['ci', 'release-bot'],
    ['ci', 'release-bot-2'],
    ['ci', 'lint-bot'],
    ['ci-evil', 'release-bot'],
  ]
  return (['pod', 'without_node', 'by_hand'] as const).flatMap((trigger) =>
    accounts.map(([namespace, name]) => {
      const claims = issuer.claims({}, { trigger })
      const inner = claims['kubernetes.io'] as Claims
      const uid = 'ac6d5e4f-0000-4031-9c2d-3e4f50617283'
      return {
        ...claims,
        sub: `system:serviceaccount:${namespace}:${name}`,
        'kubernetes.io': { ...inner, namespace, serviceaccount: { name, uid } },
      }
    }),
  )
}

/** The claims of runs of workspaces and stacks. */
export function terraformClaims(issuer: TestIssuer<WorkloadFrom<typeof hcpTerraform>>): readonly Claims[] {
  const runs = [
    ['tidewater', 'Default Project', 'edge-prod'],
    ['tidewater', 'Default Project', 'edge-dev'],
    ['tidewater', 'Other', 'core'],
    ['tidewater-evil', 'Default Project', 'edge-prod'],
  ]
  const ofWorkspaces = (['plan', 'apply'] as const).flatMap((phase) =>
    runs.map(([organization, project, workspace]) =>
      issuer.claims({
        sub: `organization:${organization}:project:${project}:workspace:${workspace}:run_phase:${phase}`,
        terraform_organization_name: organization,
        terraform_project_name: project,
        terraform_workspace_name: workspace,
        terraform_run_phase: phase,
      }),
    ),
  )
  return [...ofWorkspaces, issuer.claims({}, { trigger: 'stack' })]
}

/** The claims of builds. */
export function buildkiteClaims(issuer: TestIssuer<WorkloadFrom<typeof buildkite>>): readonly Claims[] {
  const builds: readonly Claims[] = [
    {},
    { pipeline_slug: 'api-release-2' },
    { organization_slug: 'lumen-labs-evil' },
    { build_branch: 'dev' },
    { build_branch: 'main2' },
    { build_tag: 'main' },
    { step_key: 'test' },
  ]
  return (['push', 'tag', 'fork', 'without_ids'] as const).flatMap((trigger) =>
    builds.map((given) => {
      const claims = issuer.claims(given, { trigger })
      return { ...claims, sub: String(claims['sub']).replace(/:step:.*$/, `:step:${String(claims['step_key'])}`) }
    }),
  )
}
