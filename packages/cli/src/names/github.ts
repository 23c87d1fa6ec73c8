/** GitHub's REST API: https://docs.github.com/en/rest */

import type { Context } from '../context.ts'
import type { Registry } from './registry.ts'
import { requester } from './registry.ts'

/**
 * The API of an issuer: of github.com, of GHE.com (`https://token.actions.SUB.ghe.com`), or of an
 * Enterprise Server (`https://HOST/_services/token`).
 */
function apiOf(issuer: string | undefined): string {
  if (issuer === undefined) return 'https://api.github.com'
  const { host, origin } = new URL(issuer)
  if (host === 'token.actions.githubusercontent.com') return 'https://api.github.com'
  return host.endsWith('.ghe.com') ? `https://api.${host.replace('token.actions.', '')}` : `${origin}/api/v3`
}

const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

/** Asks GitHub, with the token in `GITHUB_TOKEN` where there is one. */
export function github(context: Context, issuer: string | undefined): Registry {
  const token = context.process.env['GITHUB_TOKEN']
  const api = apiOf(issuer)
  const get = requester(context, {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    'user-agent': 'jobpass',
    ...(token !== undefined && token !== '' && { authorization: `Bearer ${token}` }),
  })
  const repositoryUrl = (name: string): string => `${api}/repos/${encodePath(name)}`
  return {
    repository: async (name) => {
      const found = (await get(repositoryUrl(name))) as
        { readonly id: number; readonly owner: { readonly id: number } } | undefined
      return found && { repositoryId: String(found.id), ownerId: String(found.owner.id) }
    },
    owner: async (name) => {
      const found = (await get(`${api}/users/${encodeURIComponent(name)}`)) as { readonly id: number } | undefined
      return found && String(found.id)
    },
    hasFile: async (repository, path, ref) => {
      const query = ref === undefined ? '' : `?ref=${encodeURIComponent(ref)}`
      return (await get(`${repositoryUrl(repository)}/contents/${encodePath(path)}${query}`)) !== undefined
    },
    hasEnvironment: async (repository, name) =>
      (await get(`${repositoryUrl(repository)}/environments/${encodeURIComponent(name)}`)) !== undefined,
  }
}
