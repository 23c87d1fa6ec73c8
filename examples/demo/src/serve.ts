/** Calls to try manually: tokens that are valid for an hour, and curl commands with them. */

import type { Colors } from 'picocolors/types.js'
import type { Apis } from './apis.ts'
import type { Jobs } from './issuers.ts'

export async function renderCurls({ express, koa, hono }: Apis, jobs: Jobs, color: Colors): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 3600
  const main = await jobs.github(express.audience, { exp })
  const feature = await jobs.github(express.audience, { exp, ref: 'refs/heads/feature/rate-limits' })
  const tag = await jobs.github(koa.audience, { exp }, { trigger: 'tag' })
  const merge = await jobs.gitlab(koa.audience, { exp }, { trigger: 'merge_request' })
  const context = await jobs.circleci(hono.audience, { exp })
  const bearer = (name: string): string => `-H "Authorization: Bearer $${name}"`
  return `${color.bold('Still up.')} Paste these tokens into another terminal; they live for an hour. Ctrl-C ends.

MAIN=${main}
FEATURE=${feature}
TAG=${tag}
MERGE=${merge}
CONTEXT=${context}

${color.bold('Then try')}

curl -i -X POST ${bearer('MAIN')} ${express.url}/deploy
curl -i -X POST ${bearer('FEATURE')} ${express.url}/deploy
curl -i -T package.json ${bearer('TAG')} ${koa.url}/artifacts/package.json
curl -i ${bearer('MERGE')} ${koa.url}/artifacts/package.json
curl -i -X POST ${bearer('CONTEXT')} ${hono.url}/deploy/production
curl -i -X POST ${hono.url}/deploy/production
`
}
