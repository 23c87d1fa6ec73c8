import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
const claims = {
  'https://pulumi.com/org': 'text',
  'https://pulumi.com/org_id': 'id',
  'https://pulumi.com/root_env': 'text',
  'https://pulumi.com/root_env_id': 'id',
  'https://pulumi.com/current_env': 'text',
  'https://pulumi.com/current_env_id': 'id',
  'https://pulumi.com/actor': 'text', // who opened the environment: a deployment or a member
  'https://pulumi.com/actor_id': 'id',
} as const
const requiredClaims = {
  'https://pulumi.com/org': 'rules pin it, and handlers store it',
  'https://pulumi.com/org_id': 'rules pin it, and handlers store it',
  'https://pulumi.com/root_env_id': 'a token of Pulumi Deployments, of the same issuer, has none',
}

const identity = {
  owner: 'https://pulumi.com/org',
  ownerId: 'https://pulumi.com/org_id',
  rootEnvironment: 'https://pulumi.com/root_env',
  rootEnvironmentId: 'https://pulumi.com/root_env_id',
  currentEnvironment: 'https://pulumi.com/current_env',
  currentEnvironmentId: 'https://pulumi.com/current_env_id',
  actor: 'https://pulumi.com/actor',
  actorId: 'https://pulumi.com/actor_id',
} as const

/**
 * An opened Pulumi ESC environment. The root environment is the opened one; the current one
 * requests the token, and may be imported by the root.
 */
export interface PulumiEscWorkload extends WorkloadOf<
  'pulumi-esc',
  typeof claims,
  typeof identity,
  typeof requiredClaims
> {}

/**
 * Pulumi ESC: tokens that an environment requests with `fn::open::oidc`, version 2. Everyone who
 * may open the environment can get one, people included.
 *
 * Source: https://www.pulumi.com/docs/esc/guides/configuring-oidc/custom-audience/
 *
 * @example
 * ```ts
 * pulumiEsc({
 *   ownerId: '0c1d2e3f-0000-4a5b-8c6d-7e8f90a1b2c3',
 *   rootEnvironmentId: '2e3f4051-0000-4c5d-8e8f-90a1b2c3d4e5',
 * })
 * ```
 */
export const pulumiEsc: Provider<PulumiEscWorkload> = /* @__PURE__ */ builtInProvider({
  id: 'pulumi-esc',
  title: 'Pulumi ESC',
  issuer: 'https://api.pulumi.com/oidc/v2',
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'owner'],
  suggestedFields: ['rootEnvironmentId'],
  lifetime: { usual: 3600, max: 3600 },
  otherTokens: [
    {
      claim: 'https://pulumi.com/root_env_id',
      hint: 'The token is of a deployment, and names no opened environment. Let the job open the environment, and send the token from it.',
    },
  ],
  unsupported: {
    branch:
      'an environment does not belong to a branch. Write rootEnvironmentId, and let only the deployments of your main branch open that environment',
    repository: 'no claim names one. Write rootEnvironmentId',
    environment:
      'a token names two environments, the opened one and the one that requests the token. Write rootEnvironmentId',
  },
})
