/** GitLab's REST API: https://docs.gitlab.com/api/rest/ */

import type { Context } from '../context.ts'
import type { Registry } from './registry.ts'
import { requester } from './registry.ts'

/** Asks GitLab, with the token in `GITLAB_TOKEN` where there is one. */
export function gitlab(context: Context, issuer: string | undefined): Registry {
  const token = context.process.env['GITLAB_TOKEN']
  const api = `${new URL(issuer ?? 'https://gitlab.com').origin}/api/v4`
  const get = requester(context, {
    accept: 'application/json',
    'user-agent': 'jobpass',
    ...(token !== undefined && token !== '' && { 'private-token': token }),
  })
  // The API takes the path of a project as one segment.
  const projectUrl = (name: string): string => `${api}/projects/${encodeURIComponent(name)}`
  return {
    repository: async (name) => {
      const found = (await get(projectUrl(name))) as
        { readonly id: number; readonly namespace: { readonly id: number } } | undefined
      return found && { repositoryId: String(found.id), ownerId: String(found.namespace.id) }
    },
    owner: async (name) => {
      const found = (await get(`${api}/namespaces/${encodeURIComponent(name)}`)) as { readonly id: number } | undefined
      return found && String(found.id)
    },
    hasFile: async (repository, path, ref = 'HEAD') =>
      (await get(
        `${projectUrl(repository)}/repository/files/${encodeURIComponent(path)}?ref=${encodeURIComponent(ref)}`,
      )) !== undefined,
    hasEnvironment: async (repository, name) => {
      const found = await get(`${projectUrl(repository)}/environments?name=${encodeURIComponent(name)}`)
      return Array.isArray(found) && found.length > 0
    },
  }
}
