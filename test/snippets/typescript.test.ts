// The snippets in TypeScript run as functions, with the vendor's function for tokens replaced.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { denoDeploy, vercel } from '@jobpass/core'
import { requireWorkload, workloadAuth } from '@jobpass/express'
import { createTestIssuer } from '@jobpass/testing/node'
import express from 'express'
import { afterAll, expect, test } from 'vitest'
import { codeOf } from './snippets.ts'

const audience = 'https://api.acme.dev'
const closers: (() => unknown)[] = []
afterAll(() => Promise.all(closers.map((close) => close())))

type Scope = Readonly<Record<string, unknown>>

/** Runs the snippet of a page; names of its imports and of the runtime come from the scope. */
async function runSnippet(id: string, scope: Scope): Promise<void> {
  const body = codeOf(id).code.replaceAll(/^import .*$/gm, '')
  const source = `export async function run({ ${Object.keys(scope).join(', ')} }) {\n${body}\n}`
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)) as {
    readonly run: (scope: Scope) => Promise<void>
  }
  await module.run(scope)
}

/** A `fetch` that finds the API on this machine. */
async function startApi(app: express.Express): Promise<typeof fetch> {
  const server = createServer(app).listen(0, '127.0.0.1')
  closers.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (input, init) => fetch(String(input).replace(audience, `http://127.0.0.1:${port}`), init)
}

test('the snippet of Vercel calls the API, and throws what a refusal says', async () => {
  const server = await (await createTestIssuer(vercel)).listen()
  closers.push(() => server.close())
  const rule = server.provider({
    owner: 'tidewater',
    ownerId: 'team_4kQz8WnLr2TdVbYp6HsXcJm1',
    environment: 'production',
  })
  let calls = 0
  const app = express()
  app.use(workloadAuth({ audience, trust: rule }))
  app.post('/deploy', requireWorkload(rule), (_req, res) => {
    calls++
    res.send('deployed')
  })
  const send = await startApi(app)
  const runAs = async (trigger: 'production' | 'preview'): Promise<void> => {
    const job = await server.startJob({}, { trigger })
    const exchange = async ({ audience: aud }: { readonly audience: string }): Promise<string> => {
      const body = JSON.stringify({ token: job.env['VERCEL_OIDC_TOKEN'], aud })
      const answer = await fetch(`${job.places['https://oidc.vercel.com']}/~token`, { method: 'POST', body })
      return ((await answer.json()) as { readonly token: string }).token
    }
    await runSnippet('vercel', { getVercelOidcToken: exchange, fetch: send })
  }
  await runAs('production')
  expect(calls).toBe(1)
  await expect(runAs('preview')).rejects.toThrow('"code":"workload_forbidden"')
  expect(calls).toBe(1)
})

test('the snippet of Deno Deploy prints the answer of the API, and fails when it refuses', async () => {
  const server = await (await createTestIssuer(denoDeploy)).listen()
  closers.push(() => server.close())
  const ownerId = '729adb8f-20d6-4b09-bb14-fac14cb260d1'
  const projectId = '16ad21d8-7aeb-4155-8aa3-9f58df87cd3e'
  const rule = server.provider({ ownerId, projectId, environment: 'production' })
  const app = express()
  app.use(workloadAuth({ audience, trust: rule }))
  app.post('/deploy', requireWorkload(rule), (_req, res) => void res.send('deployed'))
  const send = await startApi(app)
  const runAs = async (environment: string): Promise<readonly unknown[]> => {
    const seen: unknown[] = []
    await runSnippet('deno-deploy', {
      getIdToken: (aud: string) => server.mint({ aud, environment }),
      fetch: send,
      console: { log: (line: string) => seen.push(line) },
      Deno: { exit: (code: number) => seen.push(code) },
    })
    return seen
  }
  expect(await runAs('production')).toEqual(['deployed'])
  expect(await runAs('preview')).toEqual([expect.stringContaining('"code":"workload_forbidden"'), 1])
})
