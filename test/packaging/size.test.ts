// The size of jobpass in an application bundle.

import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { bin, installed, runNode } from './project.ts'

const project = installed()
afterAll(() => project.remove())

const app = `
import { githubActions, requireWorkload, workloadAuth } from '@jobpass/hono'
import { Hono } from 'hono'

const app = new Hono()
app.use(workloadAuth({ audience: 'https://api.acme.dev', trust: githubActions({ ownerId: '1234567' }) }))
app.get('/', requireWorkload(githubActions({ ownerId: '1234567', branch: 'main' })), (c) => c.text('deployed'))
export default app
`

const job = `
import { jobFetch } from '@jobpass/client'

void jobFetch({ audience: 'https://api.acme.dev' })('/deploy', { method: 'POST' })
`

test.each([
  ['a Hono app with one provider, without jose and hono', app, '37 kB', ['jose', 'hono']],
  ['the same with jose', app, '44 kB', ['hono']],
  [
    'the client of a job, without DPoP',
    job,
    '8 kB',
    ['node:child_process', 'node:fs/promises', 'node:http', 'jose', './dpop.js'],
  ],
])('%s stays within its size', async (name, code, limit, ignore) => {
  const path = join(project.folder, 'app.mjs')
  writeFileSync(path, code)
  const config = join(project.folder, '.size-limit.json')
  writeFileSync(config, JSON.stringify([{ name, path, limit, gzip: true, ignore }]))
  // size-limit finds its plugins through the package.json of its working directory.
  const here = dirname(fileURLToPath(import.meta.url))
  const { output, code: exit } = await runNode(here, bin('size-limit/bin.js'), '--config', config)
  process.stdout.write(output)
  expect(exit).toBe(0)
})
