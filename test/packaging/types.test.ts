// The declarations compile in projects with other compilers and settings than this repository's.

import { copyFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bin, installed, runNode } from './project.ts'

const project = installed()
afterAll(() => project.remove())
writeFileSync(join(project.folder, 'package.json'), '{ "type": "module" }')
copyFileSync(new URL('consumer.ts', import.meta.url), join(project.folder, 'consumer.ts'))

const compilers = {
  '5.4': bin('typescript-5.4/bin/tsc'),
  '5.9': bin('typescript-5.9/bin/tsc'),
  '7': join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc'),
}
const resolutions = { nodenext: 'nodenext', node16: 'node16', bundler: 'esnext' }

/** The errors of a project that checks declarations too, without those in third-party packages. */
async function errors(tsc: string, ...settings: readonly string[]): Promise<readonly string[]> {
  const common = ['--noEmit', '--target', 'es2022', '--lib', 'es2023,dom,dom.iterable', '--types', 'node']
  const { output } = await runNode(project.folder, tsc, ...common, ...settings, 'consumer.ts')
  return output.split('\n').filter((line) => line !== '' && !/[/\\]node_modules[/\\]\.pnpm[/\\]/.test(line))
}

describe.each(Object.entries(compilers))('TypeScript %s', (_, tsc) => {
  // Without exactOptionalPropertyTypes, a provider is almost assignable to a resolver: only a
  // dedicated line in the types prevents it.
  test.each(Object.entries(resolutions))(
    'lesson M2: compiles a project without our stricter settings, and refuses its mistakes (%s)',
    async (moduleResolution, module) => {
      const settings = ['--strict', '--module', module, '--moduleResolution', moduleResolution]
      expect(await errors(tsc, ...settings)).toEqual([])
    },
  )

  test('names the setting that a project without strictNullChecks lacks', async () => {
    const settings = [
      '--strict',
      '--strictNullChecks',
      'false',
      '--module',
      'nodenext',
      '--moduleResolution',
      'nodenext',
    ]
    expect((await errors(tsc, ...settings)).join('\n')).toContain(
      'jobpass needs strict: true, or at least strictNullChecks: true',
    )
  })
})
