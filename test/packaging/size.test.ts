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

test('a Hono app with one provider stays within its size, without jose and hono', async () => {
  const path = join(project.folder, 'app.mjs')
  writeFileSync(path, app)
  const config = join(project.folder, '.size-limit.json')
  const limits = { limit: '37 kB', gzip: true, ignore: ['jose', 'hono'] }
  writeFileSync(config, JSON.stringify([{ name: 'one provider on Hono', path, ...limits }]))
  // size-limit finds its plugins through the package.json of its working directory.
  const here = dirname(fileURLToPath(import.meta.url))
  const { output, code } = await runNode(here, bin('size-limit/bin.js'), '--config', config)
  process.stdout.write(output)
  expect(code).toBe(0)
})
