import { defineProvider } from '../provider/provider.ts'
import type { Provider, WorkloadOf } from '../provider/provider.ts'

const claims = {
  account_id: 'id',
  'organization_id?': 'text|null', // identifiers stay as they are, but a deleted one can be made again
  'organization_name?': 'text|null',
  'project_id?': 'text|null',
  'project_name?': 'text|null',
  'pipeline_Identifier?': 'text|null',
  'pipeline_Name?': 'text|null',
  'environment_identifier?': 'text|null',
  'environment_name?': 'text|null',
  'environment_type?': 'text|null',
  'connector_id?': 'text|null',
  'connector_name?': 'text|null',
  'context?': 'text|null',
} as const

const identity = {
  ownerId: 'account_id',
  organization: 'organization_id',
  project: 'project_id',
  pipeline: 'pipeline_Identifier',
  environment: 'environment_identifier',
  context: 'context',
} as const

/** A stage of a Harness pipeline. `organization`, `project`, `pipeline` and `environment` are identifiers, each within the one before it. */
export interface HarnessWorkload extends WorkloadOf<'harness', typeof claims, typeof identity> {}

/**
 * Harness: each account has an issuer of its own, which `ownerId` chooses; `.at(issuer)` for accounts on other hosts than `app.harness.io`.
 *
 * Source: https://apidocs.harness.io/tag/Oidc-ID-Token
 *
 * @example
 * ```ts
 * harness({ ownerId: 'Ab12Cd34Ef56Gh78Ij90Kl', organization: 'default', project: 'edge', pipeline: 'release', context: 'PIPELINE_EXECUTION' })
 * ```
 */
export const harness: Provider<HarnessWorkload, 'ownerId'> = /* @__PURE__ */ defineProvider({
  id: 'harness',
  title: 'Harness',
  issuer: 'https://app.harness.io/ng/api/oidc/account/{ownerId}',
  shapes: { ownerId: 'url-safe' },
  algorithms: ['RS256'],
  claims,
  identity,
  pins: ['ownerId'],
  // Who asks the API for a token sends these along; that it checks them is not documented.
  outsiders: [
    ...(['organization_id', 'organization_name', 'project_id', 'project_name', 'pipeline_Identifier'] as const),
    ...(['pipeline_Name', 'environment_identifier', 'environment_name', 'environment_type'] as const),
    ...(['connector_id', 'connector_name', 'context'] as const),
  ],
  needs: { project: 'organization', pipeline: 'project', environment: 'pipeline' },
  lacks: {
    branch: 'no claim tells of the code. Write organization, project, pipeline and environment',
    ref: 'no claim tells of the code. Write organization, project, pipeline and environment',
    repository: 'no claim tells of the code. Write organization, project and pipeline',
    projectId: 'a deleted identifier can be made again, so that it is no id. Write organization and project',
    pipelineId: 'a deleted identifier can be made again, so that it is no id. Write organization, project and pipeline',
  },
  // A token is made also where a connector is tested, or a pipeline edited.
  contradiction: ({ context }) =>
    context === undefined || context === null || context === '' || context === 'PIPELINE_EXECUTION'
      ? undefined
      : 'context',
})
