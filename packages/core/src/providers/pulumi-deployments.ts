import { builtInProvider } from '../provider/define-provider.ts'
import type { ClaimsOf, Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  org: 'text', // tokens of Pulumi ESC, of the same issuer, have no project, stack or operation
  project: 'text',
  stack: 'text',
  operation: ['preview', 'update', 'refresh', 'destroy', '*'],
  stackId: 'text', // organization, project and stack in one text: also a name
  scope: 'text',
} as const
const requiredClaims = {
  org: 'the subject is compared with it',
  project: 'a token of Pulumi ESC, of the same issuer, has none',
  operation: 'distinguishes an update from a preview, which only rules that name it admit',
}
type Claims = ClaimsOf<typeof claims, typeof requiredClaims>

const identity = {
  owner: 'org',
  project: 'project',
  stack: 'stack',
  operation: 'operation',
  /** `preview` where only a preview was requested, else absent. */
  preview: ({ operation }: Claims): string | undefined => (operation === 'preview' ? operation : undefined),
} as const

/** A Pulumi deployment. `preview` is present where only a preview was requested. */
export interface PulumiDeploymentsWorkload extends WorkloadOf<
  'pulumi-deployments',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Pulumi Deployments. The audience of each token is the name of the organization, so tokens do not
 * identify the API that they are for. Prefer `pulumiEsc` where an ESC environment can be opened
 * instead.
 *
 * Source: https://www.pulumi.com/docs/pulumi-cloud/deployments/oidc/
 *
 * @example
 * ```ts
 * pulumiDeployments(
 *   { owner: 'tidewater', project: 'web', stack: 'prod', operation: 'update' },
 *   { audience: 'tidewater', sharedAudience: 'accepted' },
 * )
 * ```
 */
export const pulumiDeployments: Provider<PulumiDeploymentsWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'pulumi-deployments',
  title: 'Pulumi Deployments',
  issuer: 'https://api.pulumi.com/oidc',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['owner'],
  suggestedFields: ['owner', 'project', 'stack', 'operation'],
  untrustedWhen: ['preview'],
  requires: { stack: 'project' },
  defaultAudiences: ['{owner}'],
  fixedAudience: { maxTokenAge: 600 },
  otherTokens: [
    {
      claim: 'sub',
      like: 'pulumi:environments:*',
      hint: 'The token is of an opened ESC environment, and names no deployment. Request it with version: v2, and write its rule with pulumiEsc.',
    },
  ],
  validate: ({ sub, org }: Claims & { readonly sub: string }): string | undefined =>
    sub.startsWith(`pulumi:deploy:org:${org}:`) ? undefined : 'sub',
  unsupported: {
    branch:
      "no claim shows which code was deployed. Write the project, the stack and operation: 'update', and choose the branch in the stack's deployment settings",
    repository: 'no claim names one. Write the project and the stack',
    environment: 'deployments are of stacks. Write the project and the stack',
  },
})
