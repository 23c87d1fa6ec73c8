// The replay store on Durable Objects, as it was built, in workerd.

import { execFile, spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const { default: workerd } = createRequire(import.meta.url)('workerd') as { readonly default: string }
const isRunning = spawnSync(workerd, ['--version']).status === 0
if (!isRunning) process.stdout.write('workerd does not run on this machine: what needs it is skipped\n')

test.runIf(isRunning)('a Durable Object keeps the contract, among isolates and after a restart', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['scripts/durable-objects.mjs'])
  expect(stdout).toContain('The store on Durable Objects: as expected (cases kept 13 of 13')
})
