// What only Node needs is in bundles for Node, and in no other.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, expect, test } from 'vitest'
import { installed } from './project.ts'

const project = installed()
afterAll(() => project.remove())

/** The text of a bundle of core. */
async function bundleFor(options: {
  readonly platform: 'node' | 'browser' | 'neutral'
  readonly conditions?: string[]
}): Promise<string> {
  const path = join(project.folder, 'app.mjs')
  writeFileSync(path, "import { createVerifier } from '@jobpass/core'\nexport { createVerifier }\n")
  const external = ['jose']
  const { outputFiles } = await build({
    entryPoints: [path],
    bundle: true,
    write: false,
    format: 'esm',
    external,
    ...options,
  })
  return outputFiles[0]?.text ?? ''
}

test.each([
  ['Node', true, { platform: 'node' as const }],
  ['an unknown runtime', true, { platform: 'neutral' as const }],
  ['browsers', false, { platform: 'browser' as const }],
  ['Workers', false, { platform: 'neutral' as const, conditions: ['workerd', 'worker', 'browser'] }],
])('what only Node needs is in a bundle for %s: %s', async (_, isThere, options) => {
  const text = await bundleFor(options)
  expect(['node:crypto', 'node:timers', 'getBuiltinModule'].map((name) => text.includes(name))).toEqual([
    isThere,
    isThere,
    isThere,
  ])
  expect(text).toContain('compactVerify')
})
