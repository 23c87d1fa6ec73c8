// Parts without a value are omitted, and servers before February 2026 send only the subject.
const claims = {
  jti: 'id',
  'https://octopus.com/claims/space': 'text',
  'https://octopus.com/claims/project': 'text',
  'https://octopus.com/claims/runbook': 'text',
  'https://octopus.com/claims/tenant': 'text',
  'https://octopus.com/claims/environment': 'text',
  'https://octopus.com/claims/target': 'text',
  'https://octopus.com/claims/account': 'text',
  'https://octopus.com/claims/type': ['deployment', 'runbook', 'health', '*'],
  'https://octopus.com/claims/feed': 'text',
} as const

const identity = {
  tokenId: 'jti',
  space: 'https://octopus.com/claims/space',
  project: 'https://octopus.com/claims/project',
  runbook: 'https://octopus.com/claims/runbook',
  deploymentTenant: 'https://octopus.com/claims/tenant',
  environment: 'https://octopus.com/claims/environment',
  target: 'https://octopus.com/claims/target',
  account: 'https://octopus.com/claims/account',
  runType: 'https://octopus.com/claims/type',
  feed: 'https://octopus.com/claims/feed',
} as const

/**
 * A deployment, runbook run or check of Octopus Deploy. `deploymentTenant` is the tenant that it
 * deploys for, not the customer of Octopus.
 */
export interface OctopusDeployWorkload extends WorkloadOf<'octopus-deploy', typeof claims, typeof identity> {}

/**
 * Octopus Deploy, in its cloud or self-hosted: the server is the issuer, and all values are slugs.
 *
 * Source: https://octopus.com/docs/infrastructure/accounts/openid-connect
 *
 * @example
 * ```ts
 * octopusDeploy.at('https://acme.octopus.app')({
 *   space: 'default', project: 'shop', environment: 'production',
 * })
 * ```
 */
export const octopusDeploy: SelfHosted<OctopusDeployWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'octopus-deploy',
  title: 'Octopus Deploy',
  algorithms: ['RS256'],
  claims,
  identity,
  pins: ['space'],
  suggestedFields: ['space', 'project', 'environment'],
  // Health checks, account tests and feeds have one of these; a deployment only where it was added
  // to the subject.
  untrustedWhen: ['target', 'account', 'feed'],
  requires: { project: 'space', runbook: 'project', environment: 'space', deploymentTenant: 'space' },
  defaultAudiences: ['api://default'],
  unsupported: {
    branch:
      "a deployment is identified by project and environment, not by source. Write space: 'default', project: 'shop', environment: 'production'",
    ref: "a deployment is identified by project and environment, not by source. Write space: 'default', project: 'shop', environment: 'production'",
    commit: 'a deployment is identified by project and environment, not by source',
    repository: "no claim names it. Write space: 'default', project: 'shop'",
    owner: 'the server is one tenant. Bind the provider to its URL with .at()',
    projectId: "projects are identified by slug only. Write space: 'default', project: 'shop'",
    event: "no claim shows it. Write runType: 'deployment' where type is part of the account's subject",
  },
})
import { builtInProvider } from '../provider/define-provider.ts'
import type { SelfHosted, WorkloadOf } from '../provider/define-provider.ts'
