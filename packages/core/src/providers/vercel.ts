// `jti` has no row: the client that exchanges a token can choose it.
const claims = {
  owner: 'text',
  owner_id: 'id',
  project: 'text',
  project_id: 'id',
  environment: ['production', 'preview', 'development', '*'],
  user_id: 'id', // the developer with a development token
  external_sub: 'text',
  scope: 'text',
  plan: 'text',
  client_id: 'id',
} as const
const requiredClaims = {
  owner: 'the issuer is compared with it',
  owner_id: 'rules pin it, and handlers store it',
  project_id: 'rules pin it, and handlers store it',
  environment: 'distinguishes production from the preview of a pull request',
}

const identity = {
  owner: 'owner',
  ownerId: 'owner_id',
  project: 'project',
  projectId: 'project_id',
  environment: 'environment',
  userId: 'user_id',
  /** `preview` for previews: they run the code of any branch, forks included where allowed. */
  preview: ({ environment }: { environment?: string }): string | undefined =>
    environment === 'preview' ? environment : undefined,
} as const

/** A Vercel build or function. */
export interface VercelWorkload extends WorkloadOf<'vercel', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Vercel: each team has its own issuer, which `owner` chooses; `.at('https://oidc.vercel.com')` is
 * the shared one, of projects in global issuer mode. Another team can take over a slug, so each
 * rule also pins an id.
 *
 * Source: https://vercel.com/docs/oidc/reference
 *
 * @example
 * ```ts
 * vercel({ owner: 'acme', projectId: 'prj_9sDf3GhJk5LzXcVb7NmQwErT', environment: 'production' })
 * ```
 */
export const vercel: Provider<VercelWorkload, 'owner'> = /* @__PURE__ */ builtInProvider({
  id: 'vercel',
  title: 'Vercel',
  issuer: 'https://oidc.vercel.com/{owner}',
  shapes: { owner: shape.slug },
  algorithms: ['RS256'],
  claims,
  requiredClaims,
  identity,
  pins: ['ownerId', 'projectId'],
  untrustedWhen: ['userId', 'preview'],
  attackerControlled: ['external_sub'],
  defaultAudiences: ['https://vercel.com/*'],
  lifetime: { usual: 3600, max: 43_200 },
  unsupported: {
    branch: "no claim shows what a deployment was built from. Write projectId and environment: 'production'",
    ref: "no claim shows what a deployment was built from. Write projectId and environment: 'production'",
    commit: 'no claim shows what a deployment was built from',
    repository: 'no claim names it. Write projectId',
    event: "no claim shows it. Previews are refused unless a rule names them: preview: 'preview'",
  },
})
import { builtInProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
import * as shape from '../model/value-shape.ts'
