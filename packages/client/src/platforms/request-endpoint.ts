/**
 * GitHub's way, which Forgejo and Depot CI copied: an endpoint and a token for it, in variables.
 */

import { member, send } from '../http.ts'
import type { Environment } from '../job.ts'
import type { Platform } from '../platform.ts'
import { isSet, valueOf } from '../platform.ts'

const [url, token] = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN']

// Source: actions/toolkit, packages/core/src/oidc-utils.ts
const endpoint = {
  offers: (env) => isSet(url)(env) && isSet(token)(env),
  request: async (request) => {
    const { env } = request.job
    const address = `${valueOf(env, url)}&audience=${encodeURIComponent(request.audience)}`
    const headers = { authorization: `Bearer ${valueOf(env, token)}`, accept: 'application/json' }
    return member(await send(request, address, { headers }), 'value')
  },
  mask: (secret) => `::add-mask::${secret}`,
} as const satisfies Partial<Platform>

const permissions = "Add 'permissions: id-token: write' to the job"

/** Forgejo sets GitHub's variables, too. */
const isForgejo = (env: Environment): boolean => env['FORGEJO_ACTIONS'] === 'true'

export const forgejoActions: Platform = {
  id: 'forgejo-actions',
  title: 'Forgejo Actions',
  ...endpoint,
  offers: (env) => isForgejo(env) && endpoint.offers(env),
  runs: isForgejo,
  fix: () => "Add 'enable-openid-connect: true' to the workflow",
}

export const githubActions: Platform = {
  id: 'github-actions',
  title: 'GitHub Actions',
  ...endpoint,
  runs: (env) => env['GITHUB_ACTIONS'] === 'true',
  fix: () =>
    `${permissions}. A pull request of a fork and a run of Dependabot get no token; a container needs the variables ${url} and ${token}`,
}
