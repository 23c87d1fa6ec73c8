import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
const claims = {
  org_id: 'id',
  org_slug: 'text',
  app_id: 'id',
  app_slug: 'text',
  context_id: 'id',
  context_name: 'text',
  revision_id: 'id',
  deployment_id: 'id',
} as const
const requiredClaims = {
  org_id: 'rules pin it, and handlers store it',
  app_id: 'rules pin it, and handlers store it',
  context_name: 'distinguishes production from the preview of a branch',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  owner: 'org_slug',
  ownerId: 'org_id',
  project: 'app_slug',
  projectId: 'app_id',
  environment: 'context_name',
  environmentId: 'context_id',
  /**
   * A context other than `production`: previews run the code of any branch, and a context can be a
   * developer's own machine.
   */
  preview: ({ context_name: context }: Claims): string | undefined =>
    context === 'production' ? undefined : context || 'no context',
  revisionId: 'revision_id',
  deploymentId: 'deployment_id',
} as const

/**
 * An app on Deno Deploy. `project` is the app, `environment` the context; `preview` is any context
 * other than production.
 */
export interface DenoDeployWorkload extends WorkloadOf<
  'deno-deploy',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Deno Deploy, one issuer for all organizations. Contexts other than production match only rules
 * that name `preview`.
 *
 * Source: https://docs.deno.com/deploy/reference/oidc/
 *
 * @example
 * ```ts
 * denoDeploy({
 *   ownerId: '729adb8f-20d6-4b09-bb14-fac14cb260d1',
 *   projectId: '16ad21d8-7aeb-4155-8aa3-9f58df87cd3e',
 * })
 * ```
 */
export const denoDeploy: Provider<DenoDeployWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'deno-deploy',
  title: 'Deno Deploy',
  issuer: 'https://oidc.deno.com',
  algorithms: ['ES256', 'RS256'], // both are on the vendor's page
  claims,
  requiredClaims,
  identity,
  pins: ['owner', 'ownerId', 'projectId'],
  shapes: { ownerId: shape.uuid, projectId: shape.uuid, environmentId: shape.uuid },
  untrustedWhen: ['preview'],
  requires: { project: ['owner', 'ownerId'], environment: ['project', 'projectId'] },
  lifetime: { usual: 300, max: 3600 },
  unsupported: {
    branch: "a token names the app, and nothing of its code. Write projectId and environment: 'production'",
    ref: "a token names the app, and nothing of its code. Write projectId and environment: 'production'",
    commit: 'no claim names it. Write revisionId, the revision that was built from it',
    repository: 'no claim names one. Write projectId',
    event: "no claim says what started it. Write environment: 'production'",
  },
})
