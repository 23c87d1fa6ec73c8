// An API, and its answers to the right job, to another job and to a caller without a token.

import { getWorkload, githubActions, requireWorkload, workloadAuth } from '@jobpass/hono'
import { createTestIssuer } from '@jobpass/testing'
import { Hono } from 'hono'

export async function answers(): Promise<string> {
  const audience = 'https://api.acme.dev'
  const issuer = await createTestIssuer(githubActions)
  const app = new Hono()
  app.use(workloadAuth({ audience, trust: githubActions({ ownerId: '1234567' }), fetch: issuer.fetch }))
  const guard = requireWorkload(githubActions({ ownerId: '1234567', branch: 'main' }))
  app.get('/', guard, (c) => c.text(`deployed from ${String(getWorkload(c).branch)}`))

  const call = async (headers: Record<string, string>): Promise<string> => {
    const response = await app.request('/', { headers })
    return response.ok ? await response.text() : String(response.status)
  }
  const bearer = async (ref: string): Promise<Record<string, string>> => ({
    authorization: `Bearer ${await issuer.mint({ aud: audience, ref })}`,
  })
  return [
    await call(await bearer('refs/heads/main')),
    await call(await bearer('refs/heads/other')),
    await call({}),
  ].join(', ')
}
