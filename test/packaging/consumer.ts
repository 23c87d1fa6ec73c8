/**
 * Code of a user's project that must compile or must not, with looser settings than this
 * repository's.
 */

import type { IncomingMessage } from 'node:http'
import { defineProvider, getWorkload, githubActions, gitlab, requireWorkload, workloadAuth } from '@jobpass/express'
import type { Types, WorkloadFrom, WorkloadIdentity } from '@jobpass/express'
import { requireWorkload as requireOnHono } from '@jobpass/hono'
import { requireWorkload as requireOnKoa } from '@jobpass/koa'

const acmeCi = defineProvider({
  id: 'acme-ci',
  title: 'Acme CI',
  issuer: 'https://ci.acme.dev',
  algorithms: ['ES256'],
  claims: { team_id: 'id', repo: 'name', trigger: 'text', queue: 'text' },
  requiredClaims: { queue: 'the handlers here rely on it' },
  identity: { ownerId: 'team_id', repository: 'repo', event: 'trigger', queue: 'queue' },
  pins: ['ownerId'],
  trustedEvents: ['push'],
})

declare module '@jobpass/express' {
  interface Workloads {
    'acme-ci': WorkloadFrom<typeof acmeCi>
  }
}

export const entrance = workloadAuth({
  audience: 'https://api.acme.dev',
  trust: [githubActions({ ownerId: '1' }), acmeCi({ ownerId: '7' })],
})
export const guard = requireWorkload(githubActions({ repository: 'acme/shop', branch: 'main' }))

// @ts-expect-error a provider that was not called would admit every job
requireWorkload(githubActions)
// @ts-expect-error the same on Koa
requireOnKoa(githubActions)
// @ts-expect-error and on Hono
requireOnHono(githubActions)
// @ts-expect-error one bound by .at()
requireWorkload(gitlab.at('https://gitlab.acme.dev'))
// @ts-expect-error a custom provider
requireWorkload(acmeCi)
// @ts-expect-error a typo in a field
githubActions({ repostory: 'acme/shop' })
// @ts-expect-error a number for an id
githubActions({ ownerId: 1 })
// @ts-expect-error null for an id
githubActions({ ownerId: null })
// @ts-expect-error a typo in an option
workloadAuth({ audience: 'x', trust: githubActions({ ownerId: '1' }), clockTolerence: 1 })

/** The identity narrows to the requested provider. */
export function handler(req: IncomingMessage): string {
  const any: WorkloadIdentity = getWorkload(req)
  const github: Types.GitHubActionsWorkload = getWorkload(req, githubActions)
  const own = getWorkload(req, acmeCi)
  // @ts-expect-error not every provider has queues
  void any.queue
  // @ts-expect-error it may be another provider's
  const wrong: Types.GitHubActionsWorkload = any
  void wrong
  return any.provider === 'acme-ci' ? any.queue : github.repositoryId + own.queue
}
