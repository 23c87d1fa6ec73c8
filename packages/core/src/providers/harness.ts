import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  account_id: 'id',
  organization_id: 'text|null', // identifiers do not change, but a deleted one can be reused
  organization_name: 'text|null',
  project_id: 'text|null',
  project_name: 'text|null',
  pipeline_id: 'text|null',
  pipeline_name: 'text|null',
  environment_id: 'text|null',
  environment_name: 'text|null',
  environment_type: 'text|null',
  connector_id: 'text|null',
  connector_name: 'text|null',
  service_id: 'text|null',
  service_name: 'text|null',
  triggered_by_name: 'text|null',
  triggered_by_email: 'text|null',
  stage_type: 'text|null',
  step_type: 'text|null',
  context: 'text|null', // free text
} as const
const requiredClaims = {
  account_id: 'the issuer is compared with it',
}

const identity = {
  ownerId: 'account_id',
  organization: 'organization_id',
  project: 'project_id',
  pipeline: 'pipeline_id',
  environment: 'environment_id',
  context: 'context',
} as const

/**
 * A stage of a Harness pipeline. `organization`, `project`, `pipeline` and `environment` are
 * identifiers, each unique within the one before it.
 */
export interface HarnessWorkload extends WorkloadOf<'harness', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Harness: each account has its own issuer, which `ownerId` chooses; `.at(issuer)` for accounts on
 * hosts other than `app.harness.io`.
 *
 * Source: https://apidocs.harness.io/tag/Oidc-ID-Token
 *
 * @example
 * ```ts
 * harness({
 *   ownerId: 'Ab12Cd34Ef56Gh78Ij90Kl',
 *   organization: 'default',
 *   project: 'edge',
 *   pipeline: 'release',
 * })
 * ```
 */
export const harness: Provider<HarnessWorkload, 'ownerId'> = /* @__PURE__ */ builtInProvider({
  id: 'harness',
  title: 'Harness',
  issuer: 'https://app.harness.io/ng/api/oidc/account/{ownerId}',
  shapes: { ownerId: shape.urlSafe },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId'],
  // Any API key of the account can choose these and the subject, unless feature flags of the
  // account bind them.
  attackerControlled: [
    'organization_id',
    'organization_name',
    'project_id',
    'project_name',
    'pipeline_id',
    'pipeline_name',
    'environment_id',
    'environment_name',
    'environment_type',
    'connector_id',
    'connector_name',
    'service_id',
    'service_name',
    'triggered_by_name',
    'triggered_by_email',
    'stage_type',
    'step_type',
    'context',
  ],
  requires: { project: 'organization', pipeline: 'project', environment: 'pipeline' },
  unsupported: {
    branch: 'no claim describes the code. Write organization, project, pipeline and environment',
    ref: 'no claim describes the code. Write organization, project, pipeline and environment',
    repository: 'no claim describes the code. Write organization, project and pipeline',
    projectId: 'a deleted identifier can be reused, so it is not an id. Write organization and project',
    pipelineId: 'a deleted identifier can be reused, so it is not an id. Write organization, project and pipeline',
  },
})
