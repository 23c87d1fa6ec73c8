// `jti` has no row: whoever exchanges a token may choose it.
const claims = {
  owner: 'text',
  owner_id: 'id',
  project: 'text',
  project_id: 'id',
  environment: ['production', 'preview', 'development', '*'],
  user_id: 'id', // of the developer who holds a development token
  external_sub: 'text',
  scope: 'text',
  plan: 'text',
  client_id: 'id',
} as const
const requiredClaims = {
  owner: 'the issuer is compared with it',
  owner_id: 'identifies whose job it is: rules pin it, and handlers keep records by it',
  project_id: 'identifies whose job it is: rules pin it, and handlers keep records by it',
  environment: 'distinguishes production from the preview of a pull request',
} as const

const identity = {
  owner: 'owner',
  ownerId: 'owner_id',
  project: 'project',
  projectId: 'project_id',
  environment: 'environment',
  userId: 'user_id',
  // A preview runs the code of any branch, of forks too where they are allowed.
  preview: ({ environment }: { environment?: string }): string | undefined =>
    environment === 'preview' ? environment : undefined,
} as const

/** A Vercel build or function. */
export interface VercelWorkload extends WorkloadOf<'vercel', typeof claims, typeof identity, typeof requiredClaims> {}

/**
 * Vercel: each team has an issuer of its own, which `owner` chooses; `.at('https://oidc.vercel.com')` is the shared one, of projects in global issuer mode.
 * A team's slug can pass to somebody else, so each rule also pins an id.
 *
 * Source: https://vercel.com/docs/oidc/reference
 *
 * @example
 * ```ts
 * vercel({ owner: 'acme', projectId: 'prj_9sDf3GhJk5LzXcVb7NmQwErT', environment: 'production' })
 * ```
 */
export const vercel: Provider<VercelWorkload, 'owner'> = /* @__PURE__ */ defineProvider({
  id: 'vercel',
  title: 'Vercel',
  issuer: 'https://oidc.vercel.com/{owner}',
  shapes: { owner: 'slug' },
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
    branch: "no claim tells what a deployment was built from. Write projectId and environment: 'production'",
    ref: "no claim tells what a deployment was built from. Write projectId and environment: 'production'",
    commit: 'no claim tells what a deployment was built from',
    repository: 'no claim names it. Write projectId',
    event: "no claim tells it. Previews are left out unless a rule names them: preview: 'preview'",
  },
})
import { defineProvider } from '../provider/define-provider.ts'
import type { Provider, WorkloadOf } from '../provider/define-provider.ts'
