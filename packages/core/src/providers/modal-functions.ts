import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  jti: 'id',
  workspace_id: 'id',
  environment_id: 'id',
  environment_name: 'text',
  app_id: 'id',
  app_name: 'text',
  function_id: 'id', // this and the next one: absent in a sandbox
  function_name: 'text',
  container_id: 'id',
} as const
const requiredClaims = {
  workspace_id: 'rules pin it, and handlers store it',
}

const identity = {
  tokenId: 'jti',
  ownerId: 'workspace_id',
  environment: 'environment_name',
  environmentId: 'environment_id',
  project: 'app_name',
  projectId: 'app_id',
  function: 'function_name',
  functionId: 'function_id',
  jobId: 'container_id',
} as const

/** A container of Modal. `project` is its app, `ownerId` the workspace. */
export interface ModalFunctionsWorkload extends WorkloadOf<
  'modal-functions',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Modal, one issuer for all workspaces. Every token has the same audience and lives for two days.
 *
 * Source: https://modal.com/docs/guide/oidc-integration
 *
 * @example
 * ```ts
 * modalFunctions(
 *   { ownerId: 'ac-12345abcd', environment: 'main', project: 'publish', function: 'upload' },
 *   { audience: 'oidc.modal.com', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const modalFunctions: Provider<ModalFunctionsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'modal-functions',
  title: 'Modal',
  issuer: 'https://oidc.modal.com',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId'],
  suggestedFields: ['environmentId', 'project', 'function'],
  requires: { project: ['environment', 'environmentId'], function: ['project', 'projectId'] },
  defaultAudiences: ['oidc.modal.com'],
  fixedAudience: { audience: 'oidc.modal.com', maxTokenAge: 3600 },
  lifetime: { usual: 172_800, max: 172_800 },
  unsupported: {
    branch: 'a token names the function, and nothing of its code. Write environment, project and function',
    ref: 'a token names the function, and nothing of its code. Write environment, project and function',
    commit: 'a token names the function, and nothing of its code',
    repository: 'a token names the function, and nothing of its code. Write project and function',
    event: 'no claim shows what started a function',
  },
})
