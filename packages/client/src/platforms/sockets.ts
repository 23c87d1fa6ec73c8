/** Platforms with an endpoint on a local socket. */

import { member } from '../http.ts'
import type { Platform } from '../platform.ts'
import { isSet } from '../platform.ts'

// Source: https://fly.io/docs/security/openid-connect/
export const flyIo: Platform = {
  id: 'fly-io',
  title: 'Fly.io',
  offers: isSet('FLY_MACHINE_ID'),
  fix: () => 'Run inside a machine, where /.fly/api is',
  request: ({ audience, job, signal }) =>
    job.post({ socket: '/.fly/api', path: '/v1/tokens/oidc', body: JSON.stringify({ aud: audience }) }, signal),
}

export const cursorAgents: Platform = {
  id: 'cursor-agents',
  title: 'Cursor cloud agents',
  offers: isSet('CURSOR_AGENT_SOCKET'),
  fix: () => 'Let the team’s administrator enable OIDC tokens for cloud agents',
  request: async ({ audience, job, signal }) => {
    const socket = job.env['CURSOR_AGENT_SOCKET'] || '/run/cursor/api.sock'
    const body = JSON.stringify({ aud: audience })
    return member(await job.post({ socket, path: '/v1/tokens/oidc', body }, signal), 'token')
  },
}
